"""Settings: read once from the environment and a settings file, then passed as a value."""

import base64
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

Mode = Literal["demo", "production"]
Synchronous = Literal["FULL", "NORMAL"]
Cipher = Literal["aes-gcm", "sm4-gcm"]

MODES: tuple[Mode, ...] = ("demo", "production")
SYNCHRONOUS: tuple[Synchronous, ...] = ("FULL", "NORMAL")
CIPHERS: tuple[Cipher, ...] = ("aes-gcm", "sm4-gcm")
DEMO_SECRET = "gcrm-demo-secret-never-in-production"  # noqa: S105  refused in production

T = TypeVar("T", bound=str)


class SettingsError(Exception):
    """A setting is missing or cannot be used; the message names it and the way out."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All that an installation decides.

    `master_key` has 32 bytes. `mode` is "demo" (plain http on this machine, demo
    accounts, doubles that can be read) or "production" (refuses default secrets).
    """

    data: Path
    database: str
    secret: str
    master_key: bytes
    mode: Mode
    address: str
    port: int
    synchronous: Synchronous
    cipher: Cipher
    proxies: int
    upload_limit: int  # bytes
    prepared_statements: bool  # off behind a transaction-pooling PgBouncer

    @property
    def embedded(self) -> bool:
        """Say whether this installation runs on SQLite in one process."""
        return self.database.startswith("sqlite")

    @property
    def secure_cookies(self) -> bool:
        """Say whether pages are only served over https."""
        return self.mode == "production"


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Read GCRM_* variables; whatever is not set gets the value of a demo on this machine.

    Raises SettingsError where a value cannot be used, and in production where a
    secret was left at its default.
    """
    env = os.environ if environment is None else environment
    data = Path(env.get("GCRM_DATA", "var")).resolve()
    mode = _choice(env, "GCRM_MODE", MODES)
    secret = env.get("GCRM_SECRET", DEMO_SECRET)
    key = env.get("GCRM_MASTER_KEY")
    if mode == "production":
        if secret == DEMO_SECRET or len(secret) < 32:
            raise SettingsError("GCRM_SECRET must be set to at least 32 characters of your own.")
        if key is None and "GCRM_MASTER_KEY_FILE" not in env:
            raise SettingsError("Set GCRM_MASTER_KEY or GCRM_MASTER_KEY_FILE to 32 bytes (base64).")
    return Settings(
        data=data,
        database=env.get("GCRM_DATABASE", f"sqlite:///{data / 'gcrm.db'}"),
        secret=secret,
        master_key=_decode(key) if key else _key_file(env, data),
        mode=mode,
        address=env.get("GCRM_ADDRESS", "127.0.0.1"),
        port=_whole(env, "PORT", 8000),
        synchronous=_choice(env, "GCRM_SYNCHRONOUS", SYNCHRONOUS),
        cipher=_choice(env, "GCRM_CIPHER", CIPHERS),
        proxies=_whole(env, "GCRM_PROXIES", 0),
        upload_limit=_whole(env, "GCRM_UPLOAD_LIMIT", 10 * 1024 * 1024),
        prepared_statements=env.get("GCRM_PREPARED_STATEMENTS", "on") != "off",
    )


def _choice(env: Mapping[str, str], name: str, choices: tuple[T, ...]) -> T:
    text = env.get(name, choices[0])
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


def _decode(text: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise SettingsError("The master key must be 32 bytes in base64.")
    return key


def _key_file(env: Mapping[str, str], data: Path) -> bytes:
    """Read the key file; a demo makes one on its first start, readable by its owner only."""
    path = Path(env.get("GCRM_MASTER_KEY_FILE", data / "master.key"))
    if path.exists():
        return _decode(path.read_text("ascii"))
    if "GCRM_MASTER_KEY_FILE" in env:
        raise SettingsError(f"The master key file {path} is not there.")
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(base64.b64encode(secrets.token_bytes(32)) + b"\n")
    return _decode(path.read_text("ascii"))
