"""The catalogue of published apps: immutable releases, compiled once and kept."""

import threading
from collections import OrderedDict

from sqlalchemy import Connection, select

from app_definitions.package import Package, Part
from app_definitions.problem import Problems
from gcrm.apps import compiler
from gcrm.apps.compiled import CompiledApp
from gcrm.store import tables as t
from rule_engine import FUNCTIONS

KEPT = 200

_Key = tuple[int, str, int]


class BrokenRelease(LookupError):  # noqa: N818 - it says what is broken
    """A release that cannot be compiled any more; `problems` say why."""

    def __init__(self, app_id: str, number: int, problems: Problems) -> None:
        """Name the release."""
        super().__init__(f'Release {number} of the app "{app_id}" cannot be compiled.')
        self.problems = problems


class AppCatalogue:
    """Gives compiled apps. Which release is current is read each time; releases never change."""

    def __init__(
        self,
        field_types: compiler.FieldTypes | None = None,
        functions: compiler.Functions = FUNCTIONS,
        kept: int = KEPT,
    ) -> None:
        """Keep at most `kept` releases in memory."""
        self._field_types = field_types
        self._functions = functions
        self._kept = kept
        self._apps: OrderedDict[_Key, CompiledApp] = OrderedDict()
        self._lock = threading.Lock()
        self._compiling = threading.RLock()

    def current(self, reader: Connection, tenant: int, app_id: str) -> CompiledApp | None:
        """Give the release in force, or None where the app was never published."""
        number = reader.scalar(
            select(t.app.c.current_release).where(t.app.c.tenant_id == tenant, t.app.c.id == app_id)
        )
        return None if number is None else self.load(reader, tenant, app_id, number)

    def load(self, reader: Connection, tenant: int, app_id: str, number: int) -> CompiledApp:
        """Give a release by its number. Raises LookupError where there is none."""
        key = (tenant, app_id, number)
        found = self._found(key)
        if found is not None:
            return found
        with self._compiling:
            found = self._found(key)
            if found is None:
                found = self._compile(reader, *key)
                self._keep(key, found)
        return found

    def compile(
        self, package: Package, reader: Connection | None = None, tenant: int = 0
    ) -> tuple[CompiledApp | None, Problems]:
        """Compile a package with this installation's types and, given a reader, its members."""
        return compiler.compile_package(
            package,
            field_types=self._field_types,
            functions=self._functions,
            find_app=None
            if reader is None
            else lambda app_id: self.current(reader, tenant, app_id),
        )

    def _found(self, key: _Key) -> CompiledApp | None:
        with self._lock:
            found = self._apps.get(key)
            if found is not None:
                self._apps.move_to_end(key)
            return found

    def _keep(self, key: _Key, app: CompiledApp) -> None:
        with self._lock:
            self._apps[key] = app
            while len(self._apps) > self._kept:
                self._apps.popitem(last=False)

    def _compile(self, reader: Connection, tenant: int, app_id: str, number: int) -> CompiledApp:
        package = read_release(reader, tenant, app_id, number)
        if package is None:
            raise LookupError(f'The app "{app_id}" has no release {number}.')
        c = t.composite_member.c
        pinned = {
            row.member_app: row.member_release
            for row in reader.execute(
                select(c.member_app, c.member_release).where(
                    c.tenant_id == tenant, c.app_id == app_id, c.number == number
                )
            )
        }

        def find(member: str) -> CompiledApp | None:
            release = pinned.get(member)
            return None if release is None else self.load(reader, tenant, member, release)

        compiled, problems = compiler.compile_package(
            package,
            number=number,
            field_types=self._field_types,
            functions=self._functions,
            find_app=find,
        )
        if compiled is None:
            raise BrokenRelease(app_id, number, problems)
        return compiled


def read_release(reader: Connection, tenant: int, app_id: str, number: int) -> Package | None:
    """Read the parts of a release, or None where there is no such release."""
    c = t.release_part.c
    rows = reader.execute(
        select(c.path, c.content)
        .where(c.tenant_id == tenant, c.app_id == app_id, c.number == number)
        .order_by(c.path)
    ).all()
    parts = sorted((Part(row.path, bytes(row.content)) for row in rows), key=lambda part: part.path)
    return Package(tuple(parts)) if parts else None
