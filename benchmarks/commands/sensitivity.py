"""`python -m benchmarks sensitivity`: what it costs to see a drop of a given size, the table of docs/regression-gate.md."""

import argparse

from benchmarks.commands.run_options import storage_option
from benchmarks.results.references import resolve


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Print how many seeds and minutes on each side it takes to see a drop in every cell."""
    parser.add_argument("run", metavar="RUN", help="a saved or pinned run with two seeds or more per cell")
    parser.add_argument(
        "--rounded",
        metavar="RUN",
        help="the same seeds, different from RUN by rounding alone (threads, machine)",
    )
    parser.add_argument(
        "--drop",
        type=float,
        default=1.0,
        metavar="PP",
        help="the drop to see, in percentage points (default: %(default)g)",
    )
    storage_option(parser)


def run(args: argparse.Namespace) -> int:
    """Print one row per cell, and the sums."""
    from benchmarks.report.views import sensitivity
    from benchmarks.report.writers import markdown
    from benchmarks.results.run import load_run

    if not 0 < args.drop <= 100:
        raise ValueError(f"--drop {args.drop:g}: expected above 0, at most 100 points")
    base = load_run(resolve(args.run, args.storage))
    rounded = load_run(resolve(args.rounded, args.storage)) if args.rounded else None
    print(markdown.render_tables([sensitivity.table(base, rounded, args.drop)]), end="")
    return 0
