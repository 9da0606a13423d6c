"""Mail over SMTP: one connection a mail, TLS as the settings say, every failure a code."""

import re
import smtplib
import socket
import ssl
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Literal, NoReturn

from gcrm.connectors.faults import ConnectorError
from gcrm.connectors.mail import Mail

Security = Literal["starttls", "tls", "none"]

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")
_ADDRESS = re.compile(r"[^@\s<>\"(),:;\[\]\\]{1,64}@[^@\s<>\"(),:;\[\]\\]{1,190}")


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mails are handed over. `ca` is a file with certificates that are trusted beside
    the system's; `timeout` in seconds holds for each answer of the server."""

    host: str
    port: int
    sender: str
    security: Security = "starttls"
    user: str = ""
    password: str = ""
    ca: Path | None = None
    timeout: float = 10.0


class SmtpMail:
    """Hand mails to a server of the office; nothing is kept here."""

    def __init__(self, server: SmtpServer) -> None:
        """Know the server; it is called with the first mail."""
        self._server = server

    def send(self, mail: Mail) -> str:
        """Hand one mail over and give its Message-ID. Raises ConnectorError.

        A refusal of the address or of the content (5xx) is permanent; a server that is away,
        slow, full or does not know our password may be well again later.
        """
        message = compose(mail, self._server.sender)
        try:
            with self._open() as client:
                client.send_message(message, self._server.sender, [mail.to])
        except smtplib.SMTPRecipientsRefused as refused:
            code = max(answer[0] for answer in refused.recipients.values())
            _fail(f"smtp_{code}", permanent=code >= 500)
        except smtplib.SMTPAuthenticationError as refused:
            _fail(f"smtp_{refused.smtp_code}")
        except smtplib.SMTPResponseException as refused:
            content = isinstance(refused, smtplib.SMTPDataError | smtplib.SMTPSenderRefused)
            _fail(f"smtp_{refused.smtp_code}", permanent=content and refused.smtp_code >= 500)
        except ssl.SSLError:
            _fail("tls")
        except (TimeoutError, socket.gaierror) as error:
            _fail("timeout" if isinstance(error, TimeoutError) else "host_unknown")
        except smtplib.SMTPNotSupportedError:
            _fail("not_supported")
        except (smtplib.SMTPException, OSError) as error:
            # smtplib reports a timeout within a dialogue as a lost connection (3.12)
            _fail("timeout" if isinstance(error.__context__, TimeoutError) else "away")
        return str(message["Message-ID"])

    def _open(self) -> smtplib.SMTP:
        server = self._server
        context = None
        if server.security != "none":
            context = ssl.create_default_context()
            if server.ca is not None:
                context.load_verify_locations(server.ca)
        if server.security == "tls":
            client: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=server.timeout, context=context
            )
        else:
            client = smtplib.SMTP(server.host, server.port, timeout=server.timeout)
        try:
            if server.security == "starttls":
                client.starttls(context=context)
            if server.user:
                client.login(server.user, server.password)
        except BaseException:
            client.close()
            raise
        return client


def compose(mail: Mail, sender: str) -> EmailMessage:
    """Write the message; line ends in a header become blanks, so that no header is added.

    Raises ConnectorError where the address could name another recipient or a header.
    """
    if _ADDRESS.fullmatch(mail.to) is None or not mail.to.isascii():
        raise ConnectorError("mail", "address_wrong", permanent=True)
    message = EmailMessage(policy=SMTP)
    name, _, host = sender.rpartition("@")
    message["From"] = Address(username=name, domain=host)
    message["To"] = Address(addr_spec=mail.to)
    message["Subject"] = _CONTROL.sub(" ", mail.subject).strip()[:200]
    message["Date"] = format_datetime(mail.at)
    message["Message-ID"] = f"<{mail.tenant_id}.{re.sub('[^0-9A-Za-z]', '', mail.key)}@{host}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answering machine answers
    message.set_content(mail.text.replace("\x00", ""), cte="base64")
    return message


def _fail(code: str, *, permanent: bool = False) -> NoReturn:
    raise ConnectorError("mail", code, permanent=permanent) from None
