"""Values as official papers write them: days, months, sums, capital figures."""

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal

from form_engine import dates
from form_engine.messages import own_texts

CHINESE = "zh-CN"
_FIGURES = "〇一二三四五六七八九"
_CAPITALS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "万亿")
_LARGEST = Decimal(10) ** 16


def say(value: object, show: str) -> str:
    """Write a value; nothing for one that does not fit what is shown."""
    if isinstance(value, dt.datetime):
        value = value.date()
    if isinstance(value, dt.date):
        return _day(value, show)
    if isinstance(value, bool):
        return own_texts().word("yes" if value else "no", CHINESE)
    if isinstance(value, Decimal):
        return _number(value, show)
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "、".join(text for text in (say(each, show) for each in value) if text)
    return ""


def _day(day: dt.date, show: str) -> str:
    match show:
        case "weekday":
            return dates.say_day(day, own_texts(), CHINESE)
        case "chinese_date":
            year = "".join(_FIGURES[int(figure)] for figure in f"{day.year:04d}")
            return f"{year}年{_tens(day.month)}月{_tens(day.day)}日"
        case "month":
            return f"{day.year}年{day.month}月"
        case _:
            return f"{day.year}年{day.month}月{day.day}日"


def _tens(number: int) -> str:
    tens, ones = divmod(number, 10)
    before = "" if not tens else "十" if tens == 1 else f"{_FIGURES[tens]}十"
    return before + (_FIGURES[ones] if ones else "")


def _number(value: Decimal, show: str) -> str:
    if not value.is_finite():
        return ""
    if show == "amount":
        exact = value.quantize(Decimal("0.01"), ROUND_HALF_UP)
        whole = exact == exact.to_integral_value()
        return f"{exact:,.0f}元" if whole else f"{exact:,.2f}元"
    if show == "capital":
        return capital(value)
    plain = format(value.normalize(), ",f")
    return plain if show == "number" else plain.replace(",", "")


def capital(value: Decimal) -> str:
    """Write a sum in the capital figures of receipts: 壹佰零叁元伍角整; nothing beyond 10^16."""
    if not value.is_finite() or abs(value) >= _LARGEST:
        return ""
    cents = int((abs(value) * 100).to_integral_value(ROUND_HALF_UP))
    whole, rest = divmod(cents, 100)
    jiao, fen = divmod(rest, 10)
    text = f"{_whole(whole)}元" if whole or not rest else ""
    if jiao:
        text += f"{_CAPITALS[jiao]}角"
    elif fen and whole:
        text += "零"
    text += f"{_CAPITALS[fen]}分" if fen else "整"
    return f"负{text}" if value < 0 and cents else text


def _whole(number: int) -> str:
    if not number:
        return "零"
    groups = []
    while number:
        number, group = divmod(number, 10_000)
        groups.append(group)
    text, gap = "", False
    for place in range(len(groups) - 1, -1, -1):
        group = groups[place]
        if not group:
            gap = True
            continue
        if text and (gap or group < 1000):
            text += "零"
        text += _group(group) + _GROUPS[place]
        gap = False
    return text


def _group(number: int) -> str:
    text, gap = "", False
    for place in range(3, -1, -1):
        figure = number // 10**place % 10
        if not figure:
            gap = bool(text)
            continue
        if gap:
            text += "零"
        text += _CAPITALS[figure] + _PLACES[place]
        gap = False
    return text
