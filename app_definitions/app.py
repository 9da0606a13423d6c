"""Apps: identity, item variants, roles, facts, parameters, notices, guide, members and tests."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

from app_definitions import ids, reading, scopes
from app_definitions.deadline import Duration
from app_definitions.decision import Choice
from app_definitions.examples import (
    Act,
    AppTest,
    Expected,
    ExpectedOutput,
    GivenFact,
    GivenValue,
)
from app_definitions.notice import PLACEHOLDERS, Notice, PersonRole, placeholders
from app_definitions.parameter import Parameter, ParameterValue, check_parameter
from app_definitions.problem import Problem, Problems, error
from app_definitions.shapes import Code, Feel, Id, Mark, Text, Word

ItemType = Literal[
    "licence",
    "penalty",
    "coercion",
    "levy",
    "benefit",
    "inspection",
    "confirmation",
    "award",
    "ruling",
    "other_power",
    "public_service",
]
Prefix = Annotated[str, Mark("prefix", pattern=r"^[A-Z][A-Z0-9]{0,11}$")]
Level = Annotated[int, Mark("level", minimum=0, maximum=3)]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list that people read."""

    id: Id
    text: Text


@dataclass(frozen=True, slots=True)
class ServiceItem:
    """The entry of the catalogue of government services that the app serves."""

    base_code: Code
    name: Text
    item_type: ItemType
    audience: Literal["natural", "organisation", "both"]
    department: Code
    basis: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Issue:
    """A paper that a decision brings: a certificate when approved, a letter when refused or when
    an application is not accepted (不予受理).

    Its number is drawn from `number_prefix` per year. `valid_to` gives the last day of a
    certificate; without it there is none. It may name what the paper may name.
    """

    id: Id
    on: Literal["approved", "refused", "not_accepted"]
    paper: Id
    number_prefix: Prefix
    kind: Literal["certificate", "letter"] = "letter"
    valid_to: Feel = ""


@dataclass(frozen=True, slots=True)
class ItemVariant:
    """The smallest thing one can apply for. `precheck` names a decision of conditions.

    `assurance` is how surely the person must be known: 1 phone, 2 real name, 3 face or card.
    `subject` names the fields that lists of cases show. `issues` are the papers that a
    decision brings, at most one for each; `revocation_four_eyes` are steps whose people may
    not revoke what they decided themselves.
    """

    id: Id
    name: Text
    number_prefix: Prefix
    form: Id
    process: Id
    statutory: Duration
    promised: Duration
    assurance: Level = 1
    precheck: Id | None = None
    acceptance: Literal["system", "window"] = "window"
    subject: tuple[Id, ...] = ()
    issues: tuple[Issue, ...] = ()
    revocation_four_eyes: tuple[Id, ...] = ()

    def issue_on(self, outcome: str) -> Issue | None:
        """Find the paper that a decision brings."""
        return next((entry for entry in self.issues if entry.on == outcome), None)


Resource = Annotated[
    str,
    Mark(
        "resource",
        pattern=r"^(case|task|submission|event|opinion|attachment|notice|certificate"
        r"|board:[a-z][a-z0-9_]{0,39}|record:[a-z][a-z0-9_]{0,39}\.[a-z][a-z0-9_]{0,39})$",
    ),
]
"""What a right is about; an app can give rights on its own rows only, never on the platform."""


@dataclass(frozen=True, slots=True)
class RoleRight:
    """What a role may do, and with which rows (a scope of the platform's access algebra)."""

    resource: Resource
    action: Literal["read", "act", "write", "reveal", "export", "revoke"]
    scope: Mapping[str, Any] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Role:
    """A post that works in this app; `excludes` names roles that one person may not hold too."""

    id: Id
    name: Text
    excludes: tuple[Id, ...] = ()
    rights: tuple[RoleRight, ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """An input that the platform knows and the form does not ask.

    `options` are the codes that it may be, each with the words that people read.
    """

    id: Id
    label: Text
    type: Word
    source: Literal["case.open_for", "population.status"]
    field: Id
    options: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Participant:
    """Who takes part in a case, and in which fields they stand.

    Without fields it is the person who submits; `when` says in which cases there is one.
    For those who act for others, `relation_field` tells how they stand to them, and
    `staff_number_field` holds the number of a helper who serves by office.
    """

    role: PersonRole
    name_field: Id | None = None
    id_field: Id | None = None
    phone_field: Id | None = None
    when: Feel = ""
    relation_field: Id | None = None
    staff_number_field: Id | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """The field whose region decides which offices work on the case."""

    region_field: Id


@dataclass(frozen=True, slots=True)
class PublicField:
    """An answer that everybody may read while a result is public, masked or as it is."""

    field: Id
    show: Literal["masked", "plain"] = "masked"


@dataclass(frozen=True, slots=True)
class Publicity:
    """All that the public list shows of a case; `text` says what it is for and who publishes."""

    fields: tuple[PublicField, ...]
    text: Text = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A question that people often ask."""

    id: Id
    question: Text
    answer: Text


@dataclass(frozen=True, slots=True)
class Guide:
    """What a person reads before starting: who, how much, what to bring, what happens."""

    who: Text = ""
    amount: Text = ""
    bring: tuple[Line, ...] = ()
    steps: tuple[Line, ...] = ()
    hall: Text = ""
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldMap:
    """A field of the shared form, and the field of the member's form that it fills."""

    field: Id
    member_field: Id


@dataclass(frozen=True, slots=True)
class MaterialMap:
    """A material handed in once, and the member's material that it serves."""

    material: Id
    member_material: Id


@dataclass(frozen=True, slots=True)
class Member:
    """An app whose case a composite opens beside others, when `when` is true or empty."""

    id: Id
    app: Id
    item_variant: Id
    when: Feel = ""
    form_map: tuple[FieldMap, ...] = ()
    materials_map: tuple[MaterialMap, ...] = ()


@dataclass(frozen=True, slots=True)
class App:
    """What ties the parts of an app together; with members it is a composite."""

    FORMAT: ClassVar[str] = "gcrm.app/1"

    id: Id
    name: Text
    service_item: ServiceItem
    item_variants: tuple[ItemVariant, ...]
    summary: Text = ""
    icon: Word = ""
    category: Text = ""
    roles: tuple[Role, ...] = ()
    facts: tuple[Fact, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    participants: tuple[Participant, ...] = ()
    place: Place | None = None
    publicity: Publicity | None = None
    notices: tuple[Notice, ...] = ()
    guide: Guide = field(default_factory=Guide)
    members: tuple[Member, ...] = ()
    tests: tuple[AppTest, ...] = ()

    def variant(self, variant_id: str) -> ItemVariant | None:
        """Find an item variant by its id."""
        return next((entry for entry in self.item_variants if entry.id == variant_id), None)


def read_app(document: Any, part: str) -> tuple[App | None, Problems]:
    """Read the app's own part; all problems come back together."""
    return reading.read(App, document, part, check=_check)


def write_app(app: App) -> dict[str, Any]:
    """Give the canonical document."""
    return reading.write(app)


def _check(app: App, part: str) -> list[Problem]:
    problems: list[Problem] = []
    roles = {role.id for role in app.roles}
    if not app.item_variants:
        problems.append(error(ids.path(part, [app.id], "item_variants"), "variant_missing"))
    for role in app.roles:
        problems += [
            error(ids.path(part, [role.id], "excludes"), "role_unknown", role=other)
            for other in role.excludes
            if other not in roles
        ]
        problems += _check_rights(app, role, part)
    for parameter in app.parameters:
        problems += check_parameter(parameter, part)
    for notice in app.notices:
        for name, text in (("text", notice.text), ("short", notice.short)):
            try:
                tuple(placeholders(text))
            except ValueError:
                problems.append(error(ids.path(part, [notice.id], name), "braces_do_not_match"))
    return problems


def _check_rights(app: App, role: Role, part: str) -> list[Problem]:
    place = ids.path(part, [role.id], "rights")
    problems = [
        error(place, "scope_unknown", scope=fault)
        for right in role.rights
        for fault in scopes.faults(right.scope)
    ]
    problems += [
        error(place, "right_on_other_app", resource=right.resource)
        for right in role.rights
        if right.resource.partition(":")[2].partition(".")[0] not in ("", app.id)
    ]
    return problems


__all__ = [
    "PLACEHOLDERS",
    "Act",
    "App",
    "AppTest",
    "Expected",
    "ExpectedOutput",
    "Fact",
    "FieldMap",
    "GivenFact",
    "GivenValue",
    "Guide",
    "Issue",
    "ItemVariant",
    "Line",
    "MaterialMap",
    "Member",
    "Notice",
    "Parameter",
    "ParameterValue",
    "Participant",
    "PersonRole",
    "Place",
    "PublicField",
    "Publicity",
    "Question",
    "Role",
    "RoleRight",
    "ServiceItem",
    "placeholders",
    "read_app",
    "write_app",
]
