"""Files through the pages: too large, too many, hostile, turned; nothing typed is lost."""

import io
import json
import re
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select, update
from werkzeug.datastructures import FileStorage

from gcrm.connectors.scanner import EICAR
from gcrm.runtime.attachments import MOST
from gcrm.store import tables as t

Visitor = Any
City = Any

TYPED = {"other_sub": "none"}


def sent(content: bytes, name: str) -> FileStorage:
    return FileStorage(io.BytesIO(content), filename=name, content_type="image/png")


def photo(size: tuple[int, int] = (40, 20)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "white").save(out, "PNG")
    return out.getvalue()


def rows(city: City) -> list[Any]:
    with city.house.store.read() as reader:
        return list(reader.execute(select(t.attachment)))


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(30 * 1024 * 1024), "大图.png", "最大 10 MB"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "图.svg",
         "SVG矢量图"),
        (photo() + EICAR, "毒.png", "“毒.png”没有通过安全检查"),
        (photo() + b"PK\x05\x06" + bytes(18), "两样.png", "里面还藏着别的文件"),
        (b"", "空.png", "空的"),
    ],
)  # fmt: skip
def test_a_refused_file_is_a_sentence_and_the_answers_are_kept(
    city: City, citizen: Visitor, content: bytes, name: str, said: str
):
    draft = citizen.begin()

    citizen.fill(draft, "confirm", **TYPED, sign__photo=sent(content, name))

    assert citizen.status == 200
    assert said in citizen.text
    assert "field--bad" in citizen.body
    assert re.search(r'value="none"[^>]* checked|checked[^>]* value="none"', citizen.body)
    assert rows(city) == []


def test_a_thousand_files_are_thirty_and_a_sentence(city: City, citizen: Visitor):
    draft = citizen.begin()
    citizen.get(f"{draft}/confirm")

    citizen.post(
        f"{draft}/confirm",
        {
            **TYPED,
            "rev": citizen.hidden("rev"),
            "go": "next",
            "sign-photo": [sent(b"\x89PNG\r\n\x1a\n", "a.png") for _ in range(1000)],
        },
    )

    assert citizen.status == 200
    assert f"只收下了前{MOST}个" in citizen.text
    assert citizen.body.count("attachment") < 50


def test_what_was_sent_can_be_told_from_audit(city: City, citizen: Visitor):
    draft = citizen.begin()
    citizen.fill(draft, "confirm", **TYPED, sign__photo=sent(photo() + b"tail", "签名.png"))

    with city.house.store.read() as reader:
        [entry] = reader.execute(
            select(t.audit.c.data).where(t.audit.c.action == "attachment_taken")
        ).scalars()

    data = entry if isinstance(entry, dict) else json.loads(entry)
    assert re.fullmatch(r"[0-9a-f]{64}", data["original"])
    assert "签名" not in str(data)


def test_a_photo_is_turned_without_script(city: City, citizen: Visitor):
    draft = citizen.begin()
    citizen.fill(draft, "confirm", **TYPED, sign__photo=sent(photo((40, 20)), "签名.png"))
    [row] = rows(city)

    citizen.get(f"{draft}/confirm")
    citizen.post(f"{draft}/confirm", {**TYPED, "rev": citizen.hidden("rev"), "turn": str(row.id)})

    assert citizen.status == 200
    assert citizen.path.endswith("/confirm")
    with Image.open(io.BytesIO(citizen.client.get(f"/files/{row.id}").get_data())) as turned:
        assert turned.size == (20, 40)


def test_enter_goes_on_and_turns_no_photo(city: City, citizen: Visitor):
    draft = citizen.begin()
    citizen.fill(draft, "confirm", **TYPED, sign__photo=sent(photo(), "签名.png"))

    citizen.get(f"{draft}/confirm")

    assert 'name="turn"' in citizen.body
    page = citizen.body.partition("<main")[2]
    first = re.search(r'<(?:button(?! type="button")|input[^>]*type="submit")[^>]*>', page)
    assert first
    assert 'name="go" value="next"' in first[0]


def test_what_is_too_large_to_be_read_leads_back_to_what_was_saved(city: City, citizen: Visitor):
    draft = citizen.begin()
    citizen.fill(draft, "elder", elder_name="李秀英")
    citizen.get(f"{draft}/elder")
    city.app.config["MAX_CONTENT_LENGTH"] = 1000

    citizen.post(f"{draft}/elder", elder_name="王" * 5000, rev=citizen.hidden("rev"))
    city.app.config["MAX_CONTENT_LENGTH"] = None

    assert citizen.status == 413
    assert "这一页刚才新填的没能存上，以前保存过的都还在" in citizen.text
    assert f'href="{draft}/elder"' in citizen.body
    citizen.get(f"{draft}/elder")
    assert 'value="李秀英"' in citizen.body


def test_somebody_elses_photo_cannot_be_turned(city: City, citizen: Visitor, newcomer: Any):
    draft = citizen.begin()
    citizen.fill(draft, "confirm", **TYPED, sign__photo=sent(photo(), "签名.png"))
    [row] = rows(city)
    other = newcomer(city).log_in("19900000002")
    own = other.begin()

    other.get(f"{own}/confirm")
    other.post(f"{own}/confirm", {**TYPED, "rev": other.hidden("rev"), "turn": str(row.id)})

    assert other.status == 404
    assert rows(city)[0].digest == row.digest


def test_a_picture_is_shown_small_and_handed_out_whole(city: City, citizen: Visitor):
    draft = citizen.begin()
    citizen.fill(draft, "confirm", **TYPED, sign__photo=sent(photo((900, 600)), "签 名；1.png"))
    [row] = rows(city)

    small = citizen.client.get(f"/files/{row.id}/small")
    whole = citizen.client.get(f"/files/{row.id}")

    assert (small.status_code, small.content_type) == (200, "image/jpeg")
    with Image.open(io.BytesIO(small.get_data())) as shown:
        assert max(shown.size) == 320
    said = whole.headers["Content-Disposition"]
    assert said.startswith("attachment;")
    assert "filename*=UTF-8''%E7%AD%BE" in said
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    assert whole.headers["Content-Security-Policy"].startswith("sandbox")


def test_a_script_is_told_where_to_go_on(citizen: Visitor):
    draft = citizen.begin()
    citizen.get(f"{draft}/who")

    answer = citizen.client.post(
        f"{draft}/who",
        data={
            "csrf_token": citizen.hidden("csrf_token"),
            "rev": citizen.hidden("rev"),
            "go": "next",
            "agent_flag": "true",
            "relation": "child",
        },
        headers={"Accept": "application/json"},
    )

    assert answer.get_json() == {"location": f"{draft}/elder"}


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("infected", "“签名.png”没有通过安全检查，不能提交"),
        ("waiting", "“签名.png”还在做安全检查"),
    ],
)
def test_a_file_that_is_not_clean_is_named_when_submitting(
    city: City, citizen: Visitor, state: str, said: str
):
    draft = citizen.begin()
    citizen.fill_all(draft)
    with city.house.store.write() as writer:
        writer.execute(update(t.attachment).values(state=state))

    citizen.get(f"{draft}/check")
    citizen.post(f"{draft}/submit", key=citizen.hidden("key"), rev=citizen.hidden("rev"))

    assert said in citizen.text
