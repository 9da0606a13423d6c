"""Authenticated encryption in an envelope that names its format, key and nonce."""

import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher as Primitive
from cryptography.hazmat.primitives.ciphers import algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gcrm.store.errors import SealingError

CipherName = Literal["aes-gcm", "sm4-gcm"]
FORMATS: Mapping[CipherName, int] = {"aes-gcm": 1, "sm4-gcm": 2}

KEY_BYTES = 32
_NONCE = 12
_TAG = 16
_HEAD = struct.Struct(">BqH12s")  # format, party, version of its key, nonce


@dataclass(frozen=True, slots=True)
class Label:
    """Which key opens an envelope."""

    format: int
    party_id: int
    version: int


def label_of(envelope: bytes) -> Label:
    """Read the label; raises SealingError for anything that is no envelope."""
    if len(envelope) < _HEAD.size + _TAG or envelope[0] not in FORMATS.values():
        raise SealingError("This is no sealed value, or one of a newer format.")
    form, party_id, version, _nonce = _HEAD.unpack_from(envelope)
    return Label(form, party_id, version)


def enclose(
    cipher: CipherName, key: bytes, party_id: int, version: int, value: bytes, place: bytes
) -> bytes:
    """Encrypt a value for its place; the head is authenticated with it."""
    head = _HEAD.pack(FORMATS[cipher], party_id, version, os.urandom(_NONCE))
    nonce, bound = head[-_NONCE:], head + place
    if cipher == "aes-gcm":
        return head + AESGCM(key).encrypt(nonce, value, bound)
    encryptor = Primitive(algorithms.SM4(key[:16]), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(bound)
    return head + encryptor.update(value) + encryptor.finalize() + encryptor.tag


def disclose(key: bytes, envelope: bytes, place: bytes) -> bytes:
    """Decrypt an envelope; raises SealingError for another key, place or a changed byte."""
    head, body = envelope[: _HEAD.size], envelope[_HEAD.size :]
    nonce, bound = head[-_NONCE:], head + place
    try:
        if head[0] == FORMATS["aes-gcm"]:
            return AESGCM(key).decrypt(nonce, body, bound)
        mode = modes.GCM(nonce, body[-_TAG:])
        decryptor = Primitive(algorithms.SM4(key[:16]), mode).decryptor()
        decryptor.authenticate_additional_data(bound)
        return decryptor.update(body[:-_TAG]) + decryptor.finalize()
    except InvalidTag:
        raise SealingError("The sealed value was changed, moved, or has another key.") from None


def derive(key: bytes, purpose: str) -> bytes:
    """Derive a key for one purpose, so that no key serves two."""
    return HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=f"gcrm/{purpose}".encode()).derive(key)
