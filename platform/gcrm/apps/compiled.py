"""Compiled apps: one release with all its parts ready to run, shared by all threads."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app_definitions.app import App, ItemVariant
from app_definitions.decision import DecisionTest
from app_definitions.dictionary import Dictionary
from app_definitions.vocabulary import Vocabulary
from flow_engine import Process
from form_engine import Form, Paper
from report_engine.uses import CompiledBoard
from rule_engine import Decision, Expression


@dataclass(frozen=True, slots=True, eq=False)
class CompiledApp:
    """An app that can run. `number` is 0 for a package that has not been published.

    `translations` are texts by locale and key. `members` are the releases of member apps that
    a composite holds, by the id of the member. `expressions` are the conditions of `app.json`
    by their path.
    `paper_vocabulary` is what papers may name.
    """

    definition: App
    number: int
    digest: str
    forms: Mapping[str, Form]
    processes: Mapping[str, Process]
    decisions: Mapping[str, Decision]
    dictionaries: Mapping[str, Dictionary]
    translations: Mapping[str, Mapping[str, str]]
    vocabulary: Vocabulary
    boards: Mapping[str, CompiledBoard] = field(default_factory=dict)
    papers: Mapping[str, Paper] = field(default_factory=dict)
    paper_vocabulary: Vocabulary = field(default_factory=Vocabulary)
    expressions: Mapping[str, Expression] = field(default_factory=dict)
    decision_tests: Mapping[str, tuple[DecisionTest, ...]] = field(default_factory=dict)
    members: "Mapping[str, CompiledApp]" = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The app's id."""
        return self.definition.id

    @property
    def is_composite(self) -> bool:
        """Tell whether the app opens member cases of other apps."""
        return bool(self.definition.members)

    def variant(self, variant_id: str) -> ItemVariant | None:
        """Find an item variant."""
        return self.definition.variant(variant_id)

    def form_of(self, variant: ItemVariant) -> Form:
        """Give the form with which one applies."""
        return self.forms[variant.form]

    def process_of(self, variant: ItemVariant) -> Process:
        """Give the process that decides."""
        return self.processes[variant.process]

    def precheck_of(self, variant: ItemVariant) -> Decision | None:
        """Give the conditions judged before submitting, if there are any."""
        return self.decisions[variant.precheck] if variant.precheck else None

    def say(self, key: str, source: str, locale: str) -> str:
        """Give a text of the app in a language, in Chinese where it is not translated."""
        name = "zh_CN" if locale.lower().startswith("zh") else locale.split("-")[0].split("_")[0]
        return self.translations.get(name, {}).get(key) or source
