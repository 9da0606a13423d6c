"""A sum of money in yuan and fen."""

from typing import ClassVar

from form_engine import settings
from form_engine.context import FillContext
from form_engine.field import Field, Palette
from form_engine.fields.number import NumberType


class MoneyType(NumberType):
    """A sum with two decimals."""

    id = "money"
    palette = Palette("number", "money", 20)
    settings_schema: ClassVar[settings.Schema] = settings.of(
        min=settings.decimal(), max=settings.decimal()
    )

    def decimals(self, field: Field) -> int:
        """Keep fen."""
        return 2

    def unit(self, field: Field, context: FillContext) -> str:
        """Count in yuan."""
        return field.texts.word("unit.yuan", context.locale)


TYPE = MoneyType()
