"""`python -m benchmarks data`: which real files are there, from where, and whether they are whole."""

from __future__ import annotations

import argparse
import os
from pathlib import Path


def options(parser: argparse.ArgumentParser) -> None:
    """List the real data files on disk; fetch those that are missing; verify their checksums."""
    parser.add_argument("--fetch", action="store_true", help="download the official files that are missing")
    parser.add_argument(
        "--everything", action="store_true", help="with --fetch: also SVHN's extra set (1.3 GB)"
    )
    parser.add_argument("--verify", action="store_true", help="compare checksums with the official ones")
    parser.add_argument("--dataset", metavar="D,E", help="only these data sets")
    parser.add_argument(
        "--data-dir",
        type=Path,
        default=os.environ.get("BENCH_DATA_DIR"),
        metavar="DIR",
        help="where files are looked for first, and kept (default: $BENCH_DATA_DIR, else Keras's cache)",
    )


def source_options(parser: argparse.ArgumentParser) -> None:
    """Say which images a command takes, where it reads some itself."""
    parser.add_argument("--data", choices=("real", "synthetic"), default="real", help="default: %(default)s")
    parser.add_argument(
        "--data-dir", type=Path, default=os.environ.get("BENCH_DATA_DIR"), metavar="DIR",
        help="where files are looked for first (default: $BENCH_DATA_DIR, else Keras's cache)",
    )  # fmt: skip
    parser.add_argument(
        "--accept-copies", action="store_true", help="take files whose checksum is not the official one"
    )


def run(args: argparse.Namespace) -> int:
    """Print the inventory; status 1 where a needed file is missing, could not be fetched or is not the official one."""
    import datasets

    wanted = args.dataset.split(",") if args.dataset else list(datasets.names())
    for name in wanted:
        datasets.spec(name)  # refuses unknown names before anything is fetched
    directory = Path(args.data_dir) if args.data_dir else None
    status = 0
    for name in wanted if args.fetch else []:
        try:
            datasets.fetch(name, data_dir=directory, everything=args.everything)
        except datasets.DataError as error:
            print(f"{name}: {error}")
            status = 1
    for name in wanted:
        print(f"{name}: {datasets.spec(name).title}")
        for file in datasets.file_status(name, data_dir=directory, verify=args.verify):
            size = file.official_size if file.size is None else file.size
            state = f"{file.state} (optional)" if file.optional else file.state
            print(f"  {file.file:<26} {size / 1e6:8.1f} MB  {state:<10}  {file.path or ''}".rstrip())
            if not file.optional and file.state in ("missing", "copy"):
                status = 1
    if not args.verify:
        print("'found' means there, not checked; --verify compares checksums")
    return status
