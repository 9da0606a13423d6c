"""Who may see and do what."""

from gcrm.access.accessor import APPLICANT, Accessor, Denied
from gcrm.access.actors import IDLE, Actor, Post, actor_of_account, actor_of_session, hash_token
from gcrm.access.conditions import Condition, Named
from gcrm.access.keys import Keys, Right, keys_of
from gcrm.access.scope_reading import from_json
from gcrm.access.scopes import (
    And,
    Assigned,
    Department,
    Everything,
    FieldEquals,
    Grid,
    Item,
    Not,
    Nothing,
    Or,
    Own,
    Participant,
    Region,
    Represented,
    Scope,
    ScopeError,
)
from gcrm.access.views import Assignment, View, record_view

__all__ = [
    "APPLICANT",
    "IDLE",
    "Accessor",
    "Actor",
    "And",
    "Assigned",
    "Assignment",
    "Condition",
    "Denied",
    "Department",
    "Everything",
    "FieldEquals",
    "Grid",
    "Item",
    "Keys",
    "Named",
    "Not",
    "Nothing",
    "Or",
    "Own",
    "Participant",
    "Post",
    "Region",
    "Represented",
    "Right",
    "Scope",
    "ScopeError",
    "View",
    "actor_of_account",
    "actor_of_session",
    "from_json",
    "hash_token",
    "keys_of",
    "record_view",
]
