"""Shapes of record tables: what the forms of an app want to be listed, filtered and counted."""

from gcrm.apps.compiled import CompiledApp
from gcrm.store.records import Field, Shape


def shapes_of(app: CompiledApp) -> tuple[Shape, ...]:
    """List the record tables that the app's forms need, sub-tables after their form."""
    found: list[Shape] = []
    for form in app.forms.values():
        places: dict[str, list[Field]] = {}
        for column in form.record_columns:
            place = places.setdefault(column.subtable, [])
            place.append(Field(column.id, column.kind, column.scale or 0))
        found += [
            Shape(form.id, subtable, tuple(fields)) for subtable, fields in sorted(places.items())
        ]
    return tuple(found)
