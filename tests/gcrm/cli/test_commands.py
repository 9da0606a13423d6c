"""Commands as people and scripts run them, on a data folder of their own."""

import argparse
import json
import shutil
import socket
import sqlite3
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from app_definitions import package
from gcrm import cli, config
from gcrm.apps import library
from gcrm.assembly import build
from gcrm.cli import main, production
from gcrm.cli.control import ControlServer
from gcrm.cli.output import Stop
from gcrm.cli.serve import COMMANDS
from gcrm.demo import many_cases, read_city
from gcrm.runtime.refusals import Refused
from gcrm.store import lock, tables
from gcrm.store.errors import StoreAwayError

PACKAGE = str(library.folder() / "elder_allowance")


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("GCRM_DATABASE", "GCRM_MODE", "GCRM_SECRET", "GCRM_MASTER_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GCRM_DATA", str(tmp_path / "var"))
    return tmp_path / "var"


@pytest.fixture
def city(data: Path, ready_city: Path) -> Path:
    """A data folder with the demo city."""
    shutil.copytree(ready_city, data)
    return data


@pytest.fixture
def served(city: Path) -> Iterator[Path]:
    house = build(config.load())
    with lock.hold(city):
        server = ControlServer(house, COMMANDS)
        server.start()
        yield city
        server.stop()
    house.close()


def choices(parser: argparse.ArgumentParser) -> set[str]:
    (commands,) = (each for each in parser._actions if each.choices)
    return set(commands.choices or ())


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def test_demo_names_one_account_for_each_kind_of_user_and_may_run_again(data, capsys):
    first = main(["demo"])
    names = capsys.readouterr().out
    again = main(["demo"])

    with sqlite3.connect(data / "gcrm.db") as kept:
        cases = kept.execute('SELECT count(*), count(decided_at) FROM "case"').fetchone()
    assert (first, again) == (0, 0)
    assert cases[0] == many_cases.RECENT > cases[1] > 0
    assert all(word in names for word in ("市民", "社区专干", "区民政审批", "系统管理员"))


def test_every_kind_of_user_of_the_demo_is_named_in_both_languages():
    accounts = read_city().accounts()

    assert [each.kind for each in accounts if not each.kind_en.isascii()] == []


def test_serving_the_demo_city_loads_it_once_and_names_the_accounts(data, monkeypatch, capsys):
    class Server:
        def run(self) -> None:
            seen.append(lock.is_held(data))

        def close(self) -> None:
            """Nothing listens."""

    seen: list[bool] = []
    monkeypatch.setattr("gcrm.cli.serve.create_server", lambda *_args, **_more: Server())
    monkeypatch.setattr("gcrm.cli.serve._stop_on_signal", lambda _server: None)
    monkeypatch.setattr("gcrm.cli.demo.many_cases.RECENT", 1)

    status = main(["serve", "--demo"])

    told = capsys.readouterr().out
    assert (status, seen) == (0, [True])
    assert told.index("系统管理员") < told.index("gcrm serves http://127.0.0.1:")


def test_a_port_that_is_taken_is_told_with_the_way_out(city, monkeypatch, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("PORT", str(port))

        status = main(["serve"])

    assert status == 1
    assert f"Cannot listen on 127.0.0.1:{port}" in capsys.readouterr().err
    assert not lock.is_held(city)


def test_the_version_is_told_and_nothing_else_is_done(data, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--version"])

    assert ended.value.code == 0
    assert capsys.readouterr().out == f"gcrm {version('gcrm')}\n"
    assert not data.exists()


def test_a_reader_who_has_seen_enough_is_no_failure(data, monkeypatch, capfd):
    def closed(*_arguments: object, **_more: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("gcrm.cli.doctor.show", closed)

    status = main(["doctor"])
    sys.stdout.flush()

    assert status == 0
    assert capfd.readouterr().err == ""


def test_each_command_is_found_in_the_one_module_that_knows_it():
    known = choices(cli.parser())

    assert known == set(cli.PLACES)
    for command in cli.PLACES:
        assert command in choices(cli.parser(command))


def test_an_app_is_taken_from_a_test_installation_to_another(city, tmp_path, monkeypatch, capsys):
    """The zip holds what was published, to the byte, and is published there as release 1."""
    file = tmp_path / "taken.zip"

    taken = main(["app", "export", "elder_allowance", str(file), "--json"])
    document = told(capsys)
    again = main(["app", "export", "elder_allowance", str(file)])
    unknown = main(["app", "export", "nothing", str(tmp_path / "other.zip")])
    words = capsys.readouterr().err
    monkeypatch.setenv("GCRM_DATA", str(tmp_path / "production"))
    made = main(["database", "upgrade"]), main(["setup", "--name", "云西市"])
    capsys.readouterr()
    published = main(["app", "publish", str(file), "--json"])

    there = told(capsys)
    assert (taken, again, unknown, *made, published) == (0, 2, 2, 0, 0, 0)
    assert "is there already" in words
    assert "gcrm app list" in words
    assert not (tmp_path / "other.zip").exists()
    assert (there["app"], there["release"]) == ("elder_allowance", 1)
    assert package.read(file.read_bytes())[0].digest == document["digest"]


def leaves(
    parser: argparse.ArgumentParser, name: str
) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    inner = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    if not inner:
        yield name, parser
    for action in inner:
        for word, child in action.choices.items():
            yield from leaves(child, f"{name} {word}")


def test_every_command_and_every_argument_says_what_it_is_for():
    found = dict(leaves(cli.parser(), "gcrm"))

    assert len(found) > 15
    for name, parser in found.items():
        assert parser.description, name
        assert [action.dest for action in parser._actions if not action.help] == [], name


@pytest.mark.parametrize(
    "words", [["serve", "--threads", "0"], ["demo", "--cases", "-1"], ["backup", "--keep", "0"]]
)
def test_a_number_that_makes_no_sense_is_wrong_use(data, capsys, words):
    status = main(words)

    assert status == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "prog"),
    [
        ([], "gcrm"),
        (["nonsense"], "gcrm"),
        (["app"], "gcrm app"),
        (["verify"], "gcrm verify"),
        (["backup", "--keep", "many"], "gcrm backup"),
    ],
)
def test_wrong_words_are_one_line_that_names_the_help(capsys, words, prog):
    with pytest.raises(SystemExit) as ended:
        main(words)

    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert said.count("\n") == 1
    assert said.endswith(f"`{prog} --help` tells what there is.\n")


@pytest.mark.parametrize(
    ("lang", "said"), [("zh_CN.UTF-8", "包里没有"), ("en_GB.UTF-8", "has no"), ("C", "has no")]
)
def test_problems_of_an_app_are_told_in_the_language_of_the_shell(
    data, tmp_path, monkeypatch, capsys, lang, said
):
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.delenv("LC_MESSAGES", raising=False)
    monkeypatch.setenv("LANG", lang)
    (tmp_path / "empty").mkdir()

    status = main(["app", "check", str(tmp_path / "empty")])

    assert status == 1
    assert said in capsys.readouterr().out


def test_a_database_without_tables_is_refused_with_the_way_out(data, capsys):
    status = main(["selfcheck"])

    assert status == 1
    assert "gcrm database upgrade" in capsys.readouterr().err


def test_a_database_server_that_is_away_is_told_with_what_to_check(data, monkeypatch, capsys):
    monkeypatch.setenv("GCRM_DATABASE", "postgresql://gcrm:geheim@127.0.0.1:1/gcrm")

    status = main(["selfcheck"])

    told = capsys.readouterr().err
    assert status == 1
    assert "cannot be opened" in told
    assert "GCRM_DATABASE" in told
    assert "geheim" not in told


def test_a_database_that_goes_while_a_command_runs_is_told_in_a_sentence(city, monkeypatch, capsys):
    def away(*_ignored: object) -> None:
        raise StoreAwayError("The database server is away, full or read-only.")

    monkeypatch.setattr("gcrm.store.selfcheck.check", away)

    status = main(["selfcheck"])

    assert status == 1
    assert capsys.readouterr().err == "gcrm: The database server is away, full or read-only.\n"


def test_checking_the_shipped_app_finds_nothing(data, capsys):
    status = main(["app", "check", PACKAGE, "--json"])

    report = told(capsys)
    assert status == 0
    assert report["problems"] == []
    assert all(test["passed"] for test in report["tests"])


def test_checking_a_damaged_app_tells_every_problem_in_both_languages(data, tmp_path, capsys):
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "app.json").write_text('{"format": "gcrm.app/99"}', "utf-8")

    status = main(["app", "check", str(folder), "--json"])

    report = told(capsys)
    assert status == 1
    assert all(each["texts"]["zh_CN"]["message"] for each in report["problems"])
    assert all(each["texts"]["en"]["message"] for each in report["problems"])


def test_publishing_the_same_app_again_changes_nothing(city, capsys):
    status = main(["app", "publish", PACKAGE, "--json"])

    report = told(capsys)
    assert (status, report["release"], report["unchanged"]) == (0, 1, True)


def test_publishing_beside_a_running_server_goes_through_it(served, capsys):
    status = main(["app", "publish", PACKAGE, "--json"])

    assert status == 0
    assert told(capsys)["release"] == 1


def test_a_refusal_of_a_running_server_is_told_in_words(served, monkeypatch, capsys):
    def refused(_house: object, _arguments: object) -> object:
        raise Refused("not_saved", {}, 503)

    monkeypatch.setitem(COMMANDS, "app.publish", refused)

    status = main(["app", "publish", PACKAGE])

    said = capsys.readouterr().err.splitlines()[-1]  # before it the server's log
    assert status == 1
    assert said.startswith("gcrm: This was not saved: our own storage has a problem.")


def test_listing_works_beside_a_running_server(served, capsys):
    status = main(["app", "list", "--json"])

    listed = told(capsys)["apps"]
    assert status == 0
    assert [each["id"] for each in listed] == list(library.names())


def test_a_second_writer_is_refused_while_the_folder_is_held(city, capsys):
    with lock.hold(city):
        status = main(["app", "publish", PACKAGE])

    assert status == 1
    assert "is held by" in capsys.readouterr().err


def test_a_fresh_city_agrees_with_itself_and_its_audit_is_whole(city, capsys):
    checked = main(["selfcheck", "--rebuild", "--json"])
    found = told(capsys)
    verified = main(["audit", "verify", "--json"])

    assert (checked, found) == (0, {"findings": [], "rewritten": 0})
    assert verified == 0
    assert told(capsys)["tenants"][0]["findings"] == []


def test_an_edited_audit_row_is_found(city, capsys):
    house = build(config.load())
    with house.store.write() as writer:
        writer.exec_driver_sql("DROP TRIGGER IF EXISTS audit_no_update")
        triggers = writer.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'"
        ).all()
        for trigger in triggers:
            writer.exec_driver_sql(f'DROP TRIGGER "{trigger.name}"')
        writer.execute(update(tables.audit).values(action="app.hidden"))
    house.close()

    status = main(["audit", "verify", "--json"])

    assert status == 1
    assert told(capsys)["tenants"][0]["findings"][0]["code"] == "edited"


def test_an_archive_restores_into_an_empty_folder(city, tmp_path, monkeypatch, capsys):
    archive, elsewhere = str(tmp_path / "city.tar"), tmp_path / "elsewhere"
    saved = main(["backup", archive]), main(["verify", archive])
    monkeypatch.setenv("GCRM_MASTER_KEY_FILE", str(city / "master.key"))
    monkeypatch.setenv("GCRM_DATA", str(elsewhere))

    restored = main(["restore", archive])
    again = main(["restore", archive])
    capsys.readouterr()
    checked = main(["selfcheck", "--json"])

    assert (*saved, restored, checked) == (0, 0, 0, 0)
    assert again == 1
    assert told(capsys)["findings"] == []


def test_production_gets_no_demo_city(data, monkeypatch, capsys):
    monkeypatch.setenv("GCRM_MODE", "production")

    status = main(["demo"])

    assert status == 2
    assert "GCRM_SECRET" in capsys.readouterr().err


def test_production_does_not_serve_open_demo_accounts(city, monkeypatch, capsys):
    city.chmod(0o700)
    (city / "master.key").chmod(0o600)
    monkeypatch.setenv("GCRM_MODE", "production")
    monkeypatch.setenv("GCRM_SECRET", "a-secret-of-our-own-with-enough-characters")
    monkeypatch.setenv("GCRM_MASTER_KEY_FILE", str(city / "master.key"))
    monkeypatch.setenv("GCRM_PROXIES", "1")
    monkeypatch.setenv("GCRM_PUBLIC_URL", "https://zw.example.gov.cn")
    for port in config.PORTS:
        monkeypatch.setenv(f"GCRM_{port.upper()}", "off")
    house = build(config.load())

    with pytest.raises(Stop) as stopped:
        production.refuse_demo(house)
    house.close()

    assert "hefang" in str(stopped.value)
    assert "disable them" in str(stopped.value)


def test_a_connector_that_is_not_installed_is_named(city, monkeypatch, capsys):
    monkeypatch.setenv("GCRM_SMS", "pigeon")

    status = main(["selfcheck"])

    assert status == 2
    assert "GCRM_SMS" in capsys.readouterr().err


def test_another_master_key_is_a_sentence(city, monkeypatch, capsys):
    monkeypatch.setenv("GCRM_MASTER_KEY", "A" * 43 + "=")

    status = main(["selfcheck"])

    assert status == 1
    assert "master key" in capsys.readouterr().err


def test_work_is_the_servers_own_on_sqlite(data, capsys):
    status = main(["work", "--local"])

    assert status == 2
    assert "gcrm serve" in capsys.readouterr().err


def test_a_year_of_holidays_comes_in_beside_a_running_server(served, tmp_path, capsys):
    file = tmp_path / "2027.csv"
    days = ["01-01", *(f"02-{day:02}" for day in range(5, 13)), "04-05", "05-03", "06-09", "10-01"]
    days += ["10-04", "10-05", "10-06", "10-07"]
    lines = [f"2027-{day},0,假日" for day in days]
    file.write_text("\n".join(["day,working,name", *lines]), "utf-8")

    status = main(
        ["calendar", "import", str(file), "--source", "示例通知", "--as", "sysadmin", "--json"]
    )

    assert status == 0
    assert told(capsys)["years"] == [2027]


@pytest.mark.parametrize("login", ["hefang", "nobody"])
def test_only_who_may_change_settings_imports_a_calendar(city, tmp_path, capsys, login):
    file = tmp_path / "2027.csv"
    file.write_text("day,working,name\n2027-01-01,0,元旦\n", "utf-8")

    status = main(["calendar", "import", str(file), "--source", "示例通知", "--as", login])

    assert status == 1
    assert login in capsys.readouterr().err


@pytest.mark.parametrize(("line", "status"), [("", 0), ("no anchor\n", 2)])
def test_anchors_are_read_as_they_were_written(city, tmp_path, capsys, line, status):
    file = tmp_path / "seals.jsonl"
    file.write_text(line, "ascii")

    assert main(["audit", "verify", "--anchors", str(file), "--json"]) == status


def listing(*names: str) -> str:
    items = [{"name": name, "department": "民政局", "code": name} for name in names]
    document = {"format": "gcrm.catalogue/1", "items": items}
    return json.dumps(document, ensure_ascii=False, indent=1)


def test_a_list_of_services_comes_in_beside_a_running_server(served, tmp_path, capsys):
    file = tmp_path / "list.json"
    file.write_text(listing("救助站", "殡葬服务"), "utf-8")

    first = main(["catalogue", "import", str(file), "--json"])
    new = told(capsys)
    file.write_text(listing("救助站"), "utf-8")
    again = main(["catalogue", "import", str(file), "--json"])
    later = told(capsys)

    assert (first, again) == (0, 0)
    assert (new["new"], new["departments"]) == (["救助站", "殡葬服务"], 1)
    assert (later["new"], later["gone"], later["same"]) == ([], ["殡葬服务"], 1)


def test_a_damaged_list_is_told_its_lines_and_changes_nothing(city, tmp_path, capsys):
    file = tmp_path / "list.json"
    file.write_text(listing("", "殡葬服务").replace("民政局", "", 1), "utf-8")

    status = main(["catalogue", "import", str(file), "--json"])

    document = told(capsys)
    assert status == 1
    assert [each["line"] for each in document["problems"]] == [4, 4]
    assert "第4行" in document["problems"][0]["texts"]["zh_CN"]["message"]
    assert "line 4" in document["problems"][0]["texts"]["en"]["message"].casefold()
    assert document["new"] == []


def test_a_list_that_is_not_there_is_wrong_use(city, tmp_path, capsys):
    status = main(["catalogue", "import", str(tmp_path / "none.js")])

    assert status == 2
    assert "none.js" in capsys.readouterr().err
