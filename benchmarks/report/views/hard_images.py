"""The test images that most models get wrong: their places always, their pictures where the data are at hand."""

import base64
import io
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import datasets
from benchmarks.comparison.same_images import by_test_images
from benchmarks.report.format import count, count_all, join_words
from benchmarks.report.grid import DataColumn
from benchmarks.report.page import Gallery, Picture
from benchmarks.report.views.confusion import class_names, counts
from benchmarks.results.arrays import bits
from benchmarks.results.schema import CellResult

SHOWN = 12
_MAX_GENERATED = 5000
"""Synthetic data sets larger than this are not generated for a report."""


@dataclass(frozen=True)
class Hard:
    """Test images that more than half of `models` got wrong, the worst first; one model per cell and seed."""

    title: str
    smallest: CellResult
    """Of `cells`, the one with the fewest training images: its images are the quickest to load."""
    cells: Sequence[CellResult]
    models: int
    wrong: NDArray[np.int64]
    """How many models got an image wrong, by image."""
    worst: Sequence[int]

    @property
    def in_all(self) -> int:
        """How many images no model got right."""
        return int((self.wrong == self.models).sum())


def find(column: DataColumn) -> Iterator[Hard]:
    """Count wrong answers over the cells that were tested on the very same images."""
    for alike in by_test_images(cell for cell in column.cells if cell.correct):
        smallest = min(alike, key=lambda cell: cell.train_images or sys.maxsize)
        answers = np.array([bits(cell, at) for cell in alike for at in range(len(cell.seeds))])
        wrong = len(answers) - answers.sum(axis=0)
        order = np.argsort(-wrong, kind="stable")
        yield Hard(
            column.name, smallest, alike, len(answers), wrong, order[2 * wrong[order] > len(answers)].tolist()
        )


def pictures(
    cell: CellResult, indices: Sequence[int], data_dir: Path | None
) -> tuple[list[tuple[str, str]], str]:
    """Load test images; nothing is downloaded.

    Returns:
        (true class, picture as a `data:` URI) of each, or none of them and the reason why.

    """
    if cell.train_images is None:
        return [], "No pictures: the run does not say how many training images it took."
    if cell.data_source == "synthetic" and cell.train_images + cell.test_images > _MAX_GENERATED:
        reason = f"synthetic data of more than {_MAX_GENERATED:,} images are not generated again for a report"
        return [], f"No pictures: {reason}."
    try:
        data = datasets.load(
            cell.dataset, cell.data_source, data_dir=data_dir, accept_copies=True, download=False,
            train=cell.train_images, test=cell.test_images,
        )  # fmt: skip
    except (datasets.DataError, ValueError, OSError) as error:
        reason = str(error).partition("\n")[0].split(". ")[0].rstrip(".") or type(error).__name__
        return [], f"No pictures: {reason}. --data-dir names the folder of the real files."
    if data.fingerprint != cell.data_fingerprint:
        return [], (
            f"No pictures: the images here differ from the run's (fingerprint {data.fingerprint}, "
            f"the run's {cell.data_fingerprint})."
        )
    return [(data.class_names[data.y_test[i]], _uri(data.x_test[i])) for i in indices], ""


def gallery(hard: Hard, data_dir: Path | None) -> Gallery:
    """Show the worst images: place, how many models were wrong, and, with the data at hand, picture, class and usual mistake."""
    shown = hard.worst[:SHOWN]
    found, note = pictures(hard.smallest, shown, data_dir) if shown else ([], "")
    names = join_words(list(dict.fromkeys(cell.architecture for cell in hard.cells)))
    every = count_all(hard.models, "model") if hard.models > 1 else "the one model"
    caption = (
        f"{count(hard.in_all, 'image')} of {hard.smallest.test_images:,} missed by {every}, "
        f"{len(hard.worst):,} by more than half. " + (f"The worst {len(shown)}:" if shown else "")
    )
    taken_for = _usual_mistakes(hard.cells)
    images = []
    for at, index in enumerate(shown):
        wrong = f"no. {index}, {int(hard.wrong[index])} of {hard.models} wrong"
        true, uri = found[at] if found else ("", "")
        mistake = [f"class mostly taken for {taken_for[true]}"] if true in taken_for else []
        images.append(Picture(uri, true, [wrong, *mistake]))
    return Gallery(f"{hard.title}: {names}", hard.smallest.dataset, caption, images, note)


def summary(per_dataset: Sequence[Hard]) -> str:
    """Say in a few words how many images no model got right."""
    missed: dict[str, list[str]] = {}
    for hard in per_dataset:
        who = "every model" if hard.models > 1 else "the one model"
        images = f"{hard.in_all:,} of {hard.smallest.test_images:,} on {hard.title}"
        missed.setdefault(who, []).append(images)
    return "missed by " + "; by ".join(f"{who}: {', '.join(images)}" for who, images in missed.items())


def _usual_mistakes(cells: Sequence[CellResult]) -> dict[str, str]:
    """By true class: the class that these models take it for most often; runs keep no answer of a single image."""
    known = [cell for cell in cells if cell.confusion]
    if not known or len({tuple(class_names(cell)) for cell in known}) > 1:
        return {}
    total = sum(counts(cell) for cell in known)
    names = class_names(known[0])
    mistakes = {}
    for true, line in enumerate(np.asarray(total)):
        others = np.where(np.arange(len(names)) == true, 0, line)
        if others.any():
            mistakes[names[true]] = names[int(others.argmax())]
    return mistakes


def _uri(pixels: NDArray[np.uint8]) -> str:
    """One image, (H, W, C), as PNG."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).save(buffer, "png")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
