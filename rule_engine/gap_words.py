"""The report of a table in words, Chinese or English."""

from collections.abc import Mapping
from typing import Any

from rule_engine.gap_columns import Column
from rule_engine.gap_domain import Atom
from rule_engine.gaps import GapFinding, GapReport
from rule_engine.show import for_people

_CHINESE: Mapping[str, str] = {
    "gap": "没有一行管到：{box}。例如：{example}。",
    "gap_all": "没有一行管到任何情况。例如：{example}。",
    "overlap": "{0}和{1}会同时命中，但这张表只许命中一行（UNIQUE）。例如：{example}。",
    "conflict": "{0}和{1}会同时命中，而“{column}”给的结果不一样（ANY要求一样）。例如：{example}。",
    "hidden_by": "{0}永远轮不到，前面的{1}已经全部管到。例如：{example}。",
    "hidden": "{0}永远轮不到，前面几行合起来已经全部管到。例如：{example}。",
    "never": "{0}永远不会命中，它的条件自相矛盾。",
    "not_analysed": "未分析：{rows}“{column}”里的“{text}”不是单个值上的比较，没有检查。",
    "not_finished": "组合太多，没有全部查完。",
    "row": "第{number}行（{id}）",
    "is": "{0}是{1}",
    "between": "{0}在{1}和{2}之间（不含两端）",
    "from_to": "{0}从{1}到{2}",
    "below": "{0}小于{1}",
    "above": "{0}大于{1}",
    "at_least": "{0}不小于{1}",
    "at_most": "{0}不大于{1}",
    "date below": "{0}早于{1}",
    "date above": "{0}晚于{1}",
    "date at_least": "{0}不早于{1}",
    "date at_most": "{0}不晚于{1}",
    "any": "{0}是任何值",
    "other": "其他值",
    "null": "没有填写",
    "and": "，",
    "or": "或",
    "list": "、",
    "left_off": "还有{count}处没有列出。",
}
_ENGLISH: Mapping[str, str] = {
    "gap": "No row decides: {box}. For example: {example}.",
    "gap_all": "No row decides anything. For example: {example}.",
    "overlap": "{0} and {1} match together, but only one row may match (UNIQUE)."
    " For example: {example}.",
    "conflict": '{0} and {1} match together, but give different results for "{column}"'
    " (ANY wants the same). For example: {example}.",
    "hidden_by": "{0} is never reached: {1} before it takes everything. For example: {example}.",
    "hidden": "{0} is never reached: the rows before it take everything. For example: {example}.",
    "never": "{0} never matches: its tests contradict each other.",
    "not_analysed": 'Not analysed: {rows}"{text}" in "{column}" is no comparison of one value.',
    "not_finished": "There are too many combinations; not all of them were looked at.",
    "row": "row {number} ({id})",
    "is": "{0} is {1}",
    "between": "{0} lies between {1} and {2} (both left out)",
    "from_to": "{0} lies from {1} to {2}",
    "below": "{0} is below {1}",
    "above": "{0} is above {1}",
    "at_least": "{0} is {1} or more",
    "at_most": "{0} is {1} or less",
    "date below": "{0} is before {1}",
    "date above": "{0} is after {1}",
    "date at_least": "{0} is on or after {1}",
    "date at_most": "{0} is on or before {1}",
    "any": "{0} is anything",
    "other": "another value",
    "null": "not given",
    "and": ", ",
    "or": " or ",
    "list": ", ",
    "left_off": "{count} more are not listed.",
}


class Teller:
    """Says the findings of one report; `rows` are the ids of the table's rows in order."""

    def __init__(
        self,
        report: GapReport,
        rows: tuple[str, ...],
        locale: str,
        labels: Mapping[str, str] | None = None,
    ) -> None:
        """Know the language; `labels` are those of the locale, by column or input id."""
        self.report = report
        self.numbers = {row: number for number, row in enumerate(rows, 1)}
        self.locale = locale
        self.words = _CHINESE if locale.lower().startswith("zh") else _ENGLISH
        self.labels = labels or {}

    def say(self, finding: GapFinding) -> str:
        """Say one finding."""
        rows = [self.row(row) for row in finding.rows]
        word: str = finding.kind
        if word == "hidden" and len(rows) > 1:
            word = "hidden_by"
        box = self.box(finding.box) if word == "gap" else ""
        if word == "gap" and not box:
            word = "gap_all"
        joined = self.words["list"].join(rows)
        said = self.words[word].format(
            *rows,
            box=box,
            example=self.example(finding.example or {}),
            column=finding.column,
            text=finding.text,
            rows=f"{joined} " if joined and self.words is _ENGLISH else joined,
        )
        return said[:1].upper() + said[1:]

    def left_off(self) -> str:
        """Say how many findings are not listed; empty where all are."""
        count = self.report.left_off
        return self.words["left_off"].format(count=count) if count else ""

    def row(self, row_id: str) -> str:
        """Name a row by its place and id."""
        return self.words["row"].format(number=self.numbers.get(row_id, "?"), id=row_id)

    def label(self, column: Column) -> str:
        """Name a column."""
        return self.labels.get(column.id) or column.entry.label or column.id

    def example(self, values: Mapping[str, Any]) -> str:
        """Say a context."""
        columns = {column.id: column for column in self.report.columns}
        pieces = [
            self.words["is"].format(self.label(columns[name]), self.value(columns[name], value))
            for name, value in values.items()
        ]
        return self.words["and"].join(pieces)

    def value(self, column: Column, value: Any) -> str:
        """Say a value: a code by its label, a text in quotes."""
        if value is None:
            return self.words["null"]
        if isinstance(value, str):
            said = self.labels.get(f"{column.entry.id}.{value}") or (
                column.entry.label_of(value) if column.entry.options else value
            )
            return f"“{said}”" if self.words is _CHINESE else f'"{said}"'
        return for_people(value, self.locale)

    def box(self, box: tuple[int, ...]) -> str:
        """Say a box of atoms; columns that may be anything are left out."""
        pieces = []
        for column, mask in zip(self.report.columns, box, strict=True):
            if column.domain is not None and mask != column.domain.full:
                pieces.append(self.set(column, mask))
        return self.words["and"].join(pieces)

    def set(self, column: Column, mask: int) -> str:
        """Say a set of atoms of one column: its values, and its stretches joined up."""
        domain = column.domain
        assert domain is not None  # noqa: S101 - the caller looked
        pieces: list[str] = []
        values: list[str] = []
        place = 0
        while place < len(domain.atoms):
            if not mask >> place & 1:
                place += 1
                continue
            end = place
            if domain.atoms[place].kind in ("point", "stretch"):
                while (
                    end + 1 < len(domain.atoms)
                    and mask >> end + 1 & 1
                    and _joins(domain.atoms, end)
                ):
                    end += 1
            said = self.run(column, domain.atoms[place], domain.atoms[end])
            (values if said[0] else pieces).append(said[1])
            place = end + 1
        if values:
            listed = self.words["or"].join(values)
            pieces.insert(0, self.words["is"].format(self.label(column), listed))
        return self.words["or"].join(pieces)

    def run(self, column: Column, first: Atom, last: Atom) -> tuple[bool, str]:
        """Say atoms that follow one another; True first where it is a single value."""
        label = self.label(column)
        if first.kind in ("other", "null"):
            return True, self.words[first.kind]
        if first is last and first.kind == "point":
            return True, self.value(column, first.sample)
        low = first.sample if first.kind == "point" else first.low
        high = last.sample if last.kind == "point" else last.high
        ends = tuple(self.value(column, end) for end in (low, high))
        if low is None and high is None:
            return False, self.words["any"].format(label)
        if first.kind == last.kind and low is not None and high is not None:
            word = "from_to" if first.kind == "point" else "between"
            return False, self.words[word].format(label, *ends)
        date = "date " if column.entry.type.startswith("date") else ""
        pieces = []
        if low is not None:
            word = "at_least" if first.kind == "point" else "above"
            pieces.append(self.words[date + word].format(label, ends[0]))
        if high is not None:
            word = "at_most" if last.kind == "point" else "below"
            said = self.words[date + word].format("" if pieces else label, ends[1])
            pieces.append(said.strip())
        return False, self.words["and"].join(pieces)


def _joins(atoms: tuple[Atom, ...], place: int) -> bool:
    """Tell whether the next atom goes on where one ends: one of the two is a stretch."""
    here, following = atoms[place], atoms[place + 1]
    if following.kind not in ("point", "stretch"):
        return False
    return "stretch" in (here.kind, following.kind)
