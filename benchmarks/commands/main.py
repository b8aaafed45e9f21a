"""`python -m benchmarks COMMAND`: one function a command, heavy imports inside them.

Exit status: 0 fine, 1 a regression or finding, 2 the call is wrong or the runs cannot be used.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.commands import data, params, profile_step, report, schema, speed, tune
from benchmarks.experiment import floors
from benchmarks.paths import BASELINES
from benchmarks.report.writers import trackers
from benchmarks.results import characteristics
from benchmarks.results.parsing import RunRefused
from benchmarks.results.run import Run, load, resolve, storage_option

Parser = argparse.ArgumentParser
REF = "a saved run's file, or its number as pytest-benchmark numbers it (0001)"


def compare_options(parser: Parser) -> None:
    """Judge NEW against BASE, or find the steps in a folder of saved runs."""
    parser.add_argument("base", nargs="?", metavar="BASE", help=f"{REF}, or 'pinned'")
    parser.add_argument("new", nargs="?", metavar="NEW", help=REF)
    parser.add_argument(
        "--max-drop",
        type=float,
        default=0.5,
        metavar="PP",
        help="smallest drop that counts, points (%(default)s)",
    )
    parser.add_argument(
        "--alpha", type=float, default=0.05, metavar="A", help="family-wise error rate (%(default)s)"
    )
    parser.add_argument("--strict", action="store_true", help="cells that are underpowered or new fail too")
    parser.add_argument("--allow-partial", action="store_true", help="take an interrupted run as baseline")
    parser.add_argument("--json", type=Path, metavar="F", help="write the judgement for machines")
    parser.add_argument(
        "--markdown", type=Path, metavar="F", help="write it as Markdown; appends to $GITHUB_STEP_SUMMARY"
    )
    parser.add_argument(
        "--history", type=Path, metavar="DIR", help="find steps over all runs saved under DIR instead"
    )
    storage_option(parser)


def compare(args: argparse.Namespace) -> int:
    """Print the judgement; its status is the exit status."""
    if args.history is not None:
        return _history(args)
    if args.base is None or args.new is None:
        raise RunRefused("compare takes two runs, BASE and NEW, or --history DIR")
    from benchmarks.comparison import gate
    from benchmarks.report.views import gate as gate_view
    from benchmarks.results import baselines

    settings = gate.Settings(args.max_drop, args.alpha, args.strict, args.allow_partial)
    new = _run(args.new, args.storage)
    report = gate.judge(baselines.baseline_for(args.base, new, args.storage), new, settings)
    print(gate_view.text(report))
    if args.json is not None:
        args.json.write_text(gate_view.as_json(report), encoding="utf-8")
    if args.markdown is not None:
        gate_view.write_markdown(report, args.markdown)
    return report.status


def _history(args: argparse.Namespace) -> int:
    if args.base is not None or args.new is not None or args.markdown is not None:
        raise RunRefused("--history takes a folder alone: no BASE, NEW or --markdown")
    from benchmarks.comparison import change_points

    trend = change_points.scan(args.history, max_drop=args.max_drop)
    print(change_points.text(trend))
    if args.json is not None:
        args.json.write_text(change_points.as_json(trend), encoding="utf-8")
    return trend.status


def pin_options(parser: Parser) -> None:
    """Make RUN the pinned baseline of its protocol and data source."""
    parser.add_argument("run", metavar="RUN", help=REF)
    parser.add_argument("--allow-failed", action="store_true", help="although floors failed")
    parser.add_argument(
        "--allow-partial",
        action="store_true",
        help="although not the whole grid ran; other pinned cells stay",
    )
    parser.add_argument("--synthetic", action="store_true", help="although its data are stand-ins")
    parser.add_argument("--into", type=Path, metavar="DIR", help="another folder than benchmarks/baselines")
    storage_option(parser)


def pin(args: argparse.Namespace) -> int:
    """Write the pinned files and say which; review and commit them."""
    from benchmarks.results import baselines

    written = baselines.pin(
        _run(args.run, args.storage),
        args.into or BASELINES,
        allow_failed=args.allow_failed,
        allow_partial=args.allow_partial,
        synthetic=args.synthetic,
    )
    for path in written:
        print(f"pinned {path}; review the diff and commit it")
    return 0


def merge_options(parser: Parser) -> None:
    """Make one run of the shards of a grid."""
    parser.add_argument("runs", nargs="+", metavar="RUN", help=REF)
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="F", help="the file to write")
    parser.add_argument(
        "--allow-partial",
        action="store_true",
        help="although cells are missing; the run is marked as partial",
    )
    storage_option(parser)


def merge(args: argparse.Namespace) -> int:
    """Write the merged run and say what is in it."""
    from benchmarks.results import merge

    runs = [resolve(reference, args.storage) for reference in args.runs]
    run = merge.merge(runs, allow_partial=args.allow_partial)
    merge.write(run, args.output)
    kind = "a part of the grid" if run["suite"]["partial"] else "the whole grid that was asked for"
    print(f"{args.output}: {len(run['benchmarks'])} cells of {len(runs)} runs, {kind}")
    return 0


# A command is its options, whose docstring is its help, and what it does.
COMMANDS: dict[str, tuple[Callable[[Parser], None], Callable[[argparse.Namespace], int]]] = {
    "compare": (compare_options, compare),
    "pin": (pin_options, pin),
    "floors": (floors.options, floors.run),
    "merge": (merge_options, merge),
    "data": (data.options, data.run),
    "params": (params.options, params.run),
    "track": (trackers.options, trackers.run),
    "characteristics": (characteristics.options, characteristics.run),
    "report": (report.add_arguments, report.run),
    "speed": (speed.options, speed.run),
    "profile": (profile_step.options, profile_step.run),
    "tune": (tune.options, tune.run),
    "schema": (schema.add_arguments, schema.run),
    "results": (report.results_arguments, report.write_results),
}


def main(argv: list[str] | None = None) -> int:
    """Run one command and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Look after data, runs and baselines."
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, (options, _) in COMMANDS.items():
        options(commands.add_parser(name, help=options.__doc__, description=options.__doc__))
    args = parser.parse_args(argv)
    try:
        return COMMANDS[args.command][1](args)
    except (RunRefused, ValueError, OSError) as error:
        print(f"{parser.prog} {args.command}: {error}", file=sys.stderr)
        return 2


def _run(reference: str, storage: Path) -> Run:
    return load(resolve(reference, storage))
