"""A full disk: a sentence for the person, nothing lost, and all goes on afterwards."""

import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def test_a_disk_that_runs_full_loses_nothing(tmp_path: Path, ready_city: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    alone = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-rm"]

    done = subprocess.run(  # noqa: S603
        [*alone, sys.executable, HERE / "full_disk.py", ready_city, small],
        capture_output=True, text=True, check=False,
        env={**os.environ, "GCRM_SYNCHRONOUS": "NORMAL", "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    for what in ("upload", "submit"):
        status, text = told[what]
        assert status == 503, told[what]
        assert "没有存上" in text or "我们这边出了问题" in text
        assert "都还在" in text
    assert told["reading"] == 200
    status, sentence = told["backup"]
    assert status == 1
    assert sentence.startswith("gcrm: ")
    assert sentence.count("\n") == 1
    assert told["left"] == []
    assert told["after"][0] == 200, told["after"]
    assert told["findings"] == []
    assert told["parts"] == []
    assert told["backup_after"] == 0
