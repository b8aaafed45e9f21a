"""Which images, as options of the commands that read some: `data`, `characteristics`, `report`, `tune`."""

import argparse
import os
from pathlib import Path


def add_dataset_argument(parser: argparse.ArgumentParser) -> None:
    """Add the option that chooses data sets."""
    parser.add_argument(
        "--dataset", metavar="D,E", help="only these data sets; 'all' includes those outside the default grid"
    )


def add_data_dir_argument(parser: argparse.ArgumentParser, text: str) -> None:
    """Add the option that says where real images are, with this help."""
    default = os.environ.get("BENCH_DATA_DIR") or None  # empty: as if unset
    parser.add_argument("--data-dir", type=Path, default=default, metavar="DIR", help=text)


def add_own_data_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that name data sets of the user's own images."""
    parser.add_argument(
        "--own-data",
        action="append",
        default=[],
        metavar="NAME=DIR",
        help="also this data set of your own images: DIR/train/CLASS/*, DIR/test/CLASS/*, or a .npz; repeatable",
    )
    parser.add_argument(
        "--skip-bad-images", action="store_true", help="with --own-data: leave out files that cannot be used"
    )


def add_source_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose images, for commands that read some."""
    parser.add_argument(
        "--data", choices=("real", "synthetic"), default="real", help="which images (default: %(default)s)"
    )
    add_data_dir_argument(
        parser, "where to look for files first (default: $BENCH_DATA_DIR, else Keras's cache)"
    )
    parser.add_argument(
        "--accept-copies", action="store_true", help="accept files whose checksum is not official"
    )
