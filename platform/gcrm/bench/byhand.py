"""The opponents of the rules bench, written by hand: a rule of three conditions, a table of 50 x 6.

Written as a careful person would: each input is looked up once, numbers are constants, the rule
knows null as FEEL does (three-valued), the chain counts on complete inputs.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

RULE = 'age >= 60 and income <= 6000 and kind = "dibao"'
ZEN_RULE = (
    "(age ?? 60) >= 60 and (income ?? 6000) <= 6000 and kind == 'dibao'"
    " and (age != null and income != null ? true : null)"
)
D5, D60, D65, D70, D75, D80 = (Decimal(number) for number in (5, 60, 65, 70, 75, 80))
D1000, D6000 = Decimal(1000), Decimal(6000)
AMOUNTS = tuple(Decimal(100 + 10 * row) for row in range(50))
REGIONS = ("990101", "990102")
COLUMNS = ("kind", "age", "income", "region", "disabled", "years")


def rule(person: Mapping[str, Any]) -> bool | None:
    """Answer RULE; null where nothing is false and something is null."""
    null = False
    age = person.get("age")
    if age is None:
        null = True
    elif not age >= D60:
        return False
    income = person.get("income")
    if income is None:
        null = True
    elif not income <= D6000:
        return False
    if person.get("kind") != "dibao":
        return False
    return None if null else True


def chain(person: Mapping[str, Any]) -> Decimal | None:
    """Give the amount of the first row of TABLE that matches."""
    kind, age, income = person.get("kind"), person.get("age"), person.get("income")
    region, disabled, years = person.get("region"), person.get("disabled"), person.get("years")
    if age is None or income is None or years is None:
        raise ValueError("The chain counts on complete inputs.")
    if kind == "dibao" and D60 <= age < D65 and income <= D1000 and region in REGIONS and disabled:
        return AMOUNTS[0]
    if kind == "dibao" and D60 <= age < D65 and D1000 < income <= D6000 and years >= D5:
        return AMOUNTS[1]
    if kind == "dibao" and D65 <= age < D70 and income <= D1000:
        return AMOUNTS[2]
    if (
        kind == "dibao"
        and D65 <= age < D70
        and D1000 < income <= D6000
        and region in REGIONS
        and years >= D5
    ):
        return AMOUNTS[3]
    if kind == "dibao" and D70 <= age < D75 and income <= D1000 and disabled:
        return AMOUNTS[4]
    if kind == "dibao" and D70 <= age < D75 and D1000 < income <= D6000 and years >= D5:
        return AMOUNTS[5]
    if kind == "dibao" and D75 <= age < D80 and income <= D1000 and region in REGIONS:
        return AMOUNTS[6]
    if kind == "dibao" and D75 <= age < D80 and D1000 < income <= D6000 and years >= D5:
        return AMOUNTS[7]
    if kind == "dibao" and age >= D80 and income <= D1000 and disabled:
        return AMOUNTS[8]
    if (
        kind == "dibao"
        and age >= D80
        and D1000 < income <= D6000
        and region in REGIONS
        and years >= D5
    ):
        return AMOUNTS[9]
    if kind == "tekun" and D60 <= age < D65 and income <= D1000:
        return AMOUNTS[10]
    if kind == "tekun" and D60 <= age < D65 and D1000 < income <= D6000 and years >= D5:
        return AMOUNTS[11]
    if kind == "tekun" and D65 <= age < D70 and income <= D1000 and region in REGIONS and disabled:
        return AMOUNTS[12]
    if kind == "tekun" and D65 <= age < D70 and D1000 < income <= D6000 and years >= D5:
        return AMOUNTS[13]
    if kind == "tekun" and D70 <= age < D75 and income <= D1000:
        return AMOUNTS[14]
    if (
        kind == "tekun"
        and D70 <= age < D75
        and D1000 < income <= D6000
        and region in REGIONS
        and years >= D5
    ):
        return AMOUNTS[15]
    if kind == "tekun" and D75 <= age < D80 and income <= D1000 and disabled:
        return AMOUNTS[16]
    if kind == "tekun" and D75 <= age < D80 and D1000 < income <= D6000 and years >= D5:
        return AMOUNTS[17]
    if kind == "tekun" and age >= D80 and income <= D1000 and region in REGIONS:
        return AMOUNTS[18]
    if kind == "tekun" and age >= D80 and D1000 < income <= D6000 and years >= D5:
        return AMOUNTS[19]
    if kind == "shineng" and D60 <= age < D65 and income <= D1000 and disabled:
        return AMOUNTS[20]
    if (
        kind == "shineng"
        and D60 <= age < D65
        and D1000 < income <= D6000
        and region in REGIONS
        and years >= D5
    ):
        return AMOUNTS[21]
    if kind == "shineng" and D65 <= age < D70 and income <= D1000:
        return AMOUNTS[22]
    if kind == "shineng" and D65 <= age < D70 and D1000 < income <= D6000 and years >= D5:
        return AMOUNTS[23]
    if (
        kind == "shineng"
        and D70 <= age < D75
        and income <= D1000
        and region in REGIONS
        and disabled
    ):
        return AMOUNTS[24]
    if kind == "shineng" and D70 <= age < D75 and D1000 < income <= D6000 and years >= D5:
        return AMOUNTS[25]
    if kind == "shineng" and D75 <= age < D80 and income <= D1000:
        return AMOUNTS[26]
    if (
        kind == "shineng"
        and D75 <= age < D80
        and D1000 < income <= D6000
        and region in REGIONS
        and years >= D5
    ):
        return AMOUNTS[27]
    if kind == "shineng" and age >= D80 and income <= D1000 and disabled:
        return AMOUNTS[28]
    if kind == "shineng" and age >= D80 and D1000 < income <= D6000 and years >= D5:
        return AMOUNTS[29]
    if kind == "gaoling" and D60 <= age < D65 and income <= D1000 and region in REGIONS:
        return AMOUNTS[30]
    if kind == "gaoling" and D60 <= age < D65 and D1000 < income <= D6000 and years >= D5:
        return AMOUNTS[31]
    if kind == "gaoling" and D65 <= age < D70 and income <= D1000 and disabled:
        return AMOUNTS[32]
    if (
        kind == "gaoling"
        and D65 <= age < D70
        and D1000 < income <= D6000
        and region in REGIONS
        and years >= D5
    ):
        return AMOUNTS[33]
    if kind == "gaoling" and D70 <= age < D75 and income <= D1000:
        return AMOUNTS[34]
    if kind == "gaoling" and D70 <= age < D75 and D1000 < income <= D6000 and years >= D5:
        return AMOUNTS[35]
    if (
        kind == "gaoling"
        and D75 <= age < D80
        and income <= D1000
        and region in REGIONS
        and disabled
    ):
        return AMOUNTS[36]
    if kind == "gaoling" and D75 <= age < D80 and D1000 < income <= D6000 and years >= D5:
        return AMOUNTS[37]
    if kind == "gaoling" and age >= D80 and income <= D1000:
        return AMOUNTS[38]
    if (
        kind == "gaoling"
        and age >= D80
        and D1000 < income <= D6000
        and region in REGIONS
        and years >= D5
    ):
        return AMOUNTS[39]
    if kind == "qita" and D60 <= age < D65 and income <= D1000 and disabled:
        return AMOUNTS[40]
    if kind == "qita" and D60 <= age < D65 and D1000 < income <= D6000 and years >= D5:
        return AMOUNTS[41]
    if kind == "qita" and D65 <= age < D70 and income <= D1000 and region in REGIONS:
        return AMOUNTS[42]
    if kind == "qita" and D65 <= age < D70 and D1000 < income <= D6000 and years >= D5:
        return AMOUNTS[43]
    if kind == "qita" and D70 <= age < D75 and income <= D1000 and disabled:
        return AMOUNTS[44]
    if (
        kind == "qita"
        and D70 <= age < D75
        and D1000 < income <= D6000
        and region in REGIONS
        and years >= D5
    ):
        return AMOUNTS[45]
    if kind == "qita" and D75 <= age < D80 and income <= D1000:
        return AMOUNTS[46]
    if kind == "qita" and D75 <= age < D80 and D1000 < income <= D6000 and years >= D5:
        return AMOUNTS[47]
    if kind == "qita" and age >= D80 and income <= D1000 and region in REGIONS and disabled:
        return AMOUNTS[48]
    if kind == "qita" and age >= D80 and D1000 < income <= D6000 and years >= D5:
        return AMOUNTS[49]
    return None


TABLE: tuple[tuple[str, ...], ...] = (
    ('"dibao"', "[60..65)", "<= 1000", '"990101", "990102"', "true", "-"),
    ('"dibao"', "[60..65)", "(1000..6000]", "-", "-", ">= 5"),
    ('"dibao"', "[65..70)", "<= 1000", "-", "-", "-"),
    ('"dibao"', "[65..70)", "(1000..6000]", '"990101", "990102"', "-", ">= 5"),
    ('"dibao"', "[70..75)", "<= 1000", "-", "true", "-"),
    ('"dibao"', "[70..75)", "(1000..6000]", "-", "-", ">= 5"),
    ('"dibao"', "[75..80)", "<= 1000", '"990101", "990102"', "-", "-"),
    ('"dibao"', "[75..80)", "(1000..6000]", "-", "-", ">= 5"),
    ('"dibao"', ">= 80", "<= 1000", "-", "true", "-"),
    ('"dibao"', ">= 80", "(1000..6000]", '"990101", "990102"', "-", ">= 5"),
    ('"tekun"', "[60..65)", "<= 1000", "-", "-", "-"),
    ('"tekun"', "[60..65)", "(1000..6000]", "-", "-", ">= 5"),
    ('"tekun"', "[65..70)", "<= 1000", '"990101", "990102"', "true", "-"),
    ('"tekun"', "[65..70)", "(1000..6000]", "-", "-", ">= 5"),
    ('"tekun"', "[70..75)", "<= 1000", "-", "-", "-"),
    ('"tekun"', "[70..75)", "(1000..6000]", '"990101", "990102"', "-", ">= 5"),
    ('"tekun"', "[75..80)", "<= 1000", "-", "true", "-"),
    ('"tekun"', "[75..80)", "(1000..6000]", "-", "-", ">= 5"),
    ('"tekun"', ">= 80", "<= 1000", '"990101", "990102"', "-", "-"),
    ('"tekun"', ">= 80", "(1000..6000]", "-", "-", ">= 5"),
    ('"shineng"', "[60..65)", "<= 1000", "-", "true", "-"),
    ('"shineng"', "[60..65)", "(1000..6000]", '"990101", "990102"', "-", ">= 5"),
    ('"shineng"', "[65..70)", "<= 1000", "-", "-", "-"),
    ('"shineng"', "[65..70)", "(1000..6000]", "-", "-", ">= 5"),
    ('"shineng"', "[70..75)", "<= 1000", '"990101", "990102"', "true", "-"),
    ('"shineng"', "[70..75)", "(1000..6000]", "-", "-", ">= 5"),
    ('"shineng"', "[75..80)", "<= 1000", "-", "-", "-"),
    ('"shineng"', "[75..80)", "(1000..6000]", '"990101", "990102"', "-", ">= 5"),
    ('"shineng"', ">= 80", "<= 1000", "-", "true", "-"),
    ('"shineng"', ">= 80", "(1000..6000]", "-", "-", ">= 5"),
    ('"gaoling"', "[60..65)", "<= 1000", '"990101", "990102"', "-", "-"),
    ('"gaoling"', "[60..65)", "(1000..6000]", "-", "-", ">= 5"),
    ('"gaoling"', "[65..70)", "<= 1000", "-", "true", "-"),
    ('"gaoling"', "[65..70)", "(1000..6000]", '"990101", "990102"', "-", ">= 5"),
    ('"gaoling"', "[70..75)", "<= 1000", "-", "-", "-"),
    ('"gaoling"', "[70..75)", "(1000..6000]", "-", "-", ">= 5"),
    ('"gaoling"', "[75..80)", "<= 1000", '"990101", "990102"', "true", "-"),
    ('"gaoling"', "[75..80)", "(1000..6000]", "-", "-", ">= 5"),
    ('"gaoling"', ">= 80", "<= 1000", "-", "-", "-"),
    ('"gaoling"', ">= 80", "(1000..6000]", '"990101", "990102"', "-", ">= 5"),
    ('"qita"', "[60..65)", "<= 1000", "-", "true", "-"),
    ('"qita"', "[60..65)", "(1000..6000]", "-", "-", ">= 5"),
    ('"qita"', "[65..70)", "<= 1000", '"990101", "990102"', "-", "-"),
    ('"qita"', "[65..70)", "(1000..6000]", "-", "-", ">= 5"),
    ('"qita"', "[70..75)", "<= 1000", "-", "true", "-"),
    ('"qita"', "[70..75)", "(1000..6000]", '"990101", "990102"', "-", ">= 5"),
    ('"qita"', "[75..80)", "<= 1000", "-", "-", "-"),
    ('"qita"', "[75..80)", "(1000..6000]", "-", "-", ">= 5"),
    ('"qita"', ">= 80", "<= 1000", '"990101", "990102"', "true", "-"),
    ('"qita"', ">= 80", "(1000..6000]", "-", "-", ">= 5"),
)  # fmt: skip
"""The same 50 rows as the cells of a FIRST table, in the order of COLUMNS."""
