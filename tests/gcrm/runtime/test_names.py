"""English names as people type them, and refusals that name an office."""

from zoneinfo import ZoneInfo

import pytest

from gcrm.runtime.names import read_english
from gcrm.runtime.refusals import Refused
from gcrm.store.names import LONGEST, Named

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("", ""),
        ("  ", ""),
        (" Chang'an Sub-district Office ", "Chang'an Sub-district Office"),
        ("12345 Hotline", "12345 Hotline"),
        ("B" * LONGEST, "B" * LONGEST),
        ("Cafe\u0301", "Café"),
    ],
)
def test_an_english_name_is_one_line_of_text(typed: str, read: str) -> None:
    assert read_english(typed) == read


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("B" * (LONGEST + 1), "english_name_long"),
        ("Civil\nAffairs", "english_name_signs"),
        ("Civil\u2028Affairs", "english_name_signs"),
        ("Civil\u202eAffairs", "english_name_signs"),
        ("Civil\0", "english_name_signs"),
        ("民政局", "english_name_letters"),
        ("12345", "english_name_letters"),
    ],
)
def test_what_no_page_could_show_is_refused(typed: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        read_english(typed)

    assert refused.value.code == code


def test_a_refusal_names_an_office_in_the_language_of_who_reads_it() -> None:
    office = Named("财政局", {"en": "Finance Bureau"})
    refused = Refused("department_closed", {"name": office})

    assert refused.render("en", ZONE).message == "“Finance Bureau” was abolished."
    assert refused.render("zh-CN", ZONE).message == "“财政局”已经撤销。"
