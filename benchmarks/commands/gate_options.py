"""What counts as a regression, as options of the commands that judge: `compare`, and `report --baseline`."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING

from benchmarks.experiment import names
from benchmarks.results.parsing import RunRefused

if TYPE_CHECKING:
    from benchmarks.comparison.verdict import GateSettings
    from benchmarks.results.run import Run


NAMES = ("--max-drop", "--alpha", "--strict", "--allow-missing", "--across-backends", "--looks")


def add_arguments(parser: argparse.ArgumentParser, title: str) -> None:
    """Add them as a group with this title."""
    group = parser.add_argument_group(title)
    group.add_argument(
        "--max-drop",
        type=float,
        metavar="PP",
        help="smallest drop that counts, in percentage points (default: the protocol's)",
    )
    group.add_argument("--alpha", type=float, metavar="A", help="family-wise error rate (default: 0.05)")
    group.add_argument("--strict", action="store_true", help="cells that are new or improved fail too")
    group.add_argument(
        "--allow-missing", metavar="CELLS",
        help="cells of the baseline that the new run may lack, such as lenet-svhn,vgg-svhn; 'unselected': all that were"
        " not requested",
    )  # fmt: skip
    group.add_argument(
        "--across-backends", action="store_true",
        help="judge a change of backend: compare TensorFlow's cells with JAX's",
    )  # fmt: skip
    group.add_argument(
        "--looks",
        type=int,
        metavar="N",
        help="how many looks are planned: 2 if --confirm may follow (default: 1)",
    )


def refuse(args: argparse.Namespace, options: Iterable[str], why: str) -> None:
    """Refuse what was asked for and would be ignored: a caller would take the exit status for an answer.

    Args:
        args: What was given.
        options: Options, and arguments such as `BASE`, that have no meaning beside the others.
        why: What they need, and what to do.

    Raises:
        RunRefused: One of them was given.
    """
    values = {name: getattr(args, name.lstrip("-").replace("-", "_").lower()) for name in options}
    given = [name for name, value in values.items() if value is not None and value is not False]
    if given:
        raise RunRefused(f"{', '.join(given)}: {why}")


def settings_of(args: argparse.Namespace, base: Run, new: Run, *, allow_partial: bool) -> GateSettings:
    """Return what was asked for.

    Raises:
        ValueError: A number is out of range, or a cell that may be missing is none of the baseline's.
    """
    from benchmarks.comparison.verdict import UNSELECTED, GateSettings

    missing = args.allow_missing
    known = (UNSELECTED, *base.cells)
    given = {"alpha": args.alpha, "looks": args.looks}
    return GateSettings.for_run(
        new,
        args.max_drop,
        strict=args.strict,
        allow_partial=allow_partial,
        allow_missing=names.several("--allow-missing", missing, known) if missing else (),
        across_backends=args.across_backends,
        **{name: value for name, value in given.items() if value is not None},
    )


def backend_of_baseline(args: argparse.Namespace) -> str | None:
    """Return the backend whose pinned runs are the baseline; None: the new run's own."""
    return "tensorflow" if args.across_backends else None
