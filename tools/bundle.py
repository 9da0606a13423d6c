"""`make bundle`: one archive that installs on a machine without network.

The same commit gives the same list of files. What is downloaded and built once is kept in
build/, by the digest of the lock.
"""

import argparse
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import sbom

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build"
LOCK = ROOT / "requirements" / "run.txt"
ASSETS = Path("platform/gcrm/web/static/dist")
FONTS = Path("report_engine/static_fonts")
RARE = Path("/usr/share/fonts/truetype/hanazono")
"""Where this machine has the font for rare characters of names (Debian: fonts-hanazono)."""
DEPLOY = ROOT / "deploy"
EXECUTABLE = {"install.sh", "uninstall.sh"}


def main() -> int:
    """Make the archive and print its path."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=ROOT / "dist")
    parser.add_argument(
        "--prepare", action="store_true", help="fetch packages, make fonts, no more"
    )
    asked = parser.parse_args()
    if asked.prepare:
        wheelhouse()
        _fonts()
        return 0
    output = asked.output.resolve()
    output.mkdir(parents=True, exist_ok=True)
    moment = _moment()
    os.environ["SOURCE_DATE_EPOCH"] = str(int(moment.timestamp()))
    with tempfile.TemporaryDirectory(prefix="gcrm-bundle-") as name:
        wheel = _wheel(Path(name))
        version = wheel.name.split("-")[1]
        python = f"{sys.version_info.major}.{sys.version_info.minor}"
        title = f"gcrm-{version}-python{python}-{platform.system().lower()}-{platform.machine()}"
        folder = Path(name) / title
        wheels = folder / "wheelhouse"
        shutil.copytree(wheelhouse(), wheels)
        shutil.copy2(wheel, wheels)
        _describe(folder, version, python, moment)
        made = output / f"{title}.tar"
        _pack(folder, made, moment)
    print(made)
    return 0


def _moment() -> datetime:
    """Tell when the commit was made; without git, when the lock was last changed."""
    told = _git("log", "-1", "--format=%ct")
    seconds = int(told) if told else int(LOCK.stat().st_mtime)
    return datetime.fromtimestamp(seconds, UTC)


def _git(*arguments: str) -> str:
    found = shutil.which("git")
    if found is None:
        return ""
    done = subprocess.run(  # noqa: S603
        [found, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else ""


def _wheel(folder: Path) -> Path:
    """Build our own wheel from a clean copy: build/lib of an older state must not leak in."""
    source = folder / "source"
    for path in _sources():
        target = source / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, target)
    _pip("wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", folder, source)
    return next(folder.glob("gcrm-*.whl"))


def _sources() -> Iterator[Path]:
    """List what is tracked, the built assets, and the fonts."""
    listed = _git("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in sorted(filter(None, listed.split("\0"))) if listed else _walk():
        if not name.startswith(("tests/", "docs/")) and (ROOT / name).is_file():
            yield Path(name)
    if not (ROOT / ASSETS / "manifest.json").exists():
        raise SystemExit("The pages' styles and scripts are not built; run `make bundle`.")
    _fonts()
    for folder in (ASSETS, FONTS):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file():
                yield path.relative_to(ROOT)


def _fonts() -> None:
    subprocess.run([sys.executable, "-m", "report_engine.fonts", FONTS], cwd=ROOT, check=True)  # noqa: S603


def _walk() -> list[str]:
    """List a checkout without git."""
    left = {".venv", "node_modules", "build", "dist", "var", "__pycache__", ".git"}
    return [
        path.relative_to(ROOT).as_posix()
        for path in sorted(ROOT.rglob("*"))
        if path.is_file() and not left & set(path.relative_to(ROOT).parts)
    ]


def wheelhouse() -> Path:
    """Give the folder of all packages that the lock names, as wheels for this machine."""
    digest = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()[:16]
    folder = BUILD / f"wheelhouse-{digest}"
    if not folder.exists():
        BUILD.mkdir(exist_ok=True)
        aside = Path(tempfile.mkdtemp(dir=BUILD, prefix=".wheelhouse-"))
        print("Fetching packages (once) …", file=sys.stderr)
        _pip("download", "--no-deps", "--only-binary", ":all:", "--require-hashes", "-r", LOCK,
             "-d", aside)  # fmt: skip
        try:
            aside.rename(folder)
        except OSError:  # somebody else was faster; what they fetched has the same digests
            shutil.rmtree(aside)
            if not folder.exists():
                raise
    return folder


def _pip(*arguments: str | Path) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q", *arguments]
    subprocess.run(command, check=True, stdout=sys.stderr)  # noqa: S603


def _describe(folder: Path, version: str, python: str, moment: datetime) -> None:
    """Write everything beside the wheels."""
    wheels = sorted((folder / "wheelhouse").glob("*.whl"))
    for path in sorted(DEPLOY.iterdir()):
        shutil.copyfile(path, folder / path.name)
    shutil.copyfile(ROOT / "LICENSE", folder / "LICENSE")
    for path in sorted((ROOT / "docs").glob("operations*.md")):
        shutil.copyfile(path, folder / path.name)
    (folder / "requirements.txt").write_text("".join(map(_line, wheels)), "utf-8")
    rare = sorted(RARE.glob("*.ttf"))
    if rare:
        (folder / "fonts").mkdir()
        for path in rare:
            shutil.copyfile(path, folder / "fonts" / path.name)
    else:
        print(
            "Without fonts-hanazono: papers will refuse rare characters of names until a font "
            "lies in <data>/fonts.",
            file=sys.stderr,
        )
    lock = ROOT / "designer_ui" / "package-lock.json"
    (folder / "sbom.cdx.json").write_bytes(
        sbom.write(
            wheels,
            lock,
            version,
            moment.isoformat().replace("+00:00", "Z"),
            rare=bool(rare),
        )
    )
    told = {
        "version": version,
        "commit": _git("rev-parse", "HEAD") or "unknown",
        "made": moment.isoformat(),
        "python": python,
        "machine": platform.machine(),
        "glibc": ".".join(map(str, glibc(wheels))),
    }
    (folder / "VERSION").write_text("".join(f"{k}={v}\n" for k, v in told.items()), "utf-8")
    refused = sbom.refused(json.loads((folder / "sbom.cdx.json").read_text("utf-8")))
    if refused:
        raise SystemExit("These licences cannot be shipped: " + "; ".join(refused))
    sums = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n"
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]
    (folder / "SHA256SUMS").write_text("".join(sums), "ascii")


def _line(wheel: Path) -> str:
    name, version = wheel.name.split("-")[:2]
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    return f"{name.replace('_', '-')}=={version} --hash=sha256:{digest}\n"


def glibc(wheels: list[Path]) -> tuple[int, int]:
    """Tell the oldest C library on which every wheel runs."""
    needed = (2, 17)
    for wheel in wheels:
        found = [(int(a), int(b)) for a, b in re.findall(r"manylinux_(\d+)_(\d+)_", wheel.name)]
        if found and "manylinux2014" not in wheel.name:
            needed = max(needed, min(found))
    return needed


def _pack(folder: Path, target: Path, moment: datetime) -> None:
    """Put the folder into a tar: sorted, nobody's, of the commit's moment. Wheels are packed."""

    def plain(info: tarfile.TarInfo) -> tarfile.TarInfo:
        info.uid = info.gid = 0
        info.uname = info.gname = "root"
        info.mtime = int(moment.timestamp())
        executable = info.isdir() or Path(info.name).name in EXECUTABLE
        info.mode = 0o755 if executable else 0o644
        return info

    aside = target.with_suffix(".part")
    with tarfile.open(aside, "w") as archive:
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder.parent).as_posix()
            archive.add(path, name, recursive=False, filter=plain)
    aside.replace(target)


if __name__ == "__main__":
    sys.exit(main())
