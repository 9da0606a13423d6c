"""One process a data folder; the system frees it when that process is killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gcrm.store import lock
from gcrm.store.errors import FolderHeldError

HOLD = """
import sys, pathlib
from gcrm.store import lock
with lock.hold(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_one_refuses_with_a_sentence(tmp_path: Path) -> None:
    with lock.hold(tmp_path):
        assert lock.is_held(tmp_path)
        with pytest.raises(FolderHeldError, match=f"process {os.getpid()}"), lock.hold(tmp_path):
            pass

    assert not lock.is_held(tmp_path)
    with lock.hold(tmp_path):
        pass


def test_a_killed_process_frees_the_folder(tmp_path: Path) -> None:
    platform = Path(lock.__file__).resolve().parents[2]
    with subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", HOLD, str(tmp_path)],
        env={"PYTHONPATH": str(platform)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        assert lock.is_held(tmp_path)
        with pytest.raises(FolderHeldError, match=str(other.pid)), lock.hold(tmp_path):
            pass
        other.send_signal(signal.SIGKILL)
        other.wait()

    assert not lock.is_held(tmp_path)


def test_a_folder_that_is_not_there_is_free(tmp_path: Path) -> None:
    assert not lock.is_held(tmp_path / "none")
