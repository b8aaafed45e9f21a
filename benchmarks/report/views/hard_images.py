"""The test images that most models get wrong: their places always, their pictures where the data are at hand."""

import base64
import io
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

import datasets
from benchmarks.comparison.test_images import by_test_images
from benchmarks.report.grid import DataColumn, Grid
from benchmarks.report.table import Column, Entry, Section, Table, row
from benchmarks.results.arrays import bits

SHOWN = 24
_MAX_GENERATED = 5000
"""Synthetic data sets larger than this are not generated for a report."""


@dataclass(frozen=True)
class Share:
    """The part of a data set that a cell used, with what identifies it; from `train_images` follows which one to load."""

    dataset: str
    source: Literal["real", "synthetic"]
    train_images: int | None
    test_images: int
    fingerprint: str


@dataclass(frozen=True)
class Hard:
    """Images of one share that more than half of `models` got wrong, the worst first; one model per cell and seed."""

    title: str
    share: Share
    models: int
    wrong: NDArray[np.int64]
    """How many models got an image wrong, by image."""
    worst: Sequence[int]


def sections(grid: Grid, data_dir: Path | None = None) -> list[Section]:
    """One section for each share of a data set, with a table of the images that most models get wrong."""
    found = (hard for column in grid.columns for hard in find(column))
    return [_section(f"hard-{i}", hard, data_dir) for i, hard in enumerate(found)]


def find(column: DataColumn) -> Iterator[Hard]:
    """Count wrong answers over the cells that were tested on the very same images."""
    for alike in by_test_images(cell for cell in column.cells if cell.correct):
        # Any of their shares has the images; the smallest is the quickest to load.
        least = min(alike, key=lambda cell: cell.train_images or sys.maxsize)
        share = Share(
            least.dataset, least.data_source, least.train_images, least.test_images, least.data_fingerprint
        )
        answers = np.array([bits(cell, at) for cell in alike for at in range(len(cell.seeds))])
        wrong = len(answers) - answers.sum(axis=0)
        order = np.argsort(-wrong, kind="stable")
        yield Hard(column.name, share, len(answers), wrong, order[2 * wrong[order] > len(answers)].tolist())


def pictures(
    share: Share, indices: Sequence[int], data_dir: Path | None
) -> tuple[list[tuple[str, str]], str]:
    """Load test images; nothing is downloaded.

    Returns:
        (true class, picture as a `data:` URI) of each, or none of them and the reason why.

    """
    if share.train_images is None:
        return [], "No pictures: the run does not say how many training images it took."
    if share.source == "synthetic" and share.train_images + share.test_images > _MAX_GENERATED:
        reason = f"synthetic data of more than {_MAX_GENERATED:,} images are not generated again for a report"
        return [], f"No pictures: {reason}."
    try:
        data = datasets.load(
            share.dataset, share.source, data_dir=data_dir, accept_copies=True, download=False,
            train=share.train_images, test=share.test_images,
        )  # fmt: skip
    except (datasets.DataError, ValueError, OSError) as error:
        reason = str(error).splitlines()[0].split(". ")[0].rstrip(".")
        return [], f"No pictures: {reason}. --data-dir names the folder of the real files."
    if data.fingerprint != share.fingerprint:
        return [], (
            f"No pictures: the images here differ from the run's (fingerprint {data.fingerprint}, "
            f"the run's {share.fingerprint})."
        )
    return [(data.class_names[data.y_test[i]], _uri(data.x_test[i])) for i in indices], ""


def _section(key: str, hard: Hard, data_dir: Path | None) -> Section:
    shown, count, never = hard.worst[:SHOWN], len(hard.worst), int((hard.wrong == hard.models).sum())
    found, note = pictures(hard.share, shown, data_dir) if shown else ([], "")
    rest = f"; these are the worst {len(shown)}" if count > len(shown) else ""
    said = (
        f"{count:,} {'image is' if count == 1 else 'images are'} wrong in more than half of {hard.models} models, "
        f"{never:,} in all of them{rest}."
    )
    columns = (Column("image", format="d"), Column("true class"), Column("models that are wrong", format=","))
    rows = []
    for at, index in enumerate(shown):
        true, picture = found[at] if found else (None, "")
        wrong = int(hard.wrong[index])
        rows.append(
            row(Entry(index, picture=picture), true, Entry(wrong, text=f"{wrong} of {hard.models} wrong"))
        )
    table = Table(key, hard.title, columns, rows, [note] if note else [])
    return Section(hard.title, [said], [table] if rows else [], dataset=hard.share.dataset)


def _uri(pixels: NDArray[np.uint8]) -> str:
    """One image, (H, W, C), as PNG."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).save(buffer, "png")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
