"""PDF files: what they unpack to, and whether a program or another file is hidden in them.

They are never opened here. Their streams are unpacked into nothing, up to a limit, which
protects whoever opens the file later.
"""

import re
import zlib
from collections.abc import Iterator
from typing import Final

MOST_UNPACKED: Final = 300 * 1024 * 1024
MOST_STREAMS: Final = 50_000
AFTER_END: Final = 1024  # bytes that may follow the end of the file
HEAD: Final = 1024
KEPT: Final = 256 * 1024  # of each unpacked stream, to look for programs in
CHUNK: Final = 1024 * 1024

_STREAM = re.compile(rb"stream\r?\n")
_FLATE = re.compile(rb"/(?:FlateDecode|Fl)\b")
_PROGRAM = re.compile(rb"/(?:JavaScript|JS|Launch|RichMedia)(?![A-Za-z0-9])")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_MARKUP = re.compile(rb"<(?:script|html|svg|!doctype|\?php)", re.I)


def fault(content: bytes) -> str | None:
    """Say what is wrong with a PDF, by the code of its sentence; None where nothing is."""
    end = content.rfind(b"%%EOF")
    if end < 0:
        return "attachment_broken"
    if _MARKUP.search(content[:HEAD]) or len(content) - end > AFTER_END:
        return "attachment_two"
    if _PROGRAM.search(_plain(content)):
        return "attachment_program"
    left = MOST_UNPACKED
    for count, (size, beginning) in enumerate(_unpacked(content)):
        left -= size
        if left < 0 or count > MOST_STREAMS:
            return "attachment_bomb"
        if _PROGRAM.search(_plain(beginning)):
            return "attachment_program"
    return None


def _plain(content: bytes) -> bytes:
    """Undo the escapes in names: /#4a#53 is /JS."""
    if b"#" not in content:
        return content
    return _ESCAPED.sub(lambda match: bytes([int(match[1], 16)]), content)


def _unpacked(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Give the unpacked size of each stream and its beginning; twice packed ones unpack twice."""
    for match in _STREAM.finditer(content):
        head = content[content.rfind(b"obj", 0, match.start()) : match.start()]
        rounds = len(_FLATE.findall(head[-4096:]))
        if not rounds:
            continue
        end = content.find(b"endstream", match.end())
        body = content[match.end() : end if end > 0 else len(content)]
        size, beginning = _inflated(body, rounds)
        yield size, beginning if rounds == 1 and b"/Image" not in head else b""


def _inflated(body: bytes, rounds: int) -> tuple[int, bytes]:
    machines = [zlib.decompressobj() for _ in range(min(rounds, 4))]
    total, beginning = 0, b""
    try:
        for piece in _pieces(machines, body):
            total += len(piece)
            if len(beginning) < KEPT:
                beginning += piece[: KEPT - len(beginning)]
            if total > MOST_UNPACKED:
                break
    except zlib.error:
        pass  # a damaged stream shows as an empty page, which harms nobody
    return total, beginning


def _pieces(machines: list["zlib._Decompress"], body: bytes) -> Iterator[bytes]:
    first, *rest = machines
    waiting = body
    while waiting:
        piece = first.decompress(waiting, CHUNK)
        waiting = first.unconsumed_tail
        if rest:
            yield from _pieces(rest, piece)
        else:
            yield piece
        if first.eof or not (piece or waiting):
            return
