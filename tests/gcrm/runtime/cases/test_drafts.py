"""Drafts: kept page by page, also what is wrong; gone on with elsewhere; one's own only."""

import io
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from gcrm.runtime import attachments, drafts
from gcrm.runtime.refusals import Refused
from gcrm.store import tables as t


def start(town: Any, actor: Any = None) -> Any:
    return town.run(drafts.START, actor or town.chen, drafts.Start("elder_allowance", "new"))


def save(town: Any, draft_id: int, section: str, rev: int, **raw: str) -> Any:
    posted = {name.replace("__", "-"): [value] for name, value in raw.items()}
    return town.run(drafts.SAVE, town.chen, drafts.Save(draft_id, section, posted, rev))


def page(town: Any, draft_id: int, actor: Any = None) -> Any:
    with town.house.store.read() as reader:
        return drafts.open_page(
            reader, town.house.services, actor or town.chen, draft_id, town.clock(), locale="zh-CN"
        )


def test_wrong_answer_stays_as_typed_and_the_rest_is_kept(town: Any) -> None:
    started = start(town)
    save(town, started.draft_id, "who", 1, agent_flag="true", relation="child")

    saved = save(
        town, started.draft_id, "elder", 2, elder_name="王德福", elder_id="99010219360212001",
        elder_phone="19900000001",
    )  # fmt: skip

    assert [error.field_id for error in saved.errors] == ["elder_id"]
    opened = page(town, started.draft_id)
    assert opened.values["elder_name"] == "王德福"
    assert opened.bound("elder").typed["elder_id"] == ["99010219360212001"]


@pytest.mark.parametrize(
    "text",
    [
        "𠮷野家𪚥龘",
        "' OR 1=1; DROP TABLE party; --",
        "{{ config }} {% raw %}",
        "${7*7} #{7*7}",
        "<script>alert(1)</script>",
        "a" * 10_001,
        "\x00\x1b[31m",
        "",
    ],
)
def test_any_text_is_taken_or_answered_beside_its_field(sqlite_town: Any, text: str) -> None:
    town = sqlite_town
    started = start(town)
    save(town, started.draft_id, "who", 1, agent_flag="true", relation="child")

    saved = save(town, started.draft_id, "elder", 2, elder_name=text, elder_id=text,
                 elder_phone=text)  # fmt: skip

    assert {error.field_id for error in saved.errors} <= {"elder_name", "elder_id", "elder_phone"}
    assert all(error.message for error in saved.errors)
    assert page(town, started.draft_id).bound("elder") is not None


def test_another_device_goes_on_where_the_first_stopped(town: Any) -> None:
    started = start(town)
    saved = save(town, started.draft_id, "who", 1, agent_flag="true", relation="child")

    with town.house.store.read() as reader:
        listed = drafts.list_drafts(reader, town.chen)

    assert [(line.draft_id, line.section) for line in listed] == [(started.draft_id, "elder")]
    assert saved.next_section == "elder"


def test_same_page_saved_on_two_devices_is_a_friendly_conflict(town: Any) -> None:
    started = start(town)
    save(town, started.draft_id, "who", 1, agent_flag="true", relation="child")

    with pytest.raises(Refused) as refused:
        save(town, started.draft_id, "who", 1, agent_flag="false")

    assert refused.value.code == "draft_conflict"
    assert "09:00" in refused.value.render("zh-CN", town.house.services.zone).message


def test_different_pages_saved_on_two_devices_are_both_kept(town: Any) -> None:
    started = start(town)
    save(town, started.draft_id, "who", 1, agent_flag="true", relation="child")

    save(town, started.draft_id, "elder", 1, elder_name="王德福")

    values = page(town, started.draft_id).values
    assert (values["agent_flag"], values["elder_name"]) == (True, "王德福")


def test_own_name_is_filled_in_only_for_oneself(town: Any) -> None:
    mine, mothers = start(town), start(town)

    save(town, mine.draft_id, "who", 1, agent_flag="false")
    save(town, mothers.draft_id, "who", 1, agent_flag="true", relation="child")

    own = page(town, mine.draft_id)
    assert own.values["elder_name"] == "陈静"
    assert own.context.sources["elder_name"] == "account.name"
    assert "elder_name" not in page(town, mothers.draft_id).values
    save(town, mine.draft_id, "who", 2, agent_flag="true", relation="child")
    assert "elder_name" not in page(town, mine.draft_id).values


def test_drafts_of_others_are_not_there(town: Any) -> None:
    started = start(town)
    zhou = town.citizen("周伟")

    for call in (
        lambda: page(town, started.draft_id, zhou),
        lambda: town.run(drafts.DELETE, zhou, drafts.Delete(started.draft_id)),
        lambda: town.run(drafts.SAVE, zhou, drafts.Save(started.draft_id, "who", {}, 1)),
        lambda: town.picture(started.draft_id, zhou),
    ):
        with pytest.raises(Refused) as refused:
            call()
        assert (refused.value.code, refused.value.status) == ("draft_gone", 404)


def test_nobody_keeps_more_than_twenty_drafts(sqlite_town: Any) -> None:
    for _ in range(drafts.MOST):
        start(sqlite_town)

    with pytest.raises(Refused) as refused:
        start(sqlite_town)

    assert refused.value.code == "draft_many"


def test_staff_apply_as_citizens_or_not_at_all(sqlite_town: Any) -> None:
    with pytest.raises(Refused) as refused:
        start(sqlite_town, sqlite_town.staff("machao"))

    assert refused.value.code == "staff_apply"


def test_item_that_is_not_published_cannot_be_started(sqlite_town: Any) -> None:
    for app, variant in (("nothing", "new"), ("elder_allowance", "other")):
        with pytest.raises(Refused) as refused:
            sqlite_town.run(drafts.START, sqlite_town.chen, drafts.Start(app, variant))
        assert refused.value.code == "item_closed"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "attachment_empty"),
        (b"GIF89a....", "attachment_type_picture"),
        (b"%PDF-1.7 ...", "attachment_type_picture"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(40), "attachment_heic"),
        (b"\x89PNG\r\n\x1a\n" + b"not a picture at all", "attachment_broken"),
        (b"\xff\xd8\xff" + bytes(11 * 1024 * 1024), "attachment_large"),
    ],
)
def test_file_that_is_no_picture_is_refused_with_a_sentence(
    sqlite_town: Any, content: bytes, code: str
) -> None:
    town = sqlite_town
    started = start(town)
    ask = attachments.Upload(started.draft_id, "sign", "sign.png", io.BytesIO(content))

    with pytest.raises(Refused) as refused:
        town.run(attachments.UPLOAD, town.chen, ask)

    assert refused.value.code == code
    for locale in ("zh-CN", "en"):
        sentence = refused.value.render(locale, town.house.services.zone)
        assert sentence.message
        assert sentence.fix
    assert town.count(t.attachment) == 0


def test_huge_picture_in_few_bytes_is_refused(sqlite_town: Any) -> None:
    town = sqlite_town
    started = start(town)
    content = io.BytesIO()
    Image.new("1", (12_000, 12_000)).save(content, "PNG")
    content.seek(0)

    with pytest.raises(Refused) as refused:
        town.run(
            attachments.UPLOAD, town.chen,
            attachments.Upload(started.draft_id, "sign", "bomb.png", content),
        )  # fmt: skip

    assert refused.value.code == "attachment_pixels"


def test_virus_is_refused_and_not_kept(sqlite_town: Any) -> None:
    town = sqlite_town
    started = start(town)
    content = io.BytesIO()
    Image.new("RGB", (8, 8)).save(content, "PNG")
    eicar = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
    ask = attachments.Upload(
        started.draft_id, "sign", "x.png", io.BytesIO(content.getvalue() + eicar)
    )

    with pytest.raises(Refused) as refused:
        town.run(attachments.UPLOAD, town.chen, ask)

    assert refused.value.code == "attachment_infected"
    assert town.count(t.attachment) == 0


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd.png"),
        ("C:\\Windows\\win.ini", "win.png"),
        ("报告‮gnp.exe", "报告gnp.png"),
        ("a'; DROP TABLE x;--.png", "a_ DROP TABLE x.png"),
        ("\x00\x1f.png", "file.png"),
        ("签" * 300 + ".jpeg", "签" * 80 + ".png"),
        ("", "file.png"),
    ],
)
def test_file_names_are_neutralised(sqlite_town: Any, name: str, safe: str) -> None:
    town = sqlite_town
    started = start(town)

    taken = town.picture(started.draft_id, town.chen, name)

    assert taken.name == safe


def test_owner_opens_the_file_and_nobody_else(town: Any) -> None:
    started = start(town)
    taken = town.picture(started.draft_id, town.chen)

    with town.house.store.read() as reader:
        services, chen = town.house.services, town.chen
        mine = attachments.open_file(
            reader, services, town.accessor(reader, chen), chen, int(taken.id)
        )
        for other in (town.citizen("周伟"), town.staff("hefang")):
            with pytest.raises(Refused) as refused:
                attachments.open_file(
                    reader, services, town.accessor(reader, other), other, int(taken.id)
                )
            assert refused.value.code == "not_found"

    assert mine.name == "签名.png"
    assert mine.content.read(8) == b"\x89PNG\r\n\x1a\n"


def test_clerk_of_the_place_opens_the_files_of_a_case(town: Any) -> None:
    town.submitted()
    attachment_id = town.one(select(t.attachment.c.id))

    with town.house.store.read() as reader:
        services, hefang = town.house.services, town.staff("hefang")
        accessor = town.accessor(reader, hefang)
        opened = attachments.open_file(reader, services, accessor, hefang, attachment_id)

    assert opened.media_type == "image/png"


def test_removed_file_is_gone(town: Any) -> None:
    started = start(town)
    taken = town.picture(started.draft_id, town.chen)

    ask = attachments.Remove(started.draft_id, int(taken.id))
    with pytest.raises(Refused):
        town.run(attachments.REMOVE, replace(town.citizen("周伟")), ask)
    town.run(attachments.REMOVE, town.chen, ask)

    assert town.count(t.attachment) == 0
