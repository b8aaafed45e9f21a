"""`python -m benchmarks simulate`: the tables of docs/gate-validation.md, from made-up grids whose truth is known, and that of
docs/scaling.md, from a model of many nodes.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.report.table import SlowTable


_GRIDS = 1000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Judge made-up grids, and print how often the gate raises false alarms and finds true drops."""
    parser.add_argument(
        "--grids",
        type=int,
        metavar="N",
        help=f"made-up comparisons per figure (default: {_GRIDS}); not with --nodes or --quick",
    )
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument(
        "--all-pairs",
        action="store_true",
        help="instead: false alarms of all 36 pairs of 1, 2, 3, 5, 10 and 20 seeds",
    )
    instead.add_argument(
        "--sees",
        action="store_true",
        help="instead: how often a drop that a cell is said to see is found",
    )
    instead.add_argument(
        "--confirm",
        action="store_true",
        help="instead: false alarms and true drops of a second look (compare --confirm)",
    )
    instead.add_argument(
        "--nodes",
        action="store_true",
        help="instead: the tuned grid on 10, 100 and 1,000 nodes (docs/scaling.md)",
    )
    instead.add_argument(
        "--quick", action="store_true", help="instead: a few tables of a few grids, in seconds"
    )


def run(args: argparse.Namespace) -> int:
    """Print the tables as Markdown, row by row as they are ready."""
    if args.grids is not None and (args.nodes or args.quick):
        raise ValueError(f"--grids {args.grids}: --nodes and --quick have numbers of their own; leave it out")
    grids: int = _GRIDS if args.grids is None else args.grids
    if grids < 1:
        raise ValueError(f"--grids {grids}: expected at least 1")
    if args.nodes:
        from benchmarks.report.simulations import many_nodes

        _print(many_nodes.table())
        return 0
    from benchmarks.report.simulations import gate

    if args.all_pairs:
        _print(gate.false_alarms_of_all_pairs(grids), grids)
    elif args.sees:
        _print(gate.sees(grids, gate.SEE), grids, rate=0.8)
    elif args.confirm:
        _print(gate.second_looks(grids, gate.CONFIRMED), grids)
    elif args.quick:
        _quick()
    else:
        _all(grids)
    return 0


def _print(table: SlowTable, grids: int = 0, rate: float = 0.05) -> None:
    """Print a table; with `grids`, how many comparisons each figure is of, also the standard error of a figure of this `rate`."""
    from benchmarks.report.writers import markdown

    precision = (
        f" (n = {grids}, standard error of {rate:g}: {(rate * (1 - rate) / grids) ** 0.5:.4f})"
        if grids
        else ""
    )
    print(f"\n**{table.title}**{precision}\n")
    for line in markdown.lines(table.columns, table.rows):
        print(line, flush=True)


def _quick() -> None:
    from benchmarks.comparison.simulation import EQUAL
    from benchmarks.comparison.worlds import Scenario
    from benchmarks.report.simulations import gate

    grids, pairs = 20, ((5, 1), (5, 3), (5, 5))
    _print(gate.false_alarms(grids, pairs, list(EQUAL)[:4]), grids)
    _print(gate.found(grids, pairs, Scenario(1, 1)), grids)
    _print(gate.seeds_needed())


def _all(grids: int) -> None:
    from benchmarks.comparison.simulation import EQUAL
    from benchmarks.comparison.worlds import Scenario
    from benchmarks.report.simulations import gate
    from benchmarks.report.simulations.gate import SHOWN

    # How often a drop is found is far from certain either way: a coarser figure will do.
    fewer = max(grids // 2, 1)
    _print(gate.seeds_needed())
    _print(gate.pairing(grids), grids)
    _print(gate.of_pinned_runs(10 * grids), 10 * grids)
    _print(gate.false_alarms(grids, SHOWN, list(EQUAL)), grids)
    _print(gate.suspects(grids, SHOWN[:7], list(EQUAL)), grids)
    _print(gate.missed_floors(grids, SHOWN[1:]), grids)
    for scenario in (Scenario(1, 1), Scenario(1, 1, noise="t3"), Scenario(1, 1, "wide")):
        _print(gate.found(fewer, SHOWN[5:7] + SHOWN[8:], scenario), fewer)
    _print(gate.collapses(fewer, SHOWN[:7]), fewer)
    _print(gate.erratic(grids, ((5, 5), (10, 5), (10, 3), (20, 3))), grids)
