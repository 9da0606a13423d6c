"""The pages of administrators: people, rights, offices, data, operation, audit."""

from gcrm.web.admin import (
    accounts,
    audit,
    calendar,
    department_sheet,
    departments,
    dictionaries,
    grids,
    legal,
    logins,
    operation,
    parameters,
    people,
    posts,
    regions,
    roles,
    rooms,
    second_factor,
    staff_sheet,
)

administration = rooms.bp
"""The rooms under /staff/admin; each module above adds its pages."""

account = logins.own
"""Everybody's own account page."""

__all__ = [
    "account",
    "accounts",
    "administration",
    "audit",
    "calendar",
    "department_sheet",
    "departments",
    "dictionaries",
    "grids",
    "legal",
    "logins",
    "operation",
    "parameters",
    "people",
    "posts",
    "regions",
    "roles",
    "rooms",
    "second_factor",
    "staff_sheet",
]
