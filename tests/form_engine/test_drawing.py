"""Drawing: pages are well formed, labelled, described, and safe whatever stands in them."""

from html.parser import HTMLParser
from typing import Any

import pytest
from lxml import html

from form_engine import Region, RegionTree

OPTIONS = {"options": [{"id": "a", "label": "甲", "hint": "提示"}, {"id": "b", "label": "乙"}]}
KINDS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("text", {}, {"": "x"}),
    ("textarea", {}, {"": "x"}),
    ("password", {}, {"": "x"}),
    ("number", {"settings": {"unit": "元"}}, {"": "x"}),
    ("money", {}, {"": "x"}),
    ("date", {}, {"": "x"}),
    ("datetime", {}, {"date": "x", "time": "y"}),
    ("radio", {"settings": OPTIONS}, {"": "x"}),
    ("select", {"settings": OPTIONS}, {"": "x"}),
    ("multiselect", {"settings": OPTIONS}, {"": "x"}),
    ("switch", {}, {"": "x"}),
    ("checkbox", {}, {"": "x"}),
    ("consent", {"settings": {"text": "一段\n二段"}}, {"": "x"}),
    ("idcard", {}, {"": "x"}),
    ("uscc", {}, {"": "x"}),
    ("phone", {}, {"": "x"}),
    ("email", {}, {"": "x"}),
    ("bankcard", {}, {"": "x"}),
    ("region", {}, {"": "x"}),
    ("address", {}, {"region": "x", "detail": "y"}),
    ("file", {}, {"": "2"}),
    ("image", {}, {"": "1", "new": "9"}),
    ("signature", {}, {"photo": "2"}),
    ("subtable", {"columns": [{"id": "c", "type": "date", "label": "列"}]}, {"0-c": "x"}),
    ("computed", {"value": "1 + 1"}, {"": "x"}),
    ("note", {"settings": {"text": "一段"}}, {"": "x"}),
]
HOSTILE = "\"'><script>alert(1)</script>{{7*7}}<b onclick=x>"


def raw_of(parts: dict[str, str]) -> dict[str, list[str]]:
    return {f"a-{part}" if part else "a": [text] for part, text in parts.items()}


class Balanced(HTMLParser):
    """Refuses end tags that close nothing, and start tags that nobody closes."""

    EMPTY = frozenset({"input", "img", "br", "hr", "path"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), (tag, names)
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.EMPTY:
            assert self.open.pop() == tag, tag


def assert_accessible(markup: str) -> None:
    """Parse a page and look at labels, ids, descriptions and what must not be there."""
    balance = Balanced()
    balance.feed(markup)
    assert balance.open == []
    page = html.fragment_fromstring(f"<div>{markup}</div>")
    ids = [element.get("id") for element in page.iter() if element.get("id")]
    assert len(ids) == len(set(ids)), ids
    labelled = {label.get("for") for label in page.iter("label")}
    for control in page.iter("input", "select", "textarea"):
        if control.get("type") == "hidden":
            continue
        wrapped = any(parent.tag == "label" for parent in control.iterancestors())
        assert wrapped or control.get("id") in labelled, html.tostring(control)
        assert control.get("name")
        for name in (control.get("aria-describedby") or "").split():
            assert name in ids
    for fieldset in page.iter("fieldset"):
        assert fieldset.find("legend") is not None
        for name in (fieldset.get("aria-describedby") or "").split():
            assert name in ids
    for label in labelled - {None}:
        assert label in ids
    for element in page.iter():
        assert element.tag != "script"
        assert element.get("style") is None
        assert not [name for name in element.keys() if name.startswith("on")]  # noqa: SIM118


@pytest.mark.parametrize(("kind", "more", "parts"), KINDS, ids=[kind for kind, *_ in KINDS])
@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_each_type_draws_an_accessible_control(make, fill, kind, more, parts, locale):
    form = make({"id": "a", "type": kind, "label": "问题", "hint": "提示", **more})
    context = fill(form, locale=locale)
    empty = form.start({}, context)
    wrong = form.bind(raw_of(parts), {}, context)

    first = form.render_section("page", empty, context)
    second = form.render_section("page", wrong, context)

    for page in (first, second):
        assert_accessible(page)
        assert 'id="f-a"' in page
        assert "问题" in page
    assert ("field--bad" in second) == bool(wrong.errors)
    for error in wrong.errors:
        assert f'id="{error.target}"' in second


@pytest.mark.parametrize(("kind", "more", "parts"), KINDS, ids=[kind for kind, *_ in KINDS])
def test_hostile_text_is_escaped_everywhere(make, fill, kind, more, parts):
    texts = {"label": f"问{HOSTILE}", "hint": HOSTILE, "example": HOSTILE}
    more = {**more, **texts}
    form = make({"id": "a", "type": kind, **more}, {"id": "b", "type": "text", "label": "乙"})
    context = fill(form, sources={"a": HOSTILE})
    typed = {name: [HOSTILE] for name in raw_of(parts)}

    page = form.render_section("page", form.bind(typed, {}, context), context)
    read = form.render_section(
        "page", form.start({"b": HOSTILE}, context), fill(form, rights={"a": "read", "b": "read"})
    )

    for drawn in (page, read):
        assert "<script" not in drawn
        assert "<b onclick" not in drawn
        assert "49" not in drawn
        assert_accessible(drawn)


def test_names_of_files_are_escaped(make, fill):
    form = make({"id": "a", "type": "file", "label": "文件"})

    page = form.render_section("page", form.start({"a": ["2"]}, fill(form)), fill(form))

    assert "说明&lt;b&gt;.pdf" in page


def test_questions_that_hang_on_another_of_the_page_are_drawn_in_a_group(make, fill):
    form = make(
        {"id": "flag", "type": "switch", "label": "替人办吗"},
        {"id": "relation", "type": "radio", "label": "关系", "settings": OPTIONS,
         "visible_when": "flag = true"},
        {"id": "number", "type": "text", "label": "工号",
         "visible_when": 'flag = true and relation = "b"'},
        {"id": "last", "type": "text", "label": "最后"},
    )  # fmt: skip

    drawn = form.render_section("page", form.start({}, fill(form)), fill(form))
    page = html.fragment_fromstring(f"<div>{drawn}</div>")

    outer, inner = page.xpath("//*[@class='depends']")
    assert outer.get("data-shows") == "relation"
    assert inner.get("data-shows") == "number"
    assert inner.getparent() is outer
    assert [one.get("value") for one in page.xpath("//*[@data-opens]")] == ["true", "b"]
    assert not page.xpath("//*[@class='depends']//*[@id='f-last']")


def test_questions_that_hang_on_an_earlier_page_are_drawn_only_when_they_count(make, fill):
    sections = [
        {"id": "one", "title": "一", "fields": [{"id": "flag", "type": "switch", "label": "替"}]},
        {
            "id": "two",
            "title": "二",
            "fields": [
                {"id": "name", "type": "text", "label": "谁", "visible_when": "flag"},
                {"id": "other", "type": "text", "label": "别的"},
            ],
        },
    ]
    form = make(sections=sections)
    context = fill(form)

    shown = form.render_section("two", form.start({"flag": True}, context), context)
    hidden = form.render_section("two", form.start({"flag": False}, context), context)

    assert 'name="name"' in shown
    assert 'name="name"' not in hidden
    assert "depends" not in shown


def test_each_error_names_a_control_of_its_page(make, fill):
    form = make(
        {"id": "card", "type": "idcard", "label": "身份证号"},
        {"id": "home", "type": "address", "label": "地址"},
    )
    context = fill(form)
    bound = form.bind({"card": ["1"], "home-region": ["990102001001"]}, {}, context)

    page = form.render_section("page", bound, context)

    assert len(bound.errors) == 2
    for error in bound.errors:
        assert f'id="{error.target}"' in page


def test_many_regions_are_chosen_level_by_level_without_script(make, fill):
    listed = [Region("110000", "大市")]
    for county in range(1, 21):
        code = f"1101{county:02}"
        listed.append(Region(code, f"{county}区", "110000"))
        listed += [Region(f"{code}{town:03}", f"{town}街道", code) for town in range(1, 31)]
    form = make({"id": "a", "type": "region", "label": "地方", "settings": {"level": "township"}})
    context = fill(form, regions=RegionTree(listed))

    first = form.bind({"a-0": ["110000"], "a-1": ["110102"], "a-more": ["1"]}, {}, context)
    page = form.render_section("page", first, context)
    wrong = form.bind({"a-0": ["110000"], "a-1": ["110102"]}, {}, context)
    done = form.bind({"a-0": ["110000"], "a-1": ["110102"], "a-2": ["110102003"]}, {}, context)
    stale = form.bind({"a-0": ["110000"], "a-1": ["110103"], "a-2": ["110102003"]}, {}, context)

    assert first.again
    assert 'name="a-2"' in page
    assert_accessible(page)
    assert [error.code for error in wrong.errors] == ["region_deeper"]
    assert done.values == {"a": "110102003"}
    assert [error.code for error in stale.errors] == ["region_deeper"]
    assert 'value="110102003"' in form.render_section("page", done, context)


def test_where_an_answer_came_from_is_said_in_words(make, fill):
    form = make({"id": "a", "type": "text", "label": "姓名"})
    bound = form.start({"a": "王一"}, fill(form))

    known = form.render_section("page", bound, fill(form, sources={"a": "account.name"}))
    unknown = form.render_section("page", bound, fill(form, sources={"a": "some.code"}))
    written = form.render_section("page", bound, fill(form, sources={"a": "来自公安部门"}))

    assert "来自您的实名账户" in known
    assert "some.code" not in unknown
    assert "来自公安部门" in written


def test_files_just_stored_are_listed_while_another_answer_is_wrong(make, fill):
    form = make(
        {"id": "photo", "type": "image", "label": "照片"},
        {"id": "card", "type": "idcard", "label": "身份证号"},
    )
    context = fill(form)

    bound = form.bind({"photo-new": ["1"], "photo-shown": ["1"], "card": ["1"]}, {}, context)
    page = form.render_section("page", bound, context)

    assert [error.field_id for error in bound.errors] == ["card"]
    assert '<input type="hidden" name="photo" value="1">' in page
    assert 'href="/files/1"' in page


def test_a_picture_can_be_taken_with_the_camera_and_turned(make, fill):
    form = make({"id": "photo", "type": "image", "label": "照片"})
    context = fill(form)

    bound = form.bind({"photo-camera": ["1"], "photo-shown": ["1"]}, {}, context)
    page = form.render_section("page", bound, context)

    assert bound.values == {"photo": ["1"]}
    assert 'capture="environment"' in page
    assert 'src="/files/1/small"' in page
    assert '<button class="link-btn" name="turn" value="1">' in page


def test_a_photo_taken_again_stands_for_the_first(make, fill):
    form = make({"id": "photo", "type": "image", "label": "照片", "settings": {"max_count": 1}})
    context = fill(form)

    bound = form.bind(
        {"photo": ["2"], "photo-new": ["1"], "photo-shown": ["1"]}, {"photo": ["2"]}, context
    )

    assert bound.errors == ()
    assert bound.values == {"photo": ["1"]}
