"""A city on a disk of 24 MB that runs full while somebody applies, and has room again.

    unshare -m python full_disk.py CITY FOLDER

CITY is a ready data folder, FOLDER an empty one on which a small file system is mounted.
Prints one JSON document of what people were told.
"""

import contextlib
import importlib.util
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from PIL import Image

from gcrm import assembly, config
from gcrm.cli import main as gcrm
from gcrm.connectors import doubles
from gcrm.store import selfcheck
from gcrm.web.app import create_app

WEB = Path(__file__).parents[1] / "web" / "conftest.py"


def main(ready: Path, folder: Path) -> dict[str, Any]:
    """Let it happen."""
    mount = ["/usr/bin/env", "mount", "-t", "tmpfs", "-o", "size=24m", "small", str(folder)]
    subprocess.run(mount, check=True)  # noqa: S603
    data = folder / "city"
    shutil.copytree(ready, data)
    os.environ.update(GCRM_DATA=str(data))
    web = load_web()
    clock, ports = web.Clock(), doubles()
    house = assembly.build(config.load(), connectors=ports, clock=clock)
    app = create_app(house)
    app.config["GCRM_LOG"] = False
    citizen = web.Visitor(web.City(house, app, clock, ports.sms)).log_in("19900000001")
    draft = citizen.begin()
    citizen.fill_all(draft)
    told: dict[str, Any] = {}

    fill(folder / "filler")
    citizen.get(f"{draft}/confirm")
    answers = {"rev": citizen.hidden("rev"), "go": "next", "other_sub": "none"}
    citizen.post(f"{draft}/confirm", **answers, sign__photo=noise())
    told["upload"] = [citizen.status, citizen.text]
    told["submit"] = submit_until_full(citizen, draft)
    told["reading"] = citizen.get("/services").status
    with contextlib.redirect_stderr(io.StringIO()) as said:
        told["backup"] = [gcrm(["backup", str(folder / "backups" / "a.tar")]), said.getvalue()]
    told["left"] = sorted(path.name for path in (folder / "backups").glob("*"))

    (folder / "filler").unlink()
    citizen.fill(draft, "confirm", other_sub="none", sign__photo=noise())
    citizen.get(f"{draft}/check")
    key, rev = citizen.hidden("key"), citizen.hidden("rev")
    citizen.post(f"{draft}/submit", key=key, rev=rev, insist="1")
    told["after"] = [citizen.status, citizen.path]
    with house.store.read() as reader:
        told["findings"] = [str(each) for each in selfcheck.check(reader)]
    told["parts"] = [path.name for path in (data / "blobs").rglob(".*")]
    house.close()
    told["backup_after"] = gcrm(["backup", str(folder / "backups" / "b.tar")])
    return told


def load_web() -> Any:
    spec = importlib.util.spec_from_file_location("web_conftest", WEB)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["web_conftest"] = module
    spec.loader.exec_module(module)
    return module


def fill(path: Path) -> None:
    """Take all the room there is."""
    with path.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(bytes(size))
    if shutil.disk_usage(path.parent).free:
        raise SystemExit("The disk is not full.")


def noise() -> Any:
    """Make a picture that cannot be made small."""
    from werkzeug.datastructures import FileStorage

    content = io.BytesIO()
    Image.frombytes("RGB", (400, 300), os.urandom(400 * 300 * 3)).save(content, "PNG")
    content.seek(0)
    return FileStorage(content, filename="签名.png", content_type="image/png")


def submit_until_full(citizen: Any, draft: str) -> list[Any]:
    """Go on writing: the log of the database has a little room of its own."""
    for turn in range(2000):
        citizen.get(f"{draft}/who")
        relation = ("child", "spouse")[turn % 2]
        citizen.post(
            f"{draft}/who", rev=citizen.hidden("rev"), go="next", agent_flag="true",
            relation=relation,
        )  # fmt: skip
        if citizen.status != 200:
            return [citizen.status, citizen.text]
    return [citizen.status, "the disk never was full"]


if __name__ == "__main__":
    with contextlib.redirect_stdout(io.StringIO()):
        document = main(Path(sys.argv[1]), Path(sys.argv[2]))
    json.dump(document, sys.stdout)
