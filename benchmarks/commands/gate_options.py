"""What counts as a regression, as options of the commands that judge: `compare`, and `report --baseline`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.comparison.verdict import GateSettings
    from benchmarks.results.run import Run


def add_arguments(parser: argparse.ArgumentParser, title: str) -> None:
    """Add them as a group with this title."""
    group = parser.add_argument_group(title)
    group.add_argument(
        "--max-drop",
        type=float,
        metavar="PP",
        help="smallest drop that counts, in points (the protocol's)",
    )
    group.add_argument(
        "--alpha", type=float, default=0.05, metavar="A", help="family-wise error rate (%(default)s)"
    )
    group.add_argument("--strict", action="store_true", help="cells that are new or improved fail too")
    group.add_argument(
        "--allow-missing", metavar="CELLS",
        help="cells of the baseline that the new run may lack, such as lenet-svhn,vgg-svhn; 'unselected': all that were"
        " not requested",
    )  # fmt: skip
    group.add_argument(
        "--across-backends", action="store_true",
        help="judge what another backend of Keras changes: compare TensorFlow's cells with JAX's",
    )  # fmt: skip
    group.add_argument(
        "--looks", type=int, default=1, metavar="N", help="2 if --confirm may follow (%(default)s)"
    )


def settings_of(args: argparse.Namespace, new: Run, *, allow_partial: bool) -> GateSettings:
    """Return what was asked for."""
    from benchmarks.comparison.verdict import GateSettings

    missing = args.allow_missing.split(",") if args.allow_missing else ()
    return GateSettings.for_run(
        new,
        args.max_drop,
        alpha=args.alpha,
        strict=args.strict,
        allow_partial=allow_partial,
        looks=args.looks,
        allow_missing=tuple(name.strip() for name in missing),
        across_backends=args.across_backends,
    )


def backend_of_baseline(args: argparse.Namespace) -> str | None:
    """Return the backend whose pinned runs are the baseline; None: the new run's own."""
    return "tensorflow" if args.across_backends else None
