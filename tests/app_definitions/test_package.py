"""Packages: folder, zip and mapping give the same; nothing gets out and nothing blows up."""

import io
import pathlib
import stat
import zipfile

import pytest

from app_definitions import package

PARTS = {
    "app.json": b"{}",
    "forms/main.json": b"{}",
    "processes/main.bpmn": b"<x/>",
    "i18n/en.json": b"{}",
}


def zipped(files: dict[str, bytes], **marks: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            entry = zipfile.ZipInfo(path)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = marks.get("mode", 0o644) << 16
            archive.writestr(entry, content)
    return buffer.getvalue()


def codes(source: object) -> list[str]:
    return [problem.code for problem in package.read(source)[1]]  # type: ignore[arg-type]


def test_folder_zip_and_mapping_are_the_same_package(tmp_path: pathlib.Path):
    read, problems = package.read(PARTS)
    package.write_folder(read, tmp_path / "app")
    (tmp_path / "app" / ".DS_Store").write_bytes(b"x")
    (tmp_path / "app" / "README.md").write_bytes(b"x")
    (tmp_path / "app.zip").write_bytes(package.write(read))

    assert problems == ()
    assert [part.path for part in read.parts] == sorted(PARTS)
    assert package.read(tmp_path / "app") == (read, ())
    assert package.read(tmp_path / "app.zip") == (read, ())
    assert package.read(package.write(read)) == (read, ())
    assert package.write(read) == package.write(package.read(package.write(read))[0])


@pytest.mark.parametrize(
    "path",
    [
        "../app.json",
        "/etc/passwd",
        "forms/../../x.json",
        "forms\\..\\..\\x.json",
        "C:\\x.json",
        "forms/sub/main.json",
        "forms/main.json\n",
        "forms/main.exe",
        "processes/Main.bpmn",
        "forms/" + "a" * 300 + ".json",
    ],
)
def test_a_path_outside_or_of_no_kind_is_left_out_and_named(path):
    read, problems = package.read(zipped({"app.json": b"{}", path: b"x"}))

    assert [part.path for part in read.parts] == ["app.json"]
    assert [problem.code for problem in problems] == ["part_of_no_kind"]


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(package, "MAX_PART", 1000)
    monkeypatch.setattr(package, "MAX_WHOLE", 2500)
    files = {f"forms/f{number}.json": bytes(900) for number in range(5)}

    assert codes(zipped({"app.json": b"{}", "forms/big.json": bytes(10**6)})) == ["part_too_large"]
    assert codes(zipped({"app.json": b"{}", **files})) == ["package_too_large"]


def test_too_many_parts_are_refused():
    files = {f"forms/f{number}.json": b"{}" for number in range(package.MAX_PARTS + 5)}

    read, problems = package.read({"app.json": b"{}", **files})

    assert len(read.parts) == package.MAX_PARTS
    assert [problem.code for problem in problems] == ["package_has_too_many_parts"]


def test_links_are_not_followed(tmp_path: pathlib.Path):
    (tmp_path / "app.json").write_bytes(b"{}")
    (tmp_path / "forms").mkdir()
    (tmp_path / "forms" / "main.json").symlink_to("/etc/passwd")

    assert codes(tmp_path) == ["part_is_a_link"]
    assert codes(zipped({"app.json": b"/etc/passwd"}, mode=stat.S_IFLNK | 0o777)) == [
        "part_is_a_link"
    ]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no zip at all"])
def test_what_is_no_package_is_said(content):
    assert codes(content) == ["not_a_package"]


def test_a_damaged_zip_is_said():
    whole = bytearray(zipped(PARTS))
    whole[40:60] = bytes(20)

    assert "not_a_package" in codes(bytes(whole))


def test_the_app_part_is_missed():
    assert codes({"forms/main.json": b"{}"}) == ["app_part_missing"]


def test_one_part_doubled_in_a_zip_is_named(recwarn: pytest.WarningsRecorder):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("app.json", b"{}")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("app.json", b"[]")

    assert codes(buffer.getvalue()) == ["part_doubled"]


def test_a_part_is_replaced_added_and_taken_away():
    read, _ = package.read(PARTS)

    changed = read.with_part("forms/main.json", b"[]").with_part("app.json", None)

    assert changed.content("forms/main.json") == b"[]"
    assert changed.content("app.json") is None
    assert changed.digest != read.digest
