"""Numbers of 18 places, of people and of companies: how they are typed and masked."""

from wtforms import StringField

from form_engine.field import Controls, ControlView

PLACES = 18


def controls(view: ControlView) -> Controls:
    """Build a line of input, wide enough for all places."""
    given = {
        "class": "input input--id",
        "autocomplete": "off",
        "autocapitalize": "characters",
        "spellcheck": "false",
    }
    return {"": StringField(default=view.first(), render_kw=given)}


def mask(number: str) -> str:
    """Show the first six and the last four places; nothing of what has not all of them."""
    return f"{number[:6]}********{number[-4:]}" if len(number) == PLACES else "********"
