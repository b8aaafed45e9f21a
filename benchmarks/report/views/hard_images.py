"""The test images that most models get wrong: their places always, their pictures where the data are at hand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.comparison.select_test import bits
from benchmarks.report.readings import Reading, columns, label, of
from benchmarks.report.views import pictures

SHOWN = 24


@dataclass(frozen=True)
class HardImage:
    """One test image: its place among the cell's test images, and how many models took it for something else."""

    index: int
    wrong: int
    true: str = ""
    picture: str = ""  # a data: URI


@dataclass(frozen=True)
class Hard:
    """The hard images of one data set; `models` is one a seed and cell, `note` says why there are no pictures."""

    title: str
    dataset: str
    models: int
    count: int  # wrong in more than half of the models
    never: int  # right in no model
    images: tuple[HardImage, ...]
    note: str = ""


def find(readings: Sequence[Reading], data_dir: Path | None = None) -> list[Hard]:
    """List by data set the images that more than half of the models get wrong, the worst first."""
    return [
        _with_pictures(hard, share, data_dir)
        for column in columns(readings)
        for hard, share in _count(column, of(readings, column))
    ]


def _count(column: tuple[str, str], cells: Sequence[Reading]) -> Iterator[tuple[Hard, pictures.Share]]:
    """Count wrong answers over the cells that were tested on the very same images."""
    shares: dict[pictures.Share, list[Reading]] = {}
    for r in cells:
        if r.cell.correct:
            share = pictures.Share(
                r.cell.dataset,
                r.cell.data_source,
                r.cell.train_images,
                r.cell.test_images,
                r.cell.data_fingerprint,
            )
            shares.setdefault(share, []).append(r)
    for share, alike in shares.items():
        answers = [bits(r.cell, at) for r in alike for at in range(len(r.cell.seeds))]
        wrong = len(answers) - np.array(answers).sum(axis=0)
        order = np.argsort(-wrong, kind="stable")
        most = order[2 * wrong[order] > len(answers)]
        images = tuple(HardImage(int(i), int(wrong[i])) for i in most[:SHOWN])
        never = int((wrong == len(answers)).sum())
        yield Hard(label(column), column[0], len(answers), len(most), never, images), share


def _with_pictures(hard: Hard, share: pictures.Share, data_dir: Path | None) -> Hard:
    if not hard.images:
        return hard
    found, note = pictures.load(share, [image.index for image in hard.images], data_dir)
    if not found:
        return replace(hard, note=note)
    images = tuple(
        replace(image, true=true, picture=picture)
        for image, (true, picture) in zip(hard.images, found, strict=True)
    )
    return replace(hard, images=images)
