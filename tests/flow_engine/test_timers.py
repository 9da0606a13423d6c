"""Timers are requests to the host; the engine reads no clock."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from flow_engine import NotWaiting, timers

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def waiting(draw):
    def make(inside):
        return draw.file(
            draw.node("startEvent", "start"),
            draw.node(
                "intermediateCatchEvent",
                "wait",
                f"<bpmn:timerEventDefinition>{inside}</bpmn:timerEventDefinition>",
            ),
            draw.user("after"),
            draw.end("ok"),
            draw.chain("start", "wait", "after", "ok"),
        )

    return make


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("<bpmn:timeDuration>PT1S</bpmn:timeDuration>", timedelta(seconds=1)),
        ('<bpmn:timeDuration>"PT36H"</bpmn:timeDuration>', timedelta(hours=36)),
        ("<bpmn:timeDuration>P3D</bpmn:timeDuration>", timedelta(days=3)),
        ("<bpmn:timeDuration>P1M</bpmn:timeDuration>", timedelta(days=30)),
        ("<bpmn:timeDuration>P2WT1M</bpmn:timeDuration>", timedelta(days=14, minutes=1)),
        ('<bpmn:timeDuration>duration("P2D")</bpmn:timeDuration>', timedelta(days=2)),
        ("<bpmn:timeDate>2026-11-24T09:31:00+08:00</bpmn:timeDate>", timedelta(minutes=1)),
        ("<bpmn:timeDate>2026-11-24T09:31:00</bpmn:timeDate>", timedelta(minutes=1)),
        ("<bpmn:timeDate>moment</bpmn:timeDate>", timedelta(hours=10)),
        ("<bpmn:timeCycle>R3/PT10M</bpmn:timeCycle>", timedelta(minutes=10)),
    ],
)
def test_a_timer_is_requested_with_its_moment(play, waiting, now, text, due):
    player = play(waiting(text))

    advance = player.start(moment=now + timedelta(hours=10))

    assert [timer.due_at for timer in advance.timers] == [now + due]
    assert player.fire("wait").opened[0].step_id == "after"
    assert player.do("after").ended == "ok"


def test_a_fired_timer_cannot_fire_again(play, waiting, now):
    player = play(waiting("<bpmn:timeDuration>PT1S</bpmn:timeDuration>"))
    player.start()
    key = next(iter(player.timers))
    player.fire("wait")

    for forged in (key, "999", "", "x"):
        with pytest.raises(NotWaiting):
            player.process.fire(player.last.state, forged, now, player.decide)


@pytest.mark.parametrize("gives", ["5", "x", None, True])
def test_a_timer_without_a_moment_is_an_incident(play, waiting, gives):
    advance = play(waiting("<bpmn:timeDate>note</bpmn:timeDate>")).start(note=gives)

    assert (advance.incident.code, advance.incident.element_id) == ("expression", "wait")
    assert (advance.timers, advance.ended) == ((), None)


def test_a_reminder_fires_as_often_as_it_says_and_stops_with_the_step(play, draw, now):
    reminder = draw.node(
        "boundaryEvent",
        "remind",
        "<bpmn:timerEventDefinition><bpmn:timeCycle>R3/PT1H</bpmn:timeCycle>"
        "</bpmn:timerEventDefinition>",
        attachedToRef="a",
        cancelActivity="false",
    )
    file = draw.file(
        draw.node("startEvent", "start"),
        draw.user("a"),
        reminder,
        draw.user("look"),
        draw.end("ok"),
        draw.end("looked"),
        draw.chain("start", "a", "ok"),
        draw.chain("remind", "look", "looked"),
    )
    player = play(file)
    player.start()

    rounds = []
    while player.timers:
        advance = player.fire("remind")
        rounds.append([timer.due_at for timer in advance.timers])
    opened = player.steps()
    for step in opened:
        player.do(step)
    early = play(file)
    early.start()
    early.fire("remind")
    early.do("a")

    assert rounds == [[now + timedelta(hours=1)], [now + timedelta(hours=1)], []]
    assert opened == ["a", "look", "look", "look"]
    assert player.last.ended == "looked"
    assert (early.steps(), early.timers) == (["look"], {})


def test_the_first_event_after_an_event_gateway_wins(play, draw):
    file = draw.file(
        draw.node("startEvent", "start"),
        draw.node("eventBasedGateway", "which"),
        draw.node(
            "intermediateCatchEvent",
            "late",
            "<bpmn:timerEventDefinition><bpmn:timeDuration>P30D</bpmn:timeDuration>"
            "</bpmn:timerEventDefinition>",
        ),
        draw.node(
            "intermediateCatchEvent",
            "left",
            '<bpmn:messageEventDefinition messageRef="m_withdraw"/>',
        ),
        draw.end("timeout"),
        draw.end("gone"),
        draw.chain("start", "which", "late", "timeout"),
        draw.chain("which", "left", "gone"),
    )
    one, other = play(file), play(file)
    one.start()
    other.start()

    assert one.fire("late").ended == "timeout"
    assert other.catch("withdraw").ended == "gone"
    assert other.timers == {}


def test_months_keep_their_day_where_they_can():
    span = timers.parse_span("P1M")
    leap = datetime(2028, 1, 31, 9, tzinfo=UTC)

    assert span.after(leap) == datetime(2028, 2, 29, 9, tzinfo=UTC)
    assert timers.parse_span("P1Y").after(datetime(2028, 2, 29, tzinfo=UTC)).day == 28


@pytest.mark.parametrize("text", ["P", "PT", "1D", "P-1D", "PT1X", "P1", "", "p1d", "P1H"])
def test_what_is_no_duration_is_none(text):
    assert timers.parse_span(text) is None


@pytest.mark.parametrize("text", ["2026-13-01", "2026-02-30", "now", "24-11-2026"])
def test_what_is_no_moment_is_none(text):
    assert timers.parse_moment(text, ZONE) is None


def test_a_message_is_caught_in_the_middle(play, draw):
    player = play(
        draw.file(
            draw.node("startEvent", "start"),
            draw.node("receiveTask", "paid", messageRef="m_withdraw"),
            draw.end("ok"),
            draw.chain("start", "paid", "ok"),
        )
    )

    started = player.start()

    assert (started.incident, started.opened) == (None, ())
    assert player.catch("withdraw").ended == "ok"


def test_an_error_inside_a_block_is_caught_at_its_edge(play, draw):
    error = '<bpmn:errorEventDefinition errorRef="E1"/>'
    player = play(
        draw.file(
            draw.node(
                "subProcess",
                "block",
                draw.node("startEvent", "bs")
                + draw.user("a")
                + draw.node("endEvent", "bad", error)
                + draw.chain("bs", "a", "bad"),
            ),
            draw.node("startEvent", "start"),
            draw.node("boundaryEvent", "failed", error, attachedToRef="block"),
            draw.user("mend"),
            draw.end("ok"),
            draw.end("mended"),
            draw.chain("start", "block", "ok"),
            draw.chain("failed", "mend", "mended"),
        )
    )
    player.start()
    player.do("a")

    assert player.steps() == ["mend"]
    assert player.do("mend").ended == "mended"


def test_a_signal_nobody_catches_is_told_to_the_host(play, draw):
    player = play(
        draw.file(
            draw.node("startEvent", "start"),
            draw.node(
                "intermediateThrowEvent", "tell", "<bpmn:signalEventDefinition/>", name="hello"
            ),
            draw.end("ok"),
            draw.chain("start", "tell", "ok"),
        )
    )

    advance = player.start()

    assert [(thrown.kind, thrown.name) for thrown in advance.thrown] == [("signal", "hello")]
    assert advance.ended == "ok"
