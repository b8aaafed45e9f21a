"""How commands are told which saved runs: what help says of their names, and where numbers are looked up."""

import argparse
from pathlib import Path

from benchmarks.results.references import STORAGE

RUN_HELP = "a saved run: its file, or the number that pytest-benchmark gave it (0001)"
"""What an option's help says of a run's name."""


def storage_option(parser: argparse.ArgumentParser) -> None:
    """Declare where `resolve` looks."""
    text = "where to look up run numbers (default: %(default)s)"
    parser.add_argument("--storage", type=Path, default=STORAGE, metavar="DIR", help=text)
