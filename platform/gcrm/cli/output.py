"""How commands answer: one JSON document or plain lines, and three exit statuses."""

import argparse
import json
import os
import sys
from typing import Any, NoReturn

DONE = 0
PROBLEMS = 1
USAGE = 2

Commands = Any  # argparse's own type of sub-parsers is private


class Stop(Exception):  # noqa: N818  an end, not always an error
    """End the command with a sentence."""

    def __init__(self, message: str, status: int = USAGE) -> None:
        """Keep the exit status beside the sentence."""
        super().__init__(message)
        self.status = status


class Parser(argparse.ArgumentParser):
    """Reads the words of a command; what is wrong with them is one line."""

    def error(self, message: str) -> NoReturn:
        """End with what is wrong and where to read what there is."""
        self.exit(USAGE, f"gcrm: {message}; `{self.prog} --help` tells what there is.\n")


def language() -> str:
    """Say in which language people read here, by what the shell is set to."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    chosen = next((os.environ[name] for name in names if os.environ.get(name)), "")
    return "zh_CN" if chosen.startswith("zh") else "en"


def add(
    commands: Commands, name: str, sentence: str, *, as_json: bool = False
) -> argparse.ArgumentParser:
    """Add a command with its help sentence, and `--json` where it can answer so."""
    parser: argparse.ArgumentParser = commands.add_parser(name, help=sentence, description=sentence)
    if as_json:
        parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser


def show(document: dict[str, Any], lines: list[str], *, as_json: bool) -> None:
    """Print the document, or the lines for people."""
    if as_json:
        json.dump(document, sys.stdout, ensure_ascii=False, indent=2)
        sys.stdout.write("\n")
    else:
        for line in lines:
            print(line)
