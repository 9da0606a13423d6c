"""The TypeScript interpreter in Node: built once, fed with lines of JSON."""

import datetime as dt
import json
import os
import pathlib
import shutil
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from rule_engine.conformance import shown
from rule_engine.temporal import write_moment

ROOT = pathlib.Path(__file__).parents[3]
UI = ROOT / "designer_ui"
NODE = shutil.which("node", path=f"{os.environ['PATH']}:{ROOT}/.venv/bin") or "node"
Once = Callable[[str, Callable[[pathlib.Path], None]], pathlib.Path]
HARNESS = pathlib.Path(__file__).with_name("harness.ts")
_BUILD = """
import { build } from "vite";
const [harness, outDir] = process.argv.slice(1);
await build({
  configFile: false,
  logLevel: "error",
  root: "src",
  build: { ssr: harness, outDir, emptyOutDir: false, target: "es2021", minify: false },
});
"""


def entries(values: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"name": name, "value": shown(value)} for name, value in values.items()]


class Browser:
    """One Node process."""

    def __init__(self, script: pathlib.Path) -> None:
        self.process = subprocess.Popen(  # noqa: S603
            [NODE, script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def ask(self, op: str, document: Any = None, cases: Any = (), context: Any = None) -> Any:
        now = (
            context.now.astimezone(context.zone)
            if context
            else dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
        )
        asked = {
            "op": op,
            "document": document or {},
            "cases": [entries(case) for case in cases],
            "now": write_moment(now),
            "parameters": entries(dict(context.parameters)) if context else [],
        }
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert "failure" not in answer, answer
        return answer

    def close(self) -> None:
        self.process.communicate(timeout=10)


@pytest.fixture(scope="session")
def node_modules() -> pathlib.Path:
    """Where the project's own tools install what the build needs."""
    found = UI / "node_modules"
    if not (found / "vite" / "package.json").is_file():
        subprocess.run(["/bin/bash", "tools/assets.sh"], cwd=ROOT, check=True, capture_output=True)
    return found


@pytest.fixture(scope="session")
def browser(node_modules: pathlib.Path, once: Once) -> Iterator[Browser]:
    def build(out: pathlib.Path) -> None:
        command = [NODE, "--input-type=module", "-e", _BUILD, "--", str(HARNESS), str(out)]
        subprocess.run(command, cwd=UI, check=True, capture_output=True)  # noqa: S603

    out = once("feel", build)
    script = next(iter([*out.glob("*.js"), *out.glob("*.mjs")]))
    process = Browser(script)
    yield process
    process.close()
