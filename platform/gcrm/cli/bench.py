"""`gcrm bench`: ratios side by side in one run."""

import argparse
import json
from pathlib import Path

from gcrm.bench import BENCHES
from gcrm.cli.output import DONE, Commands, add, show


def register(commands: Commands) -> None:
    """Add the command."""
    parser = add(
        commands, "bench", "Measure side by side in one run and report ratios.", as_json=True
    )
    parser.add_argument("name", choices=sorted(BENCHES), help="what to measure")
    parser.add_argument(
        "--output", type=Path, default=Path("bench/results.json"), help="the file of results"
    )
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    result = BENCHES[arguments.name]()
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    results = json.loads(arguments.output.read_text("utf-8")) if arguments.output.exists() else {}
    results[result["name"]] = result
    arguments.output.write_text(json.dumps(results, indent=2) + "\n", "utf-8")
    lines = [
        f"{part}.{key:<44} {value}"
        for part in ("ratios", "figures", "versions")
        for key, value in result[part].items()
    ]
    show(result, lines, as_json=arguments.json)
    return DONE
