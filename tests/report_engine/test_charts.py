"""Both renderers show the same chart: names, order, numbers, tones, labels."""

import json
from decimal import Decimal

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_hex
from PIL import Image

from report_engine import look
from report_engine.chart import Chart, ChartTypes
from report_engine.charts import BUILT_IN, standard
from report_engine.numbers import Format, show
from report_engine.scales import scale
from report_engine.tables import Column, Table

STREETS = {"a": "长安街道", "b": "滨江街道", "c": "南湖街道"}


def table(*measures, rows):
    return Table((Column("street", "街道", "dimension", labels=STREETS), *measures), rows)


COUNT = Column("n", "申请件数", "measure")
MONEY = Column("s", "金额", "measure", Format(2, "元"))
TWO = table(
    COUNT,
    MONEY,
    rows=(
        ("b", Decimal(1200), Decimal("36000.50")),
        ("a", Decimal(800), Decimal("24000.005")),
        (None, Decimal(3), None),
    ),
)
ONE = table(COUNT, rows=tuple(row[:2] for row in TWO.rows))
CROSSED = Table(
    (
        Column("m", "月份", "dimension"),
        Column("street", "街道", "dimension", labels=STREETS),
        COUNT,
    ),
    (
        ("2026-01", "a", Decimal(5)),
        ("2026-01", "b", Decimal(7)),
        ("2026-02", "b", Decimal(9)),
    ),
)
SHARE = Table((Column("r", "满意度", "measure", Format(1, percent=True)),), ((Decimal("0.876"),),))


@pytest.fixture
def charts():
    return standard()


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
@pytest.mark.parametrize("shown", [TWO, ONE, CROSSED], ids=["two", "one", "crossed"])
@pytest.mark.parametrize("settings", [{}, {"lying": True}, {"stacked": True}])
def test_bars_are_the_same_on_screen_and_in_the_picture(charts, chinese, shown, settings, locale):
    chart, bar = Chart("各街道受理", settings), charts.get("bar")

    option = bar.echarts_option(chart, shown, locale)
    made = bar.figure(chart, shown, locale, chinese)

    plane = made.axes[0]
    lying = settings.get("lying", False)
    category = option["yAxis" if lying else "xAxis"]
    ticks = plane.get_yticklabels() if lying else plane.get_xticklabels()
    assert [label.get_text() for label in ticks] == category["data"]
    numbers = plane.get_xaxis() if lying else plane.get_yaxis()
    axis = option["xAxis" if lying else "yAxis"]
    span = numbers.get_view_interval()
    assert (span[0], span[1]) == (axis["min"], axis["max"])
    assert numbers.get_majorticklocs()[1] - numbers.get_majorticklocs()[0] == axis["interval"]
    assert len(plane.containers) == len(option["series"])
    for bars, series in zip(plane.containers, option["series"], strict=True):
        lengths = [patch.get_width() if lying else patch.get_height() for patch in bars]
        assert lengths == [point["value"] or 0 for point in series["data"]]
        assert {to_hex(patch.get_facecolor()) for patch in bars} == {series["itemStyle"]["color"]}
        assert bars.get_label() == series["name"] or not series["name"]
    texts = {text.get_text() for text in plane.texts} - {""}
    labels = {
        point["label"]["formatter"]
        for series in option["series"]
        for point in series["data"]
        if point["value"] is not None
    }
    assert texts == labels
    assert made.texts[0].get_text() == option["title"]["text"]
    legends = [text.get_text() for box in made.legends for text in box.get_texts()]
    assert legends == (option["legend"]["data"] if option["legend"]["show"] else [])


@pytest.mark.parametrize("shown", [TWO, CROSSED], ids=["two", "crossed"])
def test_lines_are_the_same_on_screen_and_in_the_picture(charts, chinese, shown):
    chart, line = Chart("趋势", {"labels": True}), charts.get("line")

    option = line.echarts_option(chart, shown, "zh-CN")
    made = line.figure(chart, shown, "zh-CN", chinese)

    plane = made.axes[0]
    assert [label.get_text() for label in plane.get_xticklabels()] == option["xAxis"]["data"]
    for drawn, series in zip(plane.lines, option["series"], strict=True):
        heights = [None if numpy.isnan(y) else y for y in drawn.get_ydata()]
        assert heights == [point["value"] for point in series["data"]]
        assert drawn.get_color() == series["lineStyle"]["color"]
    assert [text.get_text() for text in plane.texts] == [
        point["label"]["formatter"]
        for series in option["series"]
        for point in series["data"]
        if point["value"] is not None
    ]


@pytest.mark.parametrize("settings", [{}, {"ring": True}])
def test_pies_are_the_same_on_screen_and_in_the_picture(charts, chinese, settings):
    chart, pie = Chart("占比", settings), charts.get("pie")

    option = pie.echarts_option(chart, ONE, "zh-CN")
    made = pie.figure(chart, ONE, "zh-CN", chinese)

    wedges = made.axes[0].patches
    data = option["series"][0]["data"]
    total = sum(point["value"] for point in data)
    assert len(wedges) == len(data)
    for wedge, point in zip(wedges, data, strict=True):
        assert abs(wedge.theta1 - wedge.theta2) == pytest.approx(360 * point["value"] / total)
        assert to_hex(wedge.get_facecolor()) == point["itemStyle"]["color"]
    assert [t.get_text() for t in made.axes[0].texts if t.get_text()] == [
        point["label"]["formatter"] for point in data
    ]


def test_gauges_are_the_same_on_screen_and_in_the_picture(charts, chinese):
    chart, gauge = Chart("满意度", {"target": "0.9"}), charts.get("gauge")

    option = gauge.echarts_option(chart, SHARE, "zh-CN")
    made = gauge.figure(chart, SHARE, "zh-CN", chinese)

    series = option["series"][0]
    texts = [text.get_text() for text in made.axes[0].texts]
    progress = made.axes[0].patches[-1]
    assert (
        texts == [series["detail"]["formatter"], series["data"][0]["name"]] == ["87.6%", "满意度"]
    )
    assert progress.theta2 - progress.theta1 == pytest.approx(240 * 0.876)
    assert series["axisLine"]["lineStyle"]["color"][0][0] == 0.9


def test_options_are_plain_json_with_a_description(charts):
    for kind, shown in (("bar", TWO), ("line", TWO), ("pie", ONE), ("gauge", SHARE)):
        option = charts.get(kind).echarts_option(Chart("标题"), shown, "zh-CN")

        assert json.loads(json.dumps(option)) == option
        assert "标题" in option["aria"]["label"]["description"]
        assert "function" not in json.dumps(option)


@pytest.mark.parametrize("kind", [each.id for each in BUILT_IN])
@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_without_data_both_say_so(charts, chinese, kind, locale):
    empty = SHARE if kind == "gauge" else ONE
    empty = Table(empty.columns, ())

    option = charts.get(kind).echarts_option(Chart("无"), empty, locale)
    made = charts.get(kind).figure(Chart("无"), empty, locale, chinese)

    said = option["graphic"]["style"]["text"]
    assert said == ("暂无数据" if locale == "zh-CN" else "No data")
    assert said in [text.get_text() for text in made.texts]


@pytest.mark.parametrize("kind", [each.id for each in BUILT_IN])
def test_the_same_chart_gives_the_same_bytes(charts, chinese, kind):
    shown = SHARE if kind == "gauge" else ONE
    for form in ("png", "svg"):
        pictures = {
            charts.get(kind).draw(Chart("标题"), shown, "zh-CN", fonts=chinese, kind=form)
            for _ in range(2)
        }
        assert len(pictures) == 1


def test_chinese_is_drawn_in_pixels_and_in_our_tones(charts, chinese, tmp_path):
    """Text extraction says nothing: look at pixels."""
    inks = []
    for title in ("街道", "", "口口"):
        path = tmp_path / "picture.png"
        path.write_bytes(charts.get("bar").draw(Chart(title), ONE, "zh-CN", fonts=chinese))
        with Image.open(path) as picture:
            pixels = numpy.asarray(picture.convert("RGB"))
        inks.append(pixels[:45, :90].min(axis=2) < 128)
        assert pixels.shape == (look.HEIGHT, look.WIDTH, 3)
        assert (pixels == (0x0F, 0x4F, 0x8B)).all(axis=2).sum() > 1000

    assert inks[0].sum() > 60
    assert inks[1].sum() == 0
    assert (inks[0] != inks[2]).sum() > 30


def test_svg_carries_outlines_and_no_font(charts, chinese):
    drawn = charts.get("bar").draw(Chart("标题"), ONE, "zh-CN", fonts=chinese, kind="svg")

    assert b"<text" not in drawn
    assert b"font-family" not in drawn


def test_staff_text_is_never_markup_or_a_template(charts, chinese):
    evil = "<script>$\\frac{$ {a|b} {@n} $x^2$"
    shown = Table((Column("d", evil, "dimension", labels={"k": evil}), COUNT), (("k", Decimal(1)),))

    for kind in ("bar", "pie"):
        svg = charts.get(kind).draw(Chart(evil), shown, "en", fonts=chinese, kind="svg")
        option = charts.get(kind).echarts_option(Chart(evil), shown, "en")
        labels = [point["label"]["formatter"] for point in option["series"][0]["data"]]
        assert b"<script" not in svg
        assert not any("{" in label for label in labels)


def test_a_chart_type_is_found_by_its_id_and_served_to_the_designer(charts):
    assert charts.ids()[:4] == ("bar", "line", "pie", "gauge")
    assert charts.get("nothing") is None
    assert {entry["label"] for entry in charts.to_json("en")} >= {"Bars", "Lines", "Pie", "Gauge"}
    assert json.dumps(charts.to_json("zh-CN"))
    assert ChartTypes(()).ids() == ()


@pytest.mark.parametrize(
    ("value", "shape", "locale", "text"),
    [
        ("1234567.5", Format(), "zh-CN", "1,234,568"),
        ("-0.4", Format(), "zh-CN", "0"),
        ("36000.505", Format(2, "元"), "zh-CN", "36,000.51元"),
        ("3", Format(1, "days"), "en", "3.0 days"),
        ("0.125", Format(1, percent=True), "en", "12.5%"),
    ],
)
def test_numbers_are_written_one_way(value, shape, locale, text):
    assert show(Decimal(value), shape, locale) == text
    assert show(None, shape, locale) == "—"


@given(st.lists(st.decimals(-(10**9), 10**9, places=2), max_size=8))
def test_a_scale_holds_every_number_and_zero_with_few_round_steps(values):
    made = scale(values)

    assert made.low <= min([Decimal(0), *values])
    assert made.high >= max([Decimal(0), *values])
    assert 0 in made.ticks
    assert made.ticks[0] == made.low
    assert made.ticks[-1] == made.high
    assert 2 <= len(made.ticks) <= 8
    assert made.step.normalize().as_tuple().digits in ((1,), (2,), (5,))
