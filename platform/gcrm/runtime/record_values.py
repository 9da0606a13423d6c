"""What of a submission goes into its record: listed values, blind indexes, derived facts."""

from collections.abc import Mapping
from typing import Any

from form_engine.form import Form
from gcrm.runtime.participants import KINDS
from gcrm.runtime.services import Services


def record_values(
    services: Services,
    tenant_id: int,
    form: Form,
    inputs: Mapping[str, Any],
) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
    """Give the values by column id and the rows of sub-tables; sealed values as blind indexes.

    `inputs` are what rules see of the form: `Form.inputs`.
    """
    found = form.recorded(inputs)
    types = {field.id: field.type.id for field in form.fields}
    children = {column.subtable for column in form.record_columns if column.subtable}
    for column in form.record_columns:
        told = found.get(column.id)
        if column.kind == "index" and not column.subtable and told is not None:
            kind = KINDS.get(types[column.id], types[column.id])
            found[column.id] = services.sealer.blind_index(tenant_id, kind, str(told))
    return (
        {name: value for name, value in found.items() if name not in children},
        {name: _open_columns(form, name, found.get(name) or []) for name in children},
    )


def _open_columns(form: Form, name: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out what is sealed in a row: rows have no blind indexes."""
    field = form.field(name)
    sealed = {column.id for column in field.columns if column.sealed} if field else set()
    return [{key: value for key, value in row.items() if key not in sealed} for row in rows]
