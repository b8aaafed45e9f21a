"""`python -m benchmarks simulate`: the tables of docs/regression-gate.md, from made-up grids whose truth is known, and that of
docs/scaling.md, from a model of many nodes.
"""

import argparse
from collections.abc import Iterator

Table = tuple[str, int, Iterator[str]]
"""Title, made-up comparisons per figure (0: none are made up), lines."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Judge made-up grids, and print how often the gate raises false alarms and finds true drops."""
    parser.add_argument(
        "--grids", type=int, default=1000, metavar="N", help="made-up comparisons per figure (%(default)s)"
    )
    parser.add_argument(
        "--all-pairs",
        action="store_true",
        help="instead: false alarms of all 36 pairs of 1, 2, 3, 5, 10 and 20 seeds",
    )
    parser.add_argument(
        "--nodes",
        action="store_true",
        help="instead: the tuned grid on 10, 100 and 1,000 nodes (docs/scaling.md)",
    )
    parser.add_argument("--quick", action="store_true", help="a few tables of a few grids, in seconds")


def run(args: argparse.Namespace) -> int:
    """Print the tables as Markdown, row by row as they are ready."""
    if args.grids < 1:
        raise ValueError(f"--grids {args.grids}: expected at least 1")
    if args.nodes:
        return _print([("The tuned grid on many nodes", 0, _nodes())])
    if args.all_pairs:
        return _print(_all_pairs(args.grids))
    return _print(_quick() if args.quick else _all(args.grids))


def _print(tables: list[Table]) -> int:
    for title, grids, table in tables:
        said = f" (n = {grids}, standard error of 0.05: {(0.05 * 0.95 / grids) ** 0.5:.4f})" if grids else ""
        print(f"\n**{title}**{said}\n")
        for line in table:
            print(line, flush=True)
    return 0


def _nodes() -> Iterator[str]:
    from benchmarks.execution import cluster_model

    return cluster_model.table()


def _quick() -> list[Table]:
    from benchmarks.comparison import simulation
    from benchmarks.comparison.worlds import Scenario

    grids, pairs = 20, ((5, 1), (5, 3), (5, 5))
    return [
        ("False alarms", grids, simulation.false_alarms(grids, pairs, list(simulation.EQUAL)[:4])),
        ("True drops found", grids, simulation.found(grids, pairs, Scenario(1, 1))),
        ("Seeds per side that find a drop in 80% of cases", 0, simulation.seeds_needed()),
    ]


def _all_pairs(grids: int) -> list[Table]:
    from benchmarks.comparison import simulation

    return [("False alarms of all pairs", grids, simulation.false_alarms_of_all_pairs(grids))]


def _all(grids: int) -> list[Table]:
    from benchmarks.comparison import simulation
    from benchmarks.comparison.simulation import EQUAL, SHOWN
    from benchmarks.comparison.worlds import Scenario

    fewer = max(
        grids // 2, 1
    )  # how often a drop is found is far from certain either way: a coarser figure will do
    return [
        ("Seeds per side that find a drop in 80% of cases", 0, simulation.seeds_needed()),
        ("Seeds that share their start", grids, simulation.pairing(grids)),
        ("Pinned runs against themselves", 10 * grids, simulation.of_pinned_runs(10 * grids)),
        ("False alarms: equal distributions", grids, simulation.false_alarms(grids, SHOWN, list(EQUAL))),
        ("Suspects: equal distributions", grids, simulation.suspects(grids, SHOWN[:7], list(EQUAL))),
        *(
            ("True drops found", fewer, simulation.found(fewer, SHOWN[5:7] + SHOWN[8:], scenario))
            for scenario in (Scenario(1, 1), Scenario(1, 1, noise="t3"), Scenario(1, 1, "wide"))
        ),
        ("Collapses found or suspect", fewer, simulation.collapses(fewer, SHOWN[:7])),
        ("Spread doubled", grids, simulation.erratic(grids, ((5, 5), (10, 5), (10, 3), (20, 3)))),
    ]
