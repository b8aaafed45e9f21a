"""`python -m benchmarks data` and `characteristics`: which real files exist, and the properties of the images."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.commands import image_options
from benchmarks.experiment import names
from benchmarks.experiment.settings import read_own_images
from benchmarks.paths import CHARACTERISTICS

if TYPE_CHECKING:
    from benchmarks.results.characteristics import Characteristics
    from datasets import Dataset, FileStatus, LoadedImages

MEASURED_IMAGES = (20_000, 10_000)
"""How many training and test images of a synthetic data set are generated to measure it; where it has fewer, all."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """List the real data files on disk; download those that are missing; verify their checksums."""
    parser.add_argument("--fetch", action="store_true", help="download the official files that are missing")
    parser.add_argument(
        "--everything",
        action="store_true",
        help="with --fetch: also the optional files: SVHN's extra set (1.3 GB), CIFAR-10.1 (6 MB)",
    )
    parser.add_argument("--verify", action="store_true", help="compare checksums with the official ones")
    image_options.add_dataset_argument(parser)
    image_options.add_own_data_arguments(parser)
    image_options.add_data_dir_argument(
        parser,
        "where to look for files first, and to keep downloads (default: $BENCH_DATA_DIR, else Keras's cache)",
    )


def run(args: argparse.Namespace) -> int:
    """Print each file's status; 1 where a needed file is missing, could not be read or downloaded, or is not official."""
    import datasets

    if args.everything and not args.fetch:
        raise ValueError(
            "--everything needs --fetch, as it only says what to download; add --fetch, or leave --everything out"
        )
    found = read_own_images(args.own_data, skip_bad=args.skip_bad_images)
    own = {each.name: images for each, images in found.items()}
    wanted = names.chosen("--dataset", args.dataset, datasets.names(), datasets.default_names())
    status = 0
    states: list[str] = []
    for name in wanted if args.fetch else []:
        if name in own:
            continue
        try:
            datasets.fetch(name, data_dir=args.data_dir, everything=args.everything)
        except datasets.DataError as error:
            print(f"{name}: {error}")
            status = 1
    for name in wanted:
        if name in own:
            _print_own(own[name])
            continue
        print(f"{name}: {datasets.spec(name).title}")
        try:
            files = datasets.file_status(name, data_dir=args.data_dir, verify=args.verify)
        except datasets.DataError as error:
            print(f"  {error}")
            status = 1
            continue
        if not files:
            print("  no files: its images are generated")
        for file in files:
            _print_file(file)
        states += [file.state for file in files if not (file.optional and file.state == "missing")]
        if any(file.state in ("missing", "copy") for file in files if not file.optional):
            status = 1
    if "found" in states:
        print("'found' means that the file is there but was not checked; --verify compares checksums")
    if "missing" in states and not args.fetch:
        print(
            "--fetch downloads what is missing; a run of the grid tries to as well, and trains on synthetic images where it cannot"
        )
    return status


def _print_file(file: FileStatus) -> None:
    size = file.official_size if file.size is None else file.size
    amount = f"{size / 1e6:8.1f} MB" if size >= 100_000 else f"{size / 1e3:8.1f} kB"
    state = f"{file.state} (optional)" if file.optional else file.state
    print(f"  {file.file:<26} {amount}  {state:<10}  {file.path or ''}".rstrip())


def _print_own(own: LoadedImages) -> None:
    from benchmarks.report.format import printable  # a downloaded folder may hold any names

    spec = own.spec
    print(printable(f"{spec.name}: {own.origin}"))
    print(
        f"  {sum(spec.train_counts):,} images to train, {sum(spec.test_counts):,} to test, fingerprint {own.fingerprint}"
    )
    for place, (name, *counts) in enumerate(
        zip(spec.class_names, spec.train_counts, spec.test_counts, strict=True)
    ):
        print(printable(f"  class {place} {name}: {counts[0]:,} to train, {counts[1]:,} to test"))
    if own.warning:
        print(own.warning)
    for path, why in own.bad.items():
        print(printable(f"  left out {path}: {why}"))


def add_characteristics_arguments(parser: argparse.ArgumentParser) -> None:
    """Measure data sets from their images and keep the figures for the findings of reports."""
    image_options.add_dataset_argument(parser)
    image_options.add_source_arguments(parser)
    parser.add_argument(
        "--note", default="", help="for reports: how copies differ from the originals, such as 'JPEG copies'"
    )
    parser.add_argument(
        "--into",
        type=Path,
        default=CHARACTERISTICS,
        metavar="F",
        help="the file to update (default: %(default)s)",
    )


def characteristics(args: argparse.Namespace) -> int:
    """Measure, write the file, print what was measured."""
    import datasets
    from benchmarks.results.characteristics import PROPERTIES, load, save

    wanted = names.chosen("--dataset", args.dataset, datasets.names(), datasets.default_names())
    kept = load(args.into)
    for name in wanted:
        train = test = None
        if args.data == "synthetic":
            spec = datasets.spec(name)
            available = sum(spec.train_counts), sum(spec.test_counts)
            train, test = map(min, MEASURED_IMAGES, available)
        try:
            data = datasets.load(
                name, args.data, data_dir=args.data_dir,
                accept_copies=args.accept_copies, train=train, test=test, download=False,
            )  # fmt: skip
        except datasets.DataError as error:
            print(f"{name}: {error}")
            return 1
        measured = characteristics_of(
            data, note="" if data.verified or data.source == "synthetic" else args.note
        )
        kept[name, data.source] = measured
        figures = (f"{label} {getattr(measured, key):.6g}" for key, label in PROPERTIES.items())
        try:
            save(args.into, kept.values())
        finally:  # what was measured is not lost with the file
            print(f"{name} ({data.source}): {', '.join(figures)}")
    return 0


def characteristics_of(data: Dataset, note: str = "") -> Characteristics:
    """Measure a data set; synthetic data count as many images as the real data set has."""
    import datasets
    from benchmarks.metrics.image_measures import measure
    from benchmarks.results.characteristics import Characteristics

    measures = measure(data)
    train_images, test_images = len(data.y_train), len(data.y_test)
    if data.source == "synthetic":
        spec = datasets.spec(data.name)
        train_images, test_images = sum(spec.train_counts), sum(spec.test_counts)
    height, width, channels = data.x_train.shape[1:]
    return Characteristics(
        dataset=data.name,
        source=data.source,
        verified=data.verified is not False,
        note=note,
        fingerprints=_fingerprints(data),
        train_images=train_images,
        test_images=test_images,
        height=height,
        width=width,
        channels=channels,
        classes=len(data.class_names),
        **asdict(measures),
    )


def _fingerprints(data: Dataset) -> tuple[str, ...]:
    """Return the fingerprints of all images, and of the subsets that protocols train and test on."""
    from benchmarks.experiment.protocols import PROTOCOLS

    found = {data.fingerprint: None}
    for protocol in PROTOCOLS.values():
        for train in (protocol.train, *protocol.train_of.values()):
            sizes = (train or len(data.y_train), protocol.test or len(data.y_test))
            if data.source == "real" and sizes[0] <= len(data.y_train) and sizes[1] <= len(data.y_test):
                found[data.subset(*sizes).fingerprint] = None
    return tuple(found)
