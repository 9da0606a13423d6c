"""A correction laid open for its applicant: the list, the fields to mend, what was filled in."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from markupsafe import Markup
from sqlalchemy import Connection, RowMapping

from app_definitions.form import read_form
from form_engine import FieldTypes, compile_form
from form_engine.answers import AnswerSection
from form_engine.bound import Bound
from form_engine.context import Attachment, FillContext
from form_engine.errors import FieldError
from form_engine.form import Form
from form_engine.rights import WRITING
from gcrm.access.accessor import Accessor
from gcrm.access.actors import Actor
from gcrm.runtime import correction_phrases, corrections, drafts, filling, refusals
from gcrm.runtime.case_papers import OpenPaper, files_of_case, open_paper
from gcrm.runtime.corrections import Correction, Item
from gcrm.runtime.filling import Paper
from gcrm.runtime.refusals import Refused
from gcrm.runtime.services import Services

NOTE, FILES = "reply_{}_note", "reply_{}_files"


@dataclass(frozen=True)
class CorrectionPage:
    """Everything that a page of a correction needs; `values` are all answers of the application
    with what was corrected so far. Without slots: what is worked out is kept."""

    correction: Correction
    case: RowMapping
    paper: OpenPaper
    form: Form
    context: FillContext
    values: Mapping[str, Any]
    replies: Form
    reply_context: FillContext
    reply_values: Mapping[str, Any]
    files: Mapping[str, Attachment]
    fresh: frozenset[str]  # files that belong to this correction only, not yet to the case

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """Give the list in the reader's language where the platform knows the words."""
        return said(self.correction.items, self.form, self.context.locale)

    @property
    def bound(self) -> Bound:
        """Give the application as it is to be shown: as typed where something was wrong."""
        if self.correction.draft.typed:
            return self.form.bind(self.correction.draft.typed, self.values, self.context)
        return Bound(self.values)

    @property
    def reply_bound(self) -> Bound:
        """Give the words and files beside the answers."""
        if self.correction.draft.typed:
            typed = self.correction.draft.typed
            return self.replies.bind(typed, self.reply_values, self.reply_context)
        return Bound(self.reply_values)

    def fields_of(self, item: Item) -> frozenset[str]:
        """Name the fields that stand under an item: its own, and those that hang on it alone."""
        if item.field is None:
            return frozenset()
        others = set(self.correction.fields) - {item.field}
        return frozenset({item.field, *self.form.hanging_on(item.field)} - others)

    def draw(self, item: Item, bound: Bound, reply: Bound) -> Markup:
        """Draw what an item asks for, and the place for a word or a file beside it."""
        mine = self.fields_of(item)
        shown = replace(
            self.context,
            rights={
                name: right
                for name, right in self.context.rights.items()
                if name in mine and right in WRITING
            },
        )
        drawn = [
            self.form.render_section(section.id, bound, shown)
            for section in self.form.sections
            if any(field.id in mine for field in section.fields)
        ]
        beside = replace(
            self.reply_context,
            rights=dict.fromkeys(_replies_of(item), "write"),
        )
        drawn.append(self.replies.render_section("main", reply, beside))
        return Markup("\n").join(drawn)

    def unanswered(self, values: Mapping[str, Any], replies: Mapping[str, Any]) -> list[FieldError]:
        """Name the items to which nothing was done: neither changed nor explained."""
        return [
            _still(item, self.context.locale)
            for item in self.items
            if not any(replies.get(name) for name in _replies_of(item))
            and (item.field is None or values.get(item.field) == self.paper.values.get(item.field))
        ]

    def check(self) -> tuple[FieldError, ...]:
        """Say what is still wrong with what is kept: answers, then what was left as it was."""
        wrong = list(self.form.check(self.values, self.context))
        named = {each.field_id for each in wrong}
        wrong += [
            each
            for each in self.unanswered(self.values, self.reply_values)
            if each.field_id not in named
        ]
        return tuple(wrong)

    def answers(self) -> tuple[AnswerSection, ...]:
        """Give the application with what was corrected so far; nothing of it can be changed."""
        return self.form.answers(
            self.form.effective(self.values, self.context),
            replace(self.context, rights=self.paper.context.rights),
        )


def said(items: tuple[Item, ...], form: Form, locale: str) -> tuple[Item, ...]:
    """Give items in a language: labels of fields and phrases are known in each."""
    shown = []
    for item in items:
        field = form.field(item.field) if item.field is not None else None
        phrase = correction_phrases.phrases().get(item.phrase)
        what, fix = phrase.said(locale) if phrase is not None else (item.what, item.fix)
        label = field.label(locale) if field is not None else item.label
        shown.append(replace(item, label=label, what=what, fix=fix))
    return tuple(shown)


def replies_to(item: Item, replies: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Give the note and the names of files that stand beside an item."""
    note, files = replies.get(NOTE.format(item.id)), replies.get(FILES.format(item.id))
    return str(note or ""), tuple(map(str, files or ()))


def _replies_of(item: Item) -> tuple[str, ...]:
    names = [NOTE.format(item.id)]
    if item.field is None:
        names.append(FILES.format(item.id))
    return tuple(names)


def _still(item: Item, locale: str) -> FieldError:
    code = "correction_unchanged" if item.field is not None else "correction_nothing"
    language = "zh_CN" if locale.lower().startswith("zh") else "en"
    sentence = refusals.sentences(language)[code]
    name = item.field or NOTE.format(item.id)
    what, fix = sentence.message, sentence.fix
    gap = "" if language == "zh_CN" else " "
    return FieldError(name, f"{what}{gap}{fix}", what, fix, code)


def open_correction(
    reader: Connection,
    services: Services,
    accessor: Accessor,
    case_id: int,
    now: datetime,
    *,
    locale: str,
    large: bool = False,
) -> CorrectionPage | None:
    """Open the correction that a case waits for; None where it waits for none.

    Raises Refused for a case that is not the actor's.
    """
    row = accessor.find("case", case_id, "act")
    if row is None:
        raise Refused("not_found", status=404)
    found = corrections.newest(reader, services.sealer, dict(row))
    if found is None or not found.is_open:
        return None
    paper = open_paper(reader, services, row, now, locale=locale, step="apply")
    if paper is None:
        return None
    return _page(reader, services, accessor.actor, row, found, paper, now, locale, large)


def _page(
    reader: Connection,
    services: Services,
    actor: Actor,
    row: RowMapping,
    found: Correction,
    paper: OpenPaper,
    now: datetime,
    locale: str,
    large: bool,
) -> CorrectionPage:
    form = paper.paper.form
    tenant = row["tenant_id"]
    services.sealer.load(reader, tenant, (actor.party_id,))
    fresh = drafts.files_of(reader, services, tenant, found.id)
    files = {**files_of_case(reader, services, tenant, row["id"]), **fresh}
    lists = services.reference.at(reader, tenant, now)
    mended = form.from_json(found.draft.values)
    values = {**paper.values, **mended}
    base = filling.context_of(
        services,
        lists,
        Paper(paper.paper.app, paper.paper.variant, form),
        values,
        now,
        locale=locale,
        facts=paper.facts,
        attachments=files.get,
        large=large,
    )
    context = replace(base, rights=form.rights_to_correct(found.fields))
    removed = {
        name
        for name, right in context.rights.items()
        if right in WRITING and found.draft_rev and name not in mended
    }
    values = {name: value for name, value in values.items() if name not in removed}
    replies = reply_form(found.items, form, locale)
    reply_context = FillContext(
        evaluation=context.evaluation,
        locale=locale,
        rights={field.id: "write" for field in replies.fields},
        attachments=files.get,
        large=large,
    )
    return CorrectionPage(
        found,
        row,
        paper,
        form,
        context,
        values,
        replies,
        reply_context,
        replies.from_json(found.draft.replies),
        files,
        frozenset(fresh),
    )


def reply_form(items: tuple[Item, ...], form: Form, locale: str) -> Form:
    """Make the little form beside the list: a word for each item, files for what is no field."""
    language = "zh_CN" if locale.lower().startswith("zh") else "en"
    words = refusals.sentences(language)
    fields: list[dict[str, Any]] = []
    for item in said(items, form, locale):
        if item.field is None:
            fields.append(
                {
                    "id": FILES.format(item.id),
                    "type": "file",
                    "label": words["correction_files"].message,
                    "hint": words["correction_files"].fix,
                    "settings": {"max_count": 5},
                }
            )
        fields.append(
            {
                "id": NOTE.format(item.id),
                "type": "textarea",
                "label": words["correction_note"].message,
                "hint": words["correction_note"].fix,
                "sealed": True,
                "settings": {"max_length": 500},
            }
        )
    document = {
        "format": "gcrm.form/1",
        "id": "reply",
        "title": words["correction_note"].message,
        "sections": [{"id": "main", "title": words["correction_note"].message, "fields": fields}],
    }
    definition, problems = read_form(document, "forms/reply.json")
    if definition is None:
        raise ValueError(f"The form of a correction cannot be read: {problems}")
    made, problems = compile_form(
        definition, FieldTypes.shipped(), part="forms/reply.json", dictionaries={}
    )
    if made is None:
        raise ValueError(f"The form of a correction does not compile: {problems}")
    return made
