"""Mail over a real local SMTP server: handed over, refused, too slow, away, without TLS."""

import datetime as dt
import email
import socket
import threading
from collections.abc import Callable, Iterator
from email import policy
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from gcrm.connectors import ConnectorError, Mail, SmtpMail, SmtpServer
from gcrm.connectors.smtp import compose

AT = dt.datetime(2026, 11, 24, 1, 0, tzinfo=dt.UTC)


class Post:
    """What a server got; `answer` is what it says to a recipient, `content` to a mail."""

    def __init__(self) -> None:
        self.mails: list[Any] = []
        self.answer = "250 OK"
        self.content = "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str,  # noqa: N802
                          options: Any) -> str:  # fmt: skip
        if self.answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.content.startswith("250"):
            message = email.message_from_bytes(envelope.content, policy=policy.default)
            self.mails.append((envelope.mail_from, envelope.rcpt_tos, message))
        return self.content


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def server(post: Post) -> Iterator[Controller]:
    controller = Controller(post, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller
    if controller.loop.is_running():
        controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_of(server: Controller) -> SmtpMail:
    return sender(server.port)


def sender(port: int, **more: Any) -> SmtpMail:
    more.setdefault("security", "none")
    return SmtpMail(SmtpServer("127.0.0.1", port, "notice@yz.example", timeout=0.5, **more))


def mail(**more: Any) -> Mail:
    given = {"to": "chen@example.org", "subject": "您办的事有新消息", "text": "已受理。\n"}
    return Mail(1, **{**given, **more}, at=AT, key="42")


def code_of(send: Callable[[], Any]) -> tuple[str, bool]:
    with pytest.raises(ConnectorError) as caught:
        send()
    assert "example.org" not in str(caught.value)  # nobody's address in a log
    return caught.value.code, caught.value.permanent


def test_a_mail_arrives_with_its_chinese_text(server: Controller, post: Post) -> None:
    receipt = port_of(server).send(mail())

    sender, to, message = post.mails[0]
    assert (sender, to) == ("notice@yz.example", ["chen@example.org"])
    assert message["Subject"] == "您办的事有新消息"
    assert message.get_content().strip() == "已受理。"
    assert message["Message-ID"] == receipt == "<1.42@yz.example>"
    assert message["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\u2028", "\x00\r\n "])
def test_no_header_is_smuggled_in(end: str) -> None:
    subject = f"好{end}Bcc: all@example.org{end}{end}text"

    message = compose(mail(subject=subject), "notice@yz.example")

    assert "Bcc" not in message
    parsed = email.message_from_bytes(message.as_bytes(), policy=policy.default)
    assert "Bcc" not in parsed
    assert parsed.get_content().strip() == "已受理。"


@pytest.mark.parametrize(
    "address",
    ["a@b.cn\r\nBcc: c@d.cn", "a@b.cn, c@d.cn", "a@b.cn>", "没有@例子.cn", "a b@c.cn", "", "a@b@c"],
)
def test_an_address_that_could_be_two_is_refused_for_good(address: str) -> None:
    found = code_of(lambda: compose(mail(to=address), "notice@yz.example"))

    assert found == ("address_wrong", True)


@pytest.mark.parametrize(
    ("rcpt", "data", "code", "permanent"),
    [
        ("550 no such user", "250 OK", "smtp_550", True),
        ("450 mailbox busy", "250 OK", "smtp_450", False),
        ("250 OK", "554 looks like spam", "smtp_554", True),
        ("250 OK", "452 disk full", "smtp_452", False),
    ],
)
def test_a_refusal_says_whether_it_is_for_good(
    server: Controller, post: Post, rcpt: str, data: str, code: str, permanent: bool
) -> None:
    post.answer, post.content = rcpt, data

    assert code_of(lambda: port_of(server).send(mail())) == (code, permanent)


def test_a_server_that_says_nothing_is_left_after_the_timeout() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]

        assert code_of(lambda: sender(port).send(mail())) == ("timeout", False)


def test_a_server_that_hangs_up_or_is_stopped_is_away(server: Controller) -> None:
    with socket.socket() as rude:
        rude.bind(("127.0.0.1", 0))
        rude.listen()
        hang_up = threading.Thread(target=lambda: rude.accept()[0].close())
        hang_up.start()
        hung_up = code_of(lambda: sender(rude.getsockname()[1]).send(mail()))
        hang_up.join(10)
    port = server.port
    server.stop()

    assert hung_up == ("away", False)
    assert code_of(lambda: sender(port).send(mail())) == ("away", False)


def test_nothing_goes_out_in_clear_where_tls_is_wanted(server: Controller, post: Post) -> None:
    assert code_of(lambda: sender(server.port, security="starttls").send(mail())) == (
        "not_supported",
        False,
    )
    assert code_of(lambda: sender(server.port, security="tls").send(mail()))[0] in (
        "tls",
        "timeout",
    )
    assert not post.mails
