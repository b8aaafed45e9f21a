"""`python -m benchmarks pin`, `floors`, `merge` and `track`: what is made of saved runs."""

import argparse
import statistics
from pathlib import Path

from benchmarks.commands import output_files
from benchmarks.commands.run_options import RUN_HELP, storage_option
from benchmarks.paths import BASELINES
from benchmarks.results.parsing import RunRefused
from benchmarks.results.references import resolve


def add_pin_arguments(parser: argparse.ArgumentParser) -> None:
    """Make RUN the pinned baseline of its protocol and data source."""
    parser.add_argument("run", metavar="RUN", help=RUN_HELP)
    parser.add_argument("--allow-failed", action="store_true", help="pin even if floors failed")
    parser.add_argument(
        "--allow-partial",
        action="store_true",
        help="pin even if only part of the grid ran; other pinned cells stay",
    )
    parser.add_argument("--synthetic", action="store_true", help="pin even if its data are synthetic")
    parser.add_argument(
        "--into", type=Path, metavar="DIR", help="the folder to pin into (default: benchmarks/baselines)"
    )
    parser.add_argument(
        "--new-seeds", type=int, default=5, metavar="N",
        help="how many seeds later runs will have: each cell is pinned with the drop that so many can show (default: %(default)s)",
    )  # fmt: skip
    storage_option(parser)


def pin(args: argparse.Namespace) -> int:
    """Write the pinned files and say which; review and commit them."""
    from benchmarks.comparison.resolution import with_resolutions
    from benchmarks.report.format import some
    from benchmarks.results import baselines
    from benchmarks.results.run import load_run

    folder = args.into or BASELINES
    run = with_resolutions(load_run(resolve(args.run, args.storage)), args.new_seeds)
    before = baselines.pinned_seeds(run, folder)
    written = baselines.pin(
        run,
        folder,
        allow_failed=args.allow_failed,
        allow_partial=args.allow_partial,
        synthetic=args.synthetic,
    )
    after = baselines.pinned_seeds(run, folder)
    for path in written:
        was, now = before[path], after[path]
        print(f"pinned {path}; {'review the diff and ' if was else ''}commit it")
        if fewer := [
            f"{cell} ({n} instead of {was[cell]})" for cell, n in now.items() if n < was.get(cell, 0)
        ]:
            print(
                f"  fewer seeds than before: {some(fewer)}; `merge` the file as it was with this run to keep all"
            )
        if gone := [cell for cell in was if cell not in now]:
            print(f"  not pinned any more: {some(gone)}")
    return 0


def add_floors_arguments(parser: argparse.ArgumentParser) -> None:
    """Compute the floors that follow from the seeds of a saved run."""
    parser.add_argument("run", metavar="RUN", help=RUN_HELP)
    storage_option(parser)


def floors(args: argparse.Namespace) -> int:
    """Print one line per cell: its floor, and what it follows from."""
    from benchmarks.experiment.floors import floor_of
    from benchmarks.results.baselines import refuse_explored
    from benchmarks.results.run import load_run

    run = load_run(resolve(args.run, args.storage))
    refuse_explored(run)
    for name, cell in run.cells.items():
        living = cell.living_accuracies
        facts = [f"mean {statistics.fmean(living):.3f}"] if living else []
        facts += [f"sd {statistics.stdev(living):.3f}"] if len(living) > 1 else []
        facts += [f"n {len(living)}"] if living else []
        facts += [f"{cell.diverged_seeds} of {len(cell.seeds)} seeds died"] if cell.diverged_seeds else []
        floor = floor_of(living, cell.classes)
        print(f"{name:<26} {'none' if floor is None else f'{floor:.2f}'}   {', '.join(facts)}")
    return 0


def add_merge_arguments(parser: argparse.ArgumentParser) -> None:
    """Combine shards of a grid, or more seeds of the same cells, into one run."""
    parser.add_argument("runs", nargs="+", metavar="RUN", help=RUN_HELP)
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="F", help="the file to write")
    parser.add_argument(
        "--allow-partial",
        action="store_true",
        help="merge even if cells are missing; the run is marked as partial",
    )
    storage_option(parser)


def merge(args: argparse.Namespace) -> int:
    """Write the merged run and say what is in it."""
    from benchmarks.report.format import count
    from benchmarks.results import merge

    runs = [resolve(reference, args.storage) for reference in args.runs]
    run = merge.merge(runs, allow_partial=args.allow_partial)
    merge.write(run, args.output)
    kind = "a part of the grid" if run["suite"]["partial"] else "the whole grid that was asked for"
    print(f"{args.output}: {count(len(run['benchmarks']), 'cell')} of {count(len(runs), 'run')}, {kind}")
    return 0


def add_track_arguments(parser: argparse.ArgumentParser) -> None:
    """Write RUN's accuracies in the forms that other trackers read."""
    parser.add_argument("run", metavar="RUN", help=RUN_HELP)
    parser.add_argument(
        "--github", type=Path, metavar="F", help="for github-action-benchmark, tool customBiggerIsBetter"
    )
    parser.add_argument("--bencher", type=Path, metavar="F", help="for Bencher, adapter json")
    storage_option(parser)


def track(args: argparse.Namespace) -> int:
    """Write the files that were asked for.

    Raises:
        RunRefused: None was asked for, or a file would be overwritten.
    """
    from benchmarks.report.format import count
    from benchmarks.report.writers import trackers
    from benchmarks.results.run import load_run

    wanted = [(args.github, trackers.github), (args.bencher, trackers.bencher)]
    if not (args.github or args.bencher):
        raise RunRefused("nothing to write: expected --github F, --bencher F or both")
    output_files.refuse_overwriting(args, "github", "bencher")
    run = load_run(resolve(args.run, args.storage))
    for path, form in wanted:
        if path:
            trackers.write(run, path, form)
            print(f"{path}: {count(len(run.cells), 'cell')}")
    return 0
