"""The archive that IT gets: whole, free of forbidden licences, and at work without network."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent

FORBIDDEN = ("GPL", "AGPL", "Affero")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the bundle; packages and fonts that were fetched and made before are taken again."""
    if not (ROOT / "platform/gcrm/web/static/dist/manifest.json").exists():
        subprocess.run(["bash", "tools/assets.sh"], cwd=ROOT, check=True)  # noqa: S607
    folder = tmp_path_factory.mktemp("bundle")
    made = subprocess.run(  # noqa: S603
        [sys.executable, "tools/bundle.py", "--output", folder],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return Path(made.stdout.strip().splitlines()[-1])


@pytest.fixture(scope="module")
def unpacked(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    subprocess.run(["/usr/bin/tar", "-xf", bundle, "-C", folder], check=True)  # noqa: S603  our own
    return next(folder.iterdir())


def parts(unpacked: Path) -> list[dict[str, Any]]:
    document = json.loads((unpacked / "sbom.cdx.json").read_text("utf-8"))
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    listed: list[dict[str, Any]] = document["components"]
    return listed


def test_every_file_has_its_checksum(unpacked: Path) -> None:
    lines = (unpacked / "SHA256SUMS").read_text("ascii").splitlines()
    sums = {name: digest for digest, name in (line.split("  ") for line in lines)}
    files = {
        path.relative_to(unpacked).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in unpacked.rglob("*")
        if path.is_file() and path.name != "SHA256SUMS"
    }

    assert sums == files


def test_no_part_is_under_a_licence_that_cannot_be_shipped(unpacked: Path) -> None:
    names = {
        part["name"]: [e["license"].get("name") or e["license"]["id"] for e in part["licenses"]]
        for part in parts(unpacked)
    }

    assert all(names.values())
    for name, licences in names.items():
        for licence in licences:
            plain = licence.replace("LGPL", "").replace("Lesser General Public", "")
            assert not any(word in plain for word in FORBIDDEN), f"{name}: {licence}"
            assert "GNU General Public" not in plain, f"{name}: {licence}"


def test_the_list_of_parts_is_what_is_installed(unpacked: Path) -> None:
    wheels = {
        path.name.split("-")[0].replace("_", "-").replace(".", "-").lower()
        for path in (unpacked / "wheelhouse").glob("*.whl")
    }
    pinned = {
        line.partition("==")[0].replace(".", "-").lower()
        for line in (unpacked / "requirements.txt").read_text("utf-8").splitlines()
    }
    listed = {
        part["name"] for part in parts(unpacked) if part.get("purl", "").startswith("pkg:pypi")
    }

    assert wheels == pinned == listed | {"gcrm"}


def test_the_pages_their_fonts_and_their_forms_are_in_the_wheel(unpacked: Path) -> None:
    from zipfile import ZipFile

    wheel = next((unpacked / "wheelhouse").glob("gcrm-*.whl"))
    with ZipFile(wheel) as archive:
        names = archive.namelist()

    assert "gcrm/web/static/dist/manifest.json" in names
    assert "gcrm/web/forms/i18n/en.json" in names
    assert "report_engine/static_fonts/NotoSansSC-regular.ttf" in names
    assert not any(name.startswith(("tests/", "build/")) for name in names)


def test_the_font_for_rare_characters_lies_beside_the_wheels_and_is_listed(unpacked: Path) -> None:
    """Ready where tools/services.sh ran; a closed network has no packages to add it later."""
    fonts = {path.name for path in (unpacked / "fonts").glob("*.ttf")}

    assert fonts == {"HanaMinA.ttf", "HanaMinB.ttf"}
    assert "Hanazono" in {part["name"] for part in parts(unpacked)}


def test_a_damaged_bundle_is_refused_before_anything_is_done(
    unpacked: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "bundle"
    shutil.copytree(unpacked, copy, copy_function=os.link)
    (copy / "VERSION").unlink()
    (copy / "VERSION").write_text((unpacked / "VERSION").read_text() + "more=1\n")

    done = subprocess.run(  # noqa: S603
        [copy / "install.sh", "--demo", "--prefix", tmp_path / "prefix"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 1
    assert "damaged" in done.stderr
    assert not (tmp_path / "prefix").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--port", "eighty"], "must be a number"),
        (["--colour"], "is no option"),
        ([], "say --demo, or --name"),
        (["--name", "云州市"], "--name needs --url"),
        (["--name", "云州市", "--url", "http://zw.example.gov.cn"], "https address"),
    ],
)
def test_wrong_use_of_the_installer_is_a_sentence(
    unpacked: Path, tmp_path: Path, options: list[str], words: str
) -> None:
    done = subprocess.run(  # noqa: S603
        [unpacked / "install.sh", *options, "--prefix", tmp_path / "prefix"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 1
    assert words in done.stderr


def test_the_proxy_example_speaks_the_words_of_debians_nginx(unpacked: Path) -> None:
    """Debian 12 has nginx 1.22, which does not know `http2 on`."""
    lines = [
        line.partition("#")[0].strip()
        for line in (unpacked / "nginx.conf").read_text("utf-8").splitlines()
    ]

    assert "listen 443 ssl http2;" in lines
    assert not any(line.startswith("http2 ") for line in lines)


def test_a_machine_without_network_gets_a_city_at_work(bundle: Path, tmp_path: Path) -> None:
    """Install, serve, apply and decide in a namespace that has a loopback and nothing else.

    GCRM_DEPTH=20 also brings the installation up to date with the same bundle.
    """
    alone = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-rn"]
    again = ["again"] if int(os.environ.get("GCRM_DEPTH", "1")) > 1 else []

    done = subprocess.run(  # noqa: S603
        [*alone, sys.executable, HERE / "inside.py", bundle, tmp_path, *again],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["looked_up"] == []
    assert "高龄津贴申请" in said["start"] or "您要办什么事" in said["start"]
    assert said["number"].startswith("JT-")
    assert "李秀英" in said["case"]
    assert "街道初审" in said["decided"]
    assert said["static"] == 200
    assert "gcrm_database_up 1.0" in said["metrics"]
    assert said["ended"] == 0
    assert "0 findings." in said["selfcheck"]
    assert [each for each in said["doctor"] if each["status"] == "fail"] == []
    assert "static Noto Sans SC" in next(
        e["message"] for e in said["doctor"] if e["name"] == "fonts"
    )
    assert "papers print rare characters" in next(
        e["message"] for e in said["doctor"] if e["name"] == "rare"
    )
    for value in ("19900000312", "李秀英", "990102194006150022"):
        assert value not in said["log"]
    assert "示范账号" in said["told"]
    assert "is installed in" in said["told"]
    if again:
        assert "Backing up before the upgrade" in said["told"]
    keys = tmp_path / "config" / "master.key", tmp_path / "config" / "gcrm.env"
    assert all(path.stat().st_mode & 0o007 == 0 for path in (*keys, tmp_path / "data"))
