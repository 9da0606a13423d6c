"""Words in which a field type states its settings as a JSON Schema (2020-12)."""

from typing import Any

Schema = dict[str, Any]

NUMBER = r"^-?[0-9]{1,28}(\.[0-9]{1,12})?$"
CODE = r"^[A-Za-z0-9_.\-]{1,40}$"


def of(**properties: Schema) -> Schema:
    """Make the schema of a type's settings: nothing is required, nothing else is allowed."""
    return {"type": "object", "properties": properties, "additionalProperties": False}


def whole(default: int, least: int, most: int) -> Schema:
    """Take a count."""
    return {"type": "integer", "minimum": least, "maximum": most, "default": default}


def decimal() -> Schema:
    """Take a number as people type it, in decimal notation."""
    return {"type": "string", "pattern": NUMBER, "x-gcrm": "decimal"}


def yes(default: bool = False) -> Schema:
    """Take yes or no."""
    return {"type": "boolean", "default": default}


def word(most: int = 200) -> Schema:
    """Take a word that nobody reads on a page."""
    return {"type": "string", "maxLength": most}


def text(most: int = 200) -> Schema:
    """Take a sentence that people read; it can be translated."""
    return {"type": "string", "maxLength": most, "x-gcrm": "text"}


def one_of(*values: str, default: str) -> Schema:
    """Take one of a few words."""
    return {"type": "string", "enum": list(values), "default": default}


def several_of(*values: str, default: tuple[str, ...]) -> Schema:
    """Take some of a few words."""
    return {
        "type": "array",
        "items": {"enum": list(values)},
        "minItems": 1,
        "uniqueItems": True,
        "default": list(default),
    }


def options() -> Schema:
    """Take the list of allowed answers."""
    option = {
        "type": "object",
        "properties": {
            "id": {"type": "string", "pattern": CODE},
            "label": text(),
            "hint": text(),
            "exclusive": yes(),
        },
        "required": ["id", "label"],
        "additionalProperties": False,
    }
    return {"type": "array", "items": option, "maxItems": 500, "x-gcrm": "options"}


def dictionary() -> Schema:
    """Take the id of a dictionary whose entries are the allowed answers."""
    return {"type": "string", "maxLength": 80, "x-gcrm": "dictionary"}


def region() -> Schema:
    """Take the code of a region."""
    return {"type": "string", "pattern": r"^([0-9]{6,12})?$", "x-gcrm": "region"}


def with_defaults(schema: Schema, given: dict[str, Any]) -> dict[str, Any]:
    """Fill in what a definition leaves out."""
    defaults = {
        name: shape["default"]
        for name, shape in schema.get("properties", {}).items()
        if "default" in shape
    }
    return {**defaults, **given}
