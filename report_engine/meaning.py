"""What a number means, in words (口径): what is counted, of which rows, and how it is split."""

from dataclasses import dataclass

from report_engine.uses import CompiledTile, DimensionUse, MeasureUse
from report_engine.words import short

_AGGREGATES = {
    "zh": {
        "count": "数有多少{rows}",
        "count_distinct": "数有多少种{field}",
        "share": "占全部{rows}的比例",
        "sum": "{field}加起来",
        "average": "{field}的平均数",
        "median": "{field}的中位数",
        "min": "最小的{field}",
        "max": "最大的{field}",
    },
    "en": {
        "count": "the number of {rows}",
        "count_distinct": "the number of different values of {field}",
        "share": "the share of all {rows}",
        "sum": "the sum of {field}",
        "average": "the average of {field}",
        "median": "the median of {field}",
        "min": "the smallest {field}",
        "max": "the largest {field}",
    },
}
_GRAINS = {
    "zh": {
        "year": "每年", "quarter": "每季度", "month": "每月", "week": "每周", "day": "每天",
        "hour": "每小时",
    },
    "en": {
        "year": "by year", "quarter": "by quarter", "month": "by month", "week": "by week",
        "day": "by day", "hour": "by hour",
    },
}  # fmt: skip
_WHERE = {"zh": "只算符合的：{text}", "en": "where {text}"}
_SPLIT = {"zh": "按{field}分开", "en": "by {field}"}
_CUT = {"zh": "按{field}，{grain}一个数", "en": "{grain} of {field}"}
_ROWS = {"zh": "只看符合的{rows}：{text}", "en": "Only {rows} where {text}"}
_MARKS = {"zh": ("：", "，", "。"), "en": (": ", ", ", ".")}


@dataclass(frozen=True, slots=True)
class Meaning:
    """The lines that define a tile: what its author wrote, then what its definition says."""

    note: str
    lines: tuple[str, ...]


def meaning_of(tile: CompiledTile, rows: str, locale: str) -> Meaning:
    """Say what a tile counts; `rows` names the rows of its source."""
    language = short(locale)
    colon, _, stop = _MARKS[language]
    lines = []
    if tile.where is not None:
        text = tile.where.sentence(locale)
        lines.append(_ROWS[language].format(rows=rows, text=text) + stop)
    lines += [
        f"{use.definition.label}{colon}{_measure(use, rows, locale)}{stop}" for use in tile.measures
    ]
    if tile.dimensions:
        lines.append(_capital(_split(tile.dimensions, language)) + stop)
    return Meaning(tile.definition.note, tuple(lines))


def _measure(use: MeasureUse, rows: str, locale: str) -> str:
    language = short(locale)
    field = use.input.label if use.input is not None else ""
    said = _AGGREGATES[language][use.definition.aggregate].format(rows=rows, field=field)
    if use.where is None:
        return said
    where = _WHERE[language].format(text=use.where.sentence(locale))
    return f"{said}{_MARKS[language][1]}{where}"


def _split(dimensions: tuple[DimensionUse, ...], language: str) -> str:
    said = []
    for use in dimensions:
        grain = use.definition.grain
        if grain:
            word = _GRAINS[language][grain]
            said.append(_CUT[language].format(field=use.input.label, grain=word))
        else:
            said.append(_SPLIT[language].format(field=use.input.label))
    return _MARKS[language][1].join(said)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
