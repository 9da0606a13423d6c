"""Packages: an app as a folder, a zip or a mapping of paths, read within limits."""

import io
import re
import stat
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from app_definitions import canonical, kinds
from app_definitions.problem import Problem, Problems, error

MAX_PARTS = 500
MAX_PART = 5 * 1024 * 1024
MAX_WHOLE = 50 * 1024 * 1024
KEPT = 256  # parts whose models are kept, none of them larger than:
KEPT_SIZE = 64 * 1024

APP = "app.json"
_ALLOWED = re.compile(
    r"^(app\.json|(forms|decisions|boards|papers|dictionaries|i18n)/[A-Za-z][A-Za-z0-9_\-]{0,39}\.json"
    r"|processes/[a-z][a-z0-9_]{0,39}\.bpmn)$"
)
_IGNORED = re.compile(r"(^|/)(\.[^/]*|README(\.[a-z\-A-Z]+)?\.md|__MACOSX(/.*)?)$")


@dataclass(frozen=True, slots=True)
class Part:
    """One file of an app."""

    path: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Package:
    """All files of an app, in the order of their paths."""

    parts: tuple[Part, ...]

    @property
    def digest(self) -> str:
        """The SHA-256 over all parts."""
        return canonical.digest((part.path, part.content) for part in self.parts)

    def content(self, path: str) -> bytes | None:
        """Give the content of a part, or None."""
        return next((part.content for part in self.parts if part.path == path), None)

    def under(self, folder: str) -> tuple[Part, ...]:
        """List the parts in a folder."""
        return tuple(part for part in self.parts if part.path.startswith(f"{folder}/"))

    def with_part(self, path: str, content: bytes | None) -> "Package":
        """Give a package in which one part is replaced, added or (None) gone."""
        rest = {part.path: part.content for part in self.parts if part.path != path}
        return _sorted(rest if content is None else {**rest, path: content})


def is_part_path(path: str) -> bool:
    """Tell whether a file of this path belongs to an app."""
    return _ALLOWED.match(path) is not None and not path.endswith("\n")


def read(source: Path | bytes | Mapping[str, bytes]) -> tuple[Package, Problems]:
    """Read a package; what is too large, outside or of no known kind is left out and named."""
    problems: list[Problem] = []
    contents: dict[str, bytes] = {}
    whole = 0
    for path, content, trouble in _files(source):
        shown = path[:200]
        if _IGNORED.search(path):
            continue
        if trouble is not None:
            problems.append(error(shown, trouble))
        elif not is_part_path(path):
            problems.append(error(shown, "part_of_no_kind"))
        elif len(contents) == MAX_PARTS:
            problems.append(error(shown, "package_has_too_many_parts", limit=MAX_PARTS))
            break
        elif content is None or len(content) > MAX_PART:
            problems.append(error(shown, "part_too_large", limit=MAX_PART // 1024 // 1024))
        elif path in contents:
            problems.append(error(shown, "part_doubled"))
        elif whole + len(content) > MAX_WHOLE:
            problems.append(error(shown, "package_too_large", limit=MAX_WHOLE // 1024 // 1024))
            break
        else:
            whole += len(content)
            contents[path] = content
    if APP not in contents and not problems:
        problems.append(error(APP, "app_part_missing"))
    return _sorted(contents), tuple(problems)


def write(package: Package) -> bytes:
    """Give the package as a zip: same parts, same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in package.parts:
            entry = zipfile.ZipInfo(part.path, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, part.content)
    return buffer.getvalue()


def write_folder(package: Package, folder: Path) -> None:
    """Write the parts below a folder."""
    for part in package.parts:
        target = folder / part.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(part.content)


def canonical_part(path: str, content: bytes) -> tuple[bytes | None, Problems]:
    """Give a part's canonical text; a process, which its own engine writes, as it is."""
    if path.endswith(".bpmn"):
        return content, ()
    return (_canonical if len(content) > KEPT_SIZE else _kept_canonical)(path, content)


def _canonical(path: str, content: bytes) -> tuple[bytes | None, Problems]:
    model, problems = read_part(path, content)
    return (None if model is None else canonical.dumps(kinds.write(model))), problems


def read_part(path: str, content: bytes) -> tuple[Any | None, Problems]:
    """Read a JSON part into the model of its folder.

    Models never change, so what was read is kept: a designer's change of one part reads
    that part only, and publishing reads each part once.
    """
    return (_read if len(content) > KEPT_SIZE else _kept)(path, content)


def _read(path: str, content: bytes) -> tuple[Any | None, Problems]:
    document, trouble = canonical.loads(content, path)
    if trouble is not None:
        return None, (trouble,)
    return kinds.read(path, document)


_kept = lru_cache(maxsize=KEPT)(_read)
_kept_canonical = lru_cache(maxsize=KEPT)(_canonical)


def _sorted(contents: Mapping[str, bytes]) -> Package:
    return Package(tuple(Part(path, contents[path]) for path in sorted(contents)))


_File = tuple[str, bytes | None, str | None]
"""A path, its content (None: too large) and the code of what is wrong with it."""


def _files(source: Path | bytes | Mapping[str, bytes]) -> Iterator[_File]:
    if isinstance(source, Path):
        if source.is_dir():
            yield from _folder(source)
        elif source.is_file() and source.stat().st_size <= MAX_WHOLE:
            yield from _zip(source.read_bytes())
        else:
            yield (source.name, None, "not_a_package")
    elif isinstance(source, bytes):
        yield from _zip(source)
    else:
        for path in sorted(source):
            yield (_plain(path), source[path], None)


def _folder(folder: Path) -> Iterator[_File]:
    for found in sorted(folder.rglob("*")):
        path = _plain(found.relative_to(folder).as_posix())
        if found.is_symlink():
            yield (path, None, "part_is_a_link")
        elif found.is_file():
            size = found.stat().st_size
            yield (path, found.read_bytes() if size <= MAX_PART else None, None)


def _zip(content: bytes) -> Iterator[_File]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for entry in archive.infolist():
                if not entry.is_dir():
                    yield _entry(archive, entry)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, ValueError):
        yield ("", None, "not_a_package")


def _entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> _File:
    """Read one entry; the size that its head claims is not believed."""
    path = _plain(entry.filename)
    if stat.S_ISLNK(entry.external_attr >> 16):
        return (path, None, "part_is_a_link")
    if entry.flag_bits & 0x1:
        return (path, None, "part_is_locked")
    if not is_part_path(path):
        return (path, b"", None)
    with archive.open(entry) as stream:
        read = stream.read(MAX_PART + 1)
    return (path, read if len(read) <= MAX_PART else None, None)


def _plain(path: str) -> str:
    return unicodedata.normalize("NFC", path.replace("\\", "/"))
