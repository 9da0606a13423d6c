"""One answer out of many, in a list that opens."""

from wtforms import SelectField

from form_engine import options
from form_engine.field import Controls, ControlView, Field, Palette
from form_engine.fields.radio import RadioType


class SelectType(RadioType):
    """The same answers as buttons, in a list that begins with an empty line."""

    id = "select"
    palette = Palette("choice", "select", 20, RadioType.palette.settings)
    template = "select.html"
    grouped = False

    def controls(self, field: Field, view: ControlView) -> Controls:
        """Build the list."""
        empty = options.choice_of("", field.texts.word("choose", view.locale))
        choices = [empty, *options.listed(options.offered(field, view.context))]
        given = {"class": "input input--mid"}
        return {
            "": SelectField(
                choices=choices, default=view.first(), validate_choice=False, render_kw=given
            )
        }


TYPE = SelectType()
