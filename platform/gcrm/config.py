"""Settings: read once from the environment and a settings file, then passed as a value."""

import base64
import ipaddress
import os
import secrets
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal, TypeVar
from urllib.parse import urlsplit

Mode = Literal["demo", "production"]
Synchronous = Literal["FULL", "NORMAL"]
Cipher = Literal["aes-gcm", "sm4-gcm"]
LogFormat = Literal["text", "json"]
MailSecurity = Literal["starttls", "tls", "none"]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MODES: tuple[Mode, ...] = ("demo", "production")
SYNCHRONOUS: tuple[Synchronous, ...] = ("FULL", "NORMAL")
CIPHERS: tuple[Cipher, ...] = ("aes-gcm", "sm4-gcm")
LOG_FORMATS: tuple[LogFormat, ...] = ("text", "json")
MAIL_SECURITY: tuple[MailSecurity, ...] = ("starttls", "tls", "none")
PORTS = ("sms", "mail", "scanner", "population")
DOUBLE = "double"
LOCAL = "127.0.0.1, ::1"
FORM_MEMORY = 2 * 1024 * 1024  # text of one form; files go to disk
FILES_AT_ONCE = 6
DEMO_SECRET = "gcrm-demo-secret-never-in-production"  # noqa: S105  refused in production

T = TypeVar("T", bound=str)


class SettingsError(Exception):
    """A setting is missing or cannot be used; the message names it and the way out.

    Several of them stand on a line each.
    """


@dataclass(frozen=True, slots=True)
class Smtp:
    """The office's mail server, for `GCRM_MAIL=smtp`; `timeout` in seconds."""

    host: str
    port: int
    sender: str
    security: MailSecurity
    user: str
    password: str
    ca: Path | None
    timeout: int


@dataclass(frozen=True, slots=True)
class Settings:
    """All that an installation decides.

    `master_key` has 32 bytes. `mode` is "demo" (plain http on this machine, demo
    accounts, doubles that can be read) or "production" (refuses all of that).
    `connectors` names the connector of each port; `monitors` are the addresses, beside
    the holder of `monitor_token`, that may read metrics and the reasons of readiness.
    """

    data: Path
    database: str
    secret: str
    master_key: bytes
    mode: Mode
    address: str
    port: int
    public_url: str  # under which people reach this site; stands in codes on papers and in messages
    synchronous: Synchronous
    cipher: Cipher
    proxies: int
    upload_limit: int  # bytes
    prepared_statements: bool  # off behind a transaction-pooling PgBouncer
    connectors: Mapping[str, str] = field(default_factory=dict)  # by port; else a double
    monitors: tuple[Network, ...] = ()
    monitor_token: str = ""  # empty: addresses only
    log_format: LogFormat = "text"
    backup_folder: Path | None = None
    clamd: str = "127.0.0.1:3310"  # host:port, or the path of a socket
    backup_hours: int = 26  # after so many hours the last backup is too old
    smtp: Smtp | None = None  # None unless GCRM_MAIL is smtp
    receipt_token: str = ""  # with which an SMS gateway reports; empty: it may not

    @property
    def listening(self) -> str:
        """Say where the pages are served, as it stands in a browser's address."""
        return _joined(self.address, self.port)

    @property
    def page_limit(self) -> int:
        """Give the bytes that one page may send; a proxy in front must let through as much."""
        return self.upload_limit * FILES_AT_ONCE + FORM_MEMORY

    @property
    def embedded(self) -> bool:
        """Say whether this installation runs on SQLite in one process."""
        return self.database.startswith("sqlite")

    @property
    def backups(self) -> Path:
        """Give the folder of the archives; it belongs on another disk, better another machine."""
        return self.backup_folder or self.data / "backups"

    @property
    def secure_cookies(self) -> bool:
        """Say whether pages are only served over https."""
        return self.mode == "production"


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Read GCRM_* variables; whatever is not set gets the value of a demo on this machine.

    Raises SettingsError where a value cannot be used, and in production where a
    secret was left at its default.
    """
    env = _with_file(os.environ if environment is None else environment)
    data = Path(env.get("GCRM_DATA", "var")).resolve()
    mode = _choice(env, "GCRM_MODE", MODES)
    if mode == "production" and (wrong := tuple(_refusals(env, data))):
        raise SettingsError("\n".join(wrong))
    key = env.get("GCRM_MASTER_KEY")
    address, port = env.get("GCRM_ADDRESS", "127.0.0.1"), _whole(env, "PORT", 8000)
    return Settings(
        data=data,
        database=_database(env, f"sqlite:///{data / 'gcrm.db'}"),
        secret=_secret(env),
        master_key=_decode(key) if key else _key_file(env, data),
        mode=mode,
        address=address,
        port=port,
        public_url=_site(env, f"http://{_joined(address, port)}"),
        synchronous=_choice(env, "GCRM_SYNCHRONOUS", SYNCHRONOUS),
        cipher=_choice(env, "GCRM_CIPHER", CIPHERS),
        proxies=_whole(env, "GCRM_PROXIES", 0),
        upload_limit=_whole(env, "GCRM_UPLOAD_LIMIT", 10 * 1024 * 1024),
        prepared_statements=env.get("GCRM_PREPARED_STATEMENTS", "on") != "off",
        connectors=MappingProxyType(
            {port: env.get(f"GCRM_{port.upper()}", DOUBLE) for port in PORTS}
        ),
        monitors=_networks(env, "GCRM_MONITORS"),
        monitor_token=env.get("GCRM_MONITOR_TOKEN", ""),
        log_format=_choice(
            env, "GCRM_LOG", LOG_FORMATS, "json" if mode == "production" else "text"
        ),
        backup_folder=Path(env["GCRM_BACKUPS"]).resolve() if env.get("GCRM_BACKUPS") else None,
        clamd=env.get("GCRM_CLAMD", "127.0.0.1:3310"),
        backup_hours=_whole(env, "GCRM_BACKUP_HOURS", 26),
        smtp=_smtp(env) if env.get("GCRM_MAIL") == "smtp" else None,
        receipt_token=env.get("GCRM_RECEIPT_TOKEN", ""),
    )


def read_key(path: Path) -> bytes:
    """Read a master key from its file."""
    return _decode(_read(path, "master key file"))


def setting(name: str) -> str | None:
    """Give one setting as it is written, from the environment or the settings file."""
    return _with_file(os.environ).get(name)


def _smtp(env: Mapping[str, str]) -> Smtp:
    host, sender = env.get("GCRM_SMTP_HOST", ""), env.get("GCRM_SMTP_FROM", "")
    if not host or "@" not in sender:
        raise SettingsError(
            "GCRM_MAIL is smtp, so GCRM_SMTP_HOST must name the mail server and GCRM_SMTP_FROM "
            "the address that mails come from."
        )
    security = _choice(env, "GCRM_SMTP_SECURITY", MAIL_SECURITY)
    user = env.get("GCRM_SMTP_USER", "")
    if user and security == "none":
        raise SettingsError(
            "GCRM_SMTP_SECURITY is none, so the password of GCRM_SMTP_USER would travel in clear; "
            "use starttls or tls."
        )
    name = env.get("GCRM_SMTP_PASSWORD_FILE")
    password = _read(Path(name), "mail password file") if name else ""
    return Smtp(
        host=host,
        port=_whole(env, "GCRM_SMTP_PORT", 465 if security == "tls" else 587),
        sender=sender,
        security=security,
        user=user,
        password=env.get("GCRM_SMTP_PASSWORD", password),
        ca=Path(env["GCRM_SMTP_CA"]).resolve() if env.get("GCRM_SMTP_CA") else None,
        timeout=_whole(env, "GCRM_SMTP_TIMEOUT", 10),
    )


def _with_file(env: Mapping[str, str]) -> Mapping[str, str]:
    """Add what stands in the settings file (`NAME=value` a line); the environment wins."""
    name = env.get("GCRM_SETTINGS")
    if not name:
        return env
    try:
        lines = Path(name).read_text("utf-8").splitlines()
    except OSError as error:
        raise SettingsError(
            f"The settings file {name} (GCRM_SETTINGS) cannot be read: {error.strerror}."
        ) from None
    kept = {}
    for number, line in enumerate(map(str.strip, lines), 1):
        if not line or line.startswith("#"):
            continue
        key, equals, value = line.partition("=")
        if not equals or not key.replace("_", "").isalnum():
            raise SettingsError(f"Line {number} of {name} is no NAME=value.")
        kept[key] = value.strip().strip("\"'")
    return {**kept, **env}


def _refusals(env: Mapping[str, str], data: Path) -> Iterator[str]:
    """Say what keeps an installation from being one that people may rely on."""
    secret = _secret(env)
    if secret == DEMO_SECRET or len(secret) < 32:
        yield "GCRM_SECRET must be set to at least 32 characters of your own."
    if env.get("GCRM_MASTER_KEY") is None and "GCRM_MASTER_KEY_FILE" not in env:
        yield "Set GCRM_MASTER_KEY or GCRM_MASTER_KEY_FILE to 32 bytes (base64)."
    for name in ("GCRM_MASTER_KEY_FILE", "GCRM_SECRET_FILE", "GCRM_SETTINGS"):
        if name in env and _open_to_others(Path(env[name])):
            yield f"{env[name]} ({name}) can be read by everybody; run `chmod 600 {env[name]}`."
    if _open_to_others(data):
        yield f"The data folder {data} is open to everybody; run `chmod 700 {data}`."
    if _whole(env, "GCRM_PROXIES", 0) < 1:
        yield (
            "GCRM_PROXIES is 0, so pages and cookies would go over plain http; put a proxy "
            "that speaks https in front and set GCRM_PROXIES to the number of proxies."
        )
    if not env.get("GCRM_PUBLIC_URL", "").startswith("https://"):
        yield (
            "GCRM_PUBLIC_URL must be the https address under which people reach this site; it "
            "stands in the codes of certificates."
        )
    for name in ("FLASK_DEBUG", "WERKZEUG_DEBUG_PIN"):
        if env.get(name, "0") not in ("", "0", "false", "off"):
            yield f"{name} is set; debugging shows traces with personal data. Unset it."
    for port in PORTS:
        name = f"GCRM_{port.upper()}"
        if env.get(name, DOUBLE) == DOUBLE:
            yield (
                f"{name} is the double, which only pretends; name a connector that is "
                f"installed, or say {name}=off to go without."
            )


def _open_to_others(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & stat.S_IRWXO)
    except OSError:
        return False


def _secret(env: Mapping[str, str]) -> str:
    name = env.get("GCRM_SECRET_FILE")
    if name is None or "GCRM_SECRET" in env:
        return env.get("GCRM_SECRET", DEMO_SECRET)
    return _read(Path(name), "secret file")


def _networks(env: Mapping[str, str], name: str) -> tuple[Network, ...]:
    text = env.get(name, LOCAL)
    try:
        return tuple(
            ipaddress.ip_network(each.strip(), strict=False)
            for each in text.split(",")
            if each.strip()
        )
    except ValueError:
        raise SettingsError(
            f'{name} is "{text}"; it lists addresses or networks, such as 10.1.2.0/24.'
        ) from None


def _choice(
    env: Mapping[str, str], name: str, choices: tuple[T, ...], default: str | None = None
) -> T:
    text = env.get(name, default or choices[0])
    for choice in choices:
        if choice == text:
            return choice
    raise SettingsError(f'{name} is "{text}"; it can be {" or ".join(choices)}.')


def _whole(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name, str(default))
    try:
        return int(text)
    except ValueError:
        raise SettingsError(f'{name} is "{text}"; it must be a whole number.') from None


def _joined(address: str, port: int) -> str:
    """Join address and port; an IPv6 address stands in brackets (RFC 3986, 3.2.2)."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _site(env: Mapping[str, str], default: str) -> str:
    text = env.get("GCRM_PUBLIC_URL", default).rstrip("/")
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise SettingsError(
            f'GCRM_PUBLIC_URL is "{text}"; it must be an address such as https://zw.example.gov.cn.'
        )
    return text


def _database(env: Mapping[str, str], default: str) -> str:
    """Read the database's address; what is wrong is told without it, for it holds a password."""
    text = env.get("GCRM_DATABASE", default)
    try:
        parts = urlsplit(text)
        kind = parts.scheme.partition("+")[0]
        known = kind == "sqlite" or (kind == "postgresql" and parts.port != 0)
    except ValueError:  # a port that is no number: a sign of the password was taken for its colon
        known = False
    if not known:
        raise SettingsError(
            "GCRM_DATABASE must be sqlite:////path/gcrm.db or "
            "postgresql://user:password@host/name; write signs such as @ : / # of a password as "
            "%40 %3A %2F %23."
        )
    return text


def _decode(text: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise SettingsError("The master key must be 32 bytes in base64.")
    return key


def _read(path: Path, what: str) -> str:
    try:
        return path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise SettingsError(f"The {what} {path} cannot be read: {why}.") from None


def _key_file(env: Mapping[str, str], data: Path) -> bytes:
    """Read the key file; a demo makes one on its first start, readable by its owner only."""
    path = Path(env.get("GCRM_MASTER_KEY_FILE", data / "master.key"))
    if os.path.lexists(path):
        return read_key(path)
    if "GCRM_MASTER_KEY_FILE" in env:
        raise SettingsError(f"The master key file {path} is not there.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise SettingsError(
            f"The data folder {data} cannot be used: {error.strerror}. Give this account the "
            "right to write there, or choose another folder with GCRM_DATA."
        ) from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(base64.b64encode(secrets.token_bytes(32)) + b"\n")
    return read_key(path)
