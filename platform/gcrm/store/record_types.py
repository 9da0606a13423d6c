"""How a recorded value is kept: one type per kind, the same on both databases."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Boolean, Date, Dialect, LargeBinary, Numeric, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from gcrm.store.columns import Document, Moment

PRECISION = 30
_LARGEST = 2**63 - 1


class Scaled(TypeDecorator[Decimal]):
    """A decimal with a fixed number of places: NUMERIC, or a scaled integer on SQLite.

    SQLite has no decimals, and a float would change the value. A value that does not fit
    is refused, never rounded.
    """

    impl = Numeric
    cache_ok = True

    def __init__(self, scale: int) -> None:
        """Take the number of places after the point."""
        super().__init__(PRECISION, scale)
        self.scale = scale
        self._step = Decimal(1).scaleb(-scale)

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Give the database's own type."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(BigInteger())
        return dialect.type_descriptor(Numeric(PRECISION, self.scale))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        """Refuse what would be rounded; scale it on SQLite."""
        if value is None:
            return None
        value = Decimal(value)
        if not value.is_finite() or value != value.quantize(self._step):
            raise ValueError(f"{value} does not fit {self.scale} places after the point.")
        if dialect.name != "sqlite":
            return value
        whole = int(value.scaleb(self.scale))
        if abs(whole) > _LARGEST:
            raise ValueError(f"{value} is too large for SQLite.")
        return whole

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """Give a decimal with its places back."""
        if value is None:
            return None
        if dialect.name == "sqlite":
            return Decimal(value).scaleb(-self.scale)
        return Decimal(value)


_MAKERS: Mapping[str, Callable[[int], TypeEngine[Any]]] = {
    "text": lambda _scale: Text(),
    "whole": lambda _scale: BigInteger(),
    "decimal": Scaled,
    "date": lambda _scale: Date(),
    "moment": lambda _scale: Moment(),
    "boolean": lambda _scale: Boolean(),
    "list": lambda _scale: Document,
    "index": lambda _scale: LargeBinary(),
}

KINDS = tuple(_MAKERS)


def type_of(kind: str, scale: int = 0) -> TypeEngine[Any]:
    """Give the column type of a kind; `scale` counts for decimals only."""
    return _MAKERS[kind](scale)
