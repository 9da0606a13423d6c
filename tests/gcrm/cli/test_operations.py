"""What IT does with an installation: set up, look after, back up, change keys."""

import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from gcrm import config
from gcrm.assembly import build
from gcrm.cli import main
from gcrm.runtime import figures, paper_fonts
from gcrm.store import backups, lock, tables
from gcrm.store import database as db
from gcrm.store.errors import BackupError
from gcrm.web.app import create_app

ROOT = Path(__file__).parents[3]
Told = pytest.CaptureFixture[str]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    _only(monkeypatch, tmp_path / "var")
    return tmp_path / "var"


def _only(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """Let commands find this data folder and no other setting."""
    for name in list(os.environ):
        if name.startswith("GCRM_") and not name.startswith("GCRM_TEST"):
            patch.delenv(name)
    patch.setenv("GCRM_DATA", str(folder))
    patch.setenv("GCRM_SYNCHRONOUS", "NORMAL")


@pytest.fixture(scope="module")
def foundation(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """An installation made once, and what its founding said; each test gets a copy."""
    folder = tmp_path_factory.mktemp("founded") / "var"
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(io.StringIO()) as told:
        _only(patch, folder)
        assert main(["database", "upgrade"]) == 0
        assert main(["setup", "--name", "云州市", "--english-name", "Yunzhou City"]) == 0
        house = build(config.load())
        house.services.blobs.put(1, 0, b"photo" * 5000)
        house.close()
    return folder, told.getvalue()


@pytest.fixture
def founded(data: Path, foundation: tuple[Path, str], capsys: Told) -> Path:
    """An installation for production's first day: tables, a government, an attachment."""
    folder, told = foundation
    shutil.copytree(folder, data)
    print(told, end="")
    return data


def findings(capsys: Told) -> dict[str, list[tuple[str, str]]]:
    capsys.readouterr()
    main(["doctor", "--json"])
    found: dict[str, list[tuple[str, str]]] = {}
    for each in json.loads(capsys.readouterr().out)["findings"]:
        found.setdefault(each["name"], []).append((each["status"], each["message"]))
    return found


def test_an_english_name_without_letters_is_refused(data: Path, capsys: Told) -> None:
    code = main(["setup", "--name", "云州市", "--english-name", "云州市"])

    assert code
    assert "--english-name: The English name has no Latin letters." in capsys.readouterr().err


def test_a_new_government_has_three_administrators_who_exclude_each_other(
    founded: Path, capsys: Told
) -> None:
    told = capsys.readouterr().out
    again = main(["setup", "--name", "云州市"])

    passwords = re.findall(r"^  (\w+) +(\S+) ", told, re.MULTILINE)
    house = build(config.load())
    account = tables.account.c
    with house.store.read() as reader:
        rows = {
            row.login: row.password_hash
            for row in reader.execute(select(account.login, account.password_hash))
        }
        excludes = {
            row.code: row.excludes
            for row in reader.execute(select(tables.role.c.code, tables.role.c.excludes))
        }
        names = reader.scalars(select(tables.department.c.names)).all()
        names += reader.scalars(select(tables.role.c.names)).all()
    house.close()
    assert again == 1
    assert names[0] == {"en": "Yunzhou City"}
    assert all(names)
    assert {login for login, _ in passwords} == {"sysadmin", "secadmin", "auditor"} == rows.keys()
    assert len({password for _, password in passwords}) == 3
    for login, password in passwords:
        house.services.passwords.check_new(password, login)
        assert house.services.passwords.verify(rows[login], password)
    assert "sec_admin" in excludes["sys_admin"]
    assert main(["audit", "verify"]) == 0


def post(client: Any, path: str, **fields: str) -> None:
    page = client.get(path).get_data(as_text=True)
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found
    client.post(path, data={"csrf_token": found[1], **fields})


def test_a_founder_sees_nothing_before_choosing_a_password(founded: Path, capsys: Told) -> None:
    passwords = re.findall(r"^  (\w+) +(\S+) ", capsys.readouterr().out, re.MULTILINE)
    own = "Mo-li-hua-2026-ye-kai"
    house = build(config.load())
    app = create_app(house)
    for login, password in passwords:
        client = app.test_client()
        post(client, "/staff/login", login=login, password=password)

        before = client.get("/staff/account").headers.get("Location")
        post(client, "/staff/password", old=password, new=own, again=own)
        after = client.get("/staff/account")

        assert (before, after.status_code) == ("/staff/password", 200)
    house.close()


def test_a_lost_password_is_replaced_from_the_machine_and_the_audit_tells_it(
    founded: Path, capsys: Told
) -> None:
    first = dict(re.findall(r"^  (\w+) +(\S+) ", capsys.readouterr().out, re.MULTILINE))

    status = main(["password", "SecAdmin"])
    fresh = capsys.readouterr().out.split()[1]
    unknown = main(["password", "nobody"])

    said = capsys.readouterr().err
    house = build(config.load())
    account, entry = tables.account.c, tables.audit.c
    with house.store.read() as reader:
        row = reader.execute(
            select(account.id, account.password_hash, account.must_change).where(
                account.login == "secadmin"
            )
        ).one()
        told = reader.execute(
            select(entry.subject, entry.data).where(entry.action == "password_reset")
        ).all()
    verify = house.services.passwords.verify
    house.close()
    assert (status, unknown) == (0, 1)
    assert "nobody" in said
    assert said.count("\n") == 1
    assert verify(row.password_hash, fresh)
    assert not verify(row.password_hash, first["secadmin"])
    assert row.must_change
    assert [each.subject for each in told] == [f"account:{row.id}"]
    assert "gcrm password" in str(told[0].data)
    assert main(["audit", "verify"]) == 0


def test_a_full_disk_is_one_sentence(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told
) -> None:
    def full(*_: Any, **_more: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(lock, "hold", full)

    status = main(["database", "upgrade"])

    assert status == 1
    assert capsys.readouterr().err == (
        "gcrm: The disk is full; nothing was changed. Free space first.\n"
    )


def test_doctor_names_what_is_missing_and_what_to_do(data: Path, capsys: Told) -> None:
    found = findings(capsys)

    assert found["database"][0][0] == "fail"
    assert "gcrm database upgrade" in found["database"][0][1]


def test_doctor_says_which_font_prints_rare_characters_of_names(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told
) -> None:
    """Without one a paper for such a name is refused, so the way out is named beforehand."""
    monkeypatch.setattr(paper_fonts.find, "__defaults__", ((),))

    ((status, words),) = findings(capsys)["rare"]

    assert status == "warn"
    assert f"fonts-hanazono) into {data / 'fonts'}" in words


def test_doctor_finds_a_clock_that_was_set_back(
    founded: Path, capsys: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gcrm.cli import doctor

    well = findings(capsys)
    real = doctor.context.built
    early = config.load().data.stat().st_mtime - 40 * 86400

    def built(settings: Any) -> Any:
        from dataclasses import replace
        from datetime import UTC, datetime

        return replace(real(settings), clock=lambda: datetime.fromtimestamp(early, UTC))

    monkeypatch.setattr(doctor.context, "built", built)
    ill = findings(capsys)

    assert well["clock"][0][0] == "ok"
    assert ill["clock"][0][0] == "fail"
    assert "set back" in ill["clock"][0][1]


@pytest.mark.parametrize(
    ("line", "status", "words"),
    [
        (
            "client_max_body_size 64m; location /e { client_max_body_size 0; }",
            "ok",
            "lets it through",
        ),
        ("client_max_body_size 0;", "ok", "lets it through"),
        ("client_max_body_size 20m;", "warn", "Write client_max_body_size 64m there"),
        ("# client_max_body_size 64m;", "warn", "lets through 1 MB"),
    ],
)
def test_doctor_compares_uploads_with_the_proxy_in_front(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told,
    line: str, status: str, words: str,
) -> None:  # fmt: skip
    from gcrm.cli import doctor

    (tmp_path / "other.conf").write_text("client_max_body_size 1k;", "utf-8")
    site = f"server {{ {line}\nproxy_pass http://127.0.0.1:8000; }}"
    (tmp_path / "site.conf").write_text(site, "utf-8")
    monkeypatch.setattr(doctor, "PROXIES", (tmp_path / "none", tmp_path))

    ((said, message),) = findings(capsys)["uploads"]

    assert said == status
    assert words in message
    assert "a page 62 MB" in message


def test_doctor_warns_where_archives_are_lost_with_the_data(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from gcrm.cli import doctor

    settings = config.load()
    data.mkdir(exist_ok=True)

    same = doctor._archives(replace(settings, mode="production"))
    other = doctor._archives(
        replace(settings, mode="production", backup_folder=Path("/proc/self/fd"))
    )

    assert (same.status, other.status) == ("warn", "ok")
    assert "GCRM_BACKUPS" in same.message


def test_doctor_tells_every_wrong_setting_at_once(
    data: Path, capsys: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GCRM_MODE", "production")

    found = findings(capsys)

    assert len(found["settings"]) == 8


def test_backups_are_dated_and_the_oldest_go(founded: Path, capsys: Told) -> None:
    folder = config.load().backups
    folder.mkdir()
    for day in (1, 2, 3):
        (folder / f"gcrm-2026010{day}-023000.tar").write_bytes(b"old")
    (folder / "notes.txt").write_text("mine", "utf-8")
    capsys.readouterr()

    status = main(["backup", "--keep", "2", "--json"])

    told = json.loads(capsys.readouterr().out)
    left = sorted(path.name for path in folder.iterdir())
    assert status == 0
    assert left == [
        "gcrm-20260103-023000.tar", Path(told["archive"]).name, "notes.txt",
    ]  # fmt: skip
    assert len(told["deleted"]) == 2
    assert figures.last_backup(config.load()) is not None


def test_a_backup_that_cannot_be_written_deletes_no_old_one(
    founded: Path, capsys: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = config.load().backups
    folder.mkdir()
    old = folder / "gcrm-20260101-023000.tar"
    old.write_bytes(b"old")

    def full(*_: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backups, "_add_bytes", full)
    status = main(["backup", "--keep", "1"])

    assert status == 1
    assert "No space left on device" in capsys.readouterr().err
    assert [path.name for path in folder.iterdir()] == [old.name]
    assert figures.last_backup(config.load()) is None


@pytest.fixture
def archive(founded: Path, tmp_path: Path) -> Path:
    path = tmp_path / "kept" / "archive.tar"
    assert main(["backup", str(path)]) == 0
    return path


def damage(archive: Path, how: str) -> None:
    content = bytearray(archive.read_bytes())
    if how == "bit":
        content[len(content) // 2] ^= 4
    elif how == "cut":
        content = content[: len(content) * 2 // 3]
    elif how == "empty":
        content = bytearray()
    archive.write_bytes(content)
    if how == "slip":
        with tarfile.open(archive, "a") as tar:
            tar.add(__file__, "blobs/../../../outside")
    if how == "link":
        with tarfile.open(archive, "a") as tar:
            info = tarfile.TarInfo("database.db")
            info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
            tar.addfile(info)


@pytest.mark.parametrize("how", ["bit", "cut", "empty", "slip", "link", "key"])
def test_a_damaged_archive_is_a_sentence_and_leaves_nothing(
    archive: Path, how: str, tmp_path: Path, capsys: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = (config.load().data / "master.key").read_text() if how != "key" else "A" * 43 + "="
    damage(archive, how)
    elsewhere = tmp_path / "elsewhere"
    monkeypatch.setenv("GCRM_DATA", str(elsewhere))
    monkeypatch.setenv("GCRM_MASTER_KEY", key)
    capsys.readouterr()

    status = main(["restore", str(archive)])

    told = capsys.readouterr().err
    assert status == 1
    assert told.count("\n") == 1
    assert "Traceback" not in told
    assert {path.name for path in elsewhere.rglob("*")} <= {lock.NAME}


def test_a_restore_that_runs_out_of_room_leaves_nothing(
    archive: Path, tmp_path: Path, capsys: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GCRM_MASTER_KEY", (config.load().data / "master.key").read_text())
    monkeypatch.setenv("GCRM_DATA", str(tmp_path / "elsewhere"))

    def full(*_: Any) -> Any:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "copyfile", full)
        failed = main(["restore", str(archive)])
    left = {path.name for path in (tmp_path / "elsewhere").rglob("*")}
    done = main(["restore", str(archive)])

    assert (failed, done) == (1, 0)
    assert left <= {lock.NAME}
    assert "Nothing was changed" in capsys.readouterr().err


def test_a_restored_place_finds_nothing_wrong_with_itself(
    archive: Path, tmp_path: Path, capsys: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GCRM_MASTER_KEY", (config.load().data / "master.key").read_text())
    monkeypatch.setenv("GCRM_DATA", str(tmp_path / "elsewhere"))

    restored = main(["restore", str(archive)])
    checked = main(["verify", str(archive)]), main(["selfcheck", "--rebuild"])
    verified = main(["audit", "verify"])

    assert (restored, *checked, verified) == (0, 0, 0, 0)
    assert list((tmp_path / "elsewhere" / "blobs").rglob("*.0"))


def test_attachments_that_are_there_are_never_mixed_with_others(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = config.load()
    there = tmp_path / "elsewhere" / "blobs" / "1"
    there.mkdir(parents=True)
    (there / "something").write_bytes(b"x")

    with pytest.raises(BackupError, match="holds attachments already"):
        backups.restore(
            archive, f"sqlite:///{tmp_path}/elsewhere/gcrm.db", there.parent, settings.master_key
        )

    assert (there / "something").exists()


def test_another_master_key_locks_everything_anew(
    founded: Path, tmp_path: Path, capsys: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = tmp_path / "new.key"
    made = main(["keys", "new", str(new)]), main(["keys", "new", str(new)])
    before = config.load().master_key

    rotated = main(["keys", "rotate", "--to", str(new)])
    told = capsys.readouterr().out
    again = main(["keys", "rotate", "--to", str(new)])
    old_fails = main(["selfcheck"])
    monkeypatch.setenv("GCRM_MASTER_KEY_FILE", str(new))
    house = build(config.load())
    with house.store.read() as reader:
        rows = reader.scalar(
            select(func.count()).where(tables.audit.c.action == "master_key_rotated")
        )
    blob = next((founded / "blobs").rglob("*.0"))
    house.close()

    assert made == (0, 1)
    assert new.stat().st_mode & 0o077 == 0
    assert (rotated, again, old_fails) == (0, 0, 1)
    assert "1 keys are locked" in told
    assert "0 keys are locked" in capsys.readouterr().out
    assert config.load().master_key != before
    assert (rows, main(["audit", "verify"])) == (1, 0)
    assert blob.exists()
    assert main(["backup", str(tmp_path / "after.tar")]) == 0


def test_keys_are_not_changed_under_a_running_server(
    founded: Path, tmp_path: Path, capsys: Told
) -> None:
    main(["keys", "new", str(tmp_path / "new.key")])

    with lock.hold(founded):
        status = main(["keys", "rotate", "--to", str(tmp_path / "new.key")])

    assert status == 1
    assert "is held by" in capsys.readouterr().err


def test_a_second_server_is_refused_and_told_of_the_first(founded: Path) -> None:
    with lock.hold(founded):
        done = subprocess.run(
            [sys.executable, "-m", "gcrm", "serve"],
            capture_output=True, text=True, check=False, env={**os.environ, "PORT": "0"},
            cwd=ROOT / "platform",
        )  # fmt: skip

    assert done.returncode == 1
    assert f"held by process {os.getpid()}" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["operations.md", "operations.zh-CN.md"])
def test_the_manual_knows_every_setting_and_every_command_of_it(name: str) -> None:
    manual = (ROOT / "docs" / name).read_text("utf-8")
    source = (ROOT / "platform" / "gcrm" / "config.py").read_text("utf-8")
    settings = set(re.findall(r'"(GCRM_[A-Z_]+|PORT)"', source))
    settings |= {f"GCRM_{port.upper()}" for port in config.PORTS}
    words = r"(?:`|^|bin/)gcrm ((?:keys |audit |app |database )?[a-z]+)"
    commands = set(re.findall(words, manual, re.MULTILINE))

    listed = set(re.findall(r"`(GCRM_[A-Z_]+|PORT)`", manual))
    assert settings - {"GCRM_"} <= listed
    assert len(commands) > 8
    for command in commands:
        with pytest.raises(SystemExit) as ended:
            main([*command.split(), "--help"])
        assert ended.value.code == 0, command


def test_both_manuals_have_the_same_parts_and_the_same_commands() -> None:
    words = r"(?:`|^|bin/|&& )gcrm ((?:keys |audit |app |database )?[a-z]+)"
    parts, commands = [], []
    for name in ("operations.md", "operations.zh-CN.md"):
        manual = (ROOT / "docs" / name).read_text("utf-8")
        parts.append(re.findall(r"^#+ ", manual, re.MULTILINE))
        commands.append(set(re.findall(words, manual, re.MULTILINE)))

    assert parts[0] == parts[1]
    assert commands[0] == commands[1]


def test_tables_are_of_the_newest_form(founded: Path) -> None:
    house = build(config.load())
    with house.store.read() as reader:
        assert db.revision(reader) == db.newest()
    house.close()
