"""The interpreter of the browser: how large its bundles are, how long a condition takes in Node.

It needs the sources of the designer beside this package and Node: in a checkout both are there.
"""

import gzip
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from gcrm.bench import million
from gcrm.bench import people as world
from rule_engine import tree_json

UI = Path(__file__).parents[3] / "designer_ui"
BUNDLES = {"form": "src/feel/form.ts", "whole": "src/feel/index.ts", "page": "src/live/follow.ts"}
_BUILD = """
import { build } from "vite";
for (const [name, entry] of Object.entries(JSON.parse(process.argv[1]))) {
  await build({
    configFile: false, logLevel: "error",
    build: {
      lib: { entry, formats: ["es"], fileName: name },
      outDir: process.argv[2], emptyOutDir: false, target: "es2021",
    },
  });
}
await build({
  configFile: false, logLevel: "error",
  build: { ssr: "bench/rules.ts", outDir: process.argv[2], emptyOutDir: false, target: "es2021" },
});
"""


def measure() -> tuple[dict[str, Any], dict[str, float]]:
    """Build the bundles and run the condition; gives figures and ratios."""
    node = shutil.which("node", path=f"{os.environ['PATH']}:{UI.parent}/.venv/bin")
    if node is None or not (UI / "node_modules" / "vite").is_dir():
        return {"browser": "not measured: it needs Node and the designer's packages"}, {}
    document = tree_json.write(world.expression(million.RULE), "form")
    with tempfile.TemporaryDirectory(prefix="gcrm-bench-") as folder:
        build = [node, "--input-type=module", "-e", _BUILD, "--", json.dumps(BUNDLES), folder]
        subprocess.run(build, cwd=UI, check=True, capture_output=True)  # noqa: S603  our own
        found = {path.stem: path for path in Path(folder).iterdir() if path.suffix != ".css"}
        sizes = {name: _packed(found[name]) for name in BUNDLES}
        run = [node, str(found["rules"]), json.dumps(document)]
        done = subprocess.run(run, check=True, capture_output=True, text=True)  # noqa: S603
    times = json.loads(done.stdout)
    figures = {
        **{f"browser_{name}_kb_gz": round(size / 1024, 2) for name, size in sizes.items()},
        "browser_condition_us": round(times["judge"], 3),
        "browser_value_us": round(times["value"], 3),
        "browser_hand_us": round(times["hand"], 3),
        "browser_same_answers": times["same"],
        "node": times["node"],
    }
    ratios = {
        "browser_judge_to_hand": round(times["judge"] / times["hand"], 2),
        "browser_value_to_hand": round(times["value"] / times["hand"], 2),
    }
    return figures, ratios


def _packed(bundle: Path) -> int:
    return len(gzip.compress(bundle.read_bytes(), 9))
