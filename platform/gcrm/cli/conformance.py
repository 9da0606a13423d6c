"""`gcrm conformance dmn DIR`: run a folder of DMN TCK test cases."""

import argparse
from pathlib import Path

from gcrm.cli.output import DONE, PROBLEMS, Commands, Stop, add, show
from rule_engine.conformance import run as run_suite


def register(commands: Commands) -> None:
    """Add the commands."""
    parser = add(commands, "conformance", "Measure conformance to a standard.")
    inner = parser.add_subparsers(required=True, metavar="STANDARD")
    dmn = add(inner, "dmn", "Run test cases in the DMN TCK's layout, any depth.", as_json=True)
    dmn.add_argument("folder", type=Path, help="the folder with the test cases")
    dmn.set_defaults(run=_dmn)


def _dmn(arguments: argparse.Namespace) -> int:
    if not arguments.folder.is_dir():
        raise Stop(f"{arguments.folder} is not a folder.")
    report = run_suite(arguments.folder)
    lines = [
        f"{level}: {total['passed']} of {total['cases']}, "
        f"non-null {total['non_null_passed']} of {total['non_null_cases']}"
        for level, total in report["levels"].items()
    ]
    failed = [each for each in report["results"] if not each["passed"]]
    lines += [f"  {each['level']} {each['model']} {each['case']} {each['node']}" for each in failed]
    show(report, lines, as_json=arguments.json)
    return PROBLEMS if failed else DONE
