"""The test images that most models get wrong: their places always, their pictures where the very same data are at hand."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import datasets
from benchmarks.evidence import bits
from benchmarks.report.readings import Reading, columns, label, of

SHOWN = 24
_DRAWN = 5000  # stand-ins of more images than this are not generated for a report


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
    count: int
    never: int  # of the test images: right in no model
    images: tuple[HardImage, ...]
    note: str = ""


def find(readings: Sequence[Reading], data_dir: Path | None = None) -> list[Hard]:
    """List by data set the images that more than half of the models get wrong, the worst first."""
    found = []
    for column in columns(readings):
        cells = [r for r in of(readings, column) if r.cell.correct]
        for fingerprint in dict.fromkeys(r.cell.data_fingerprint for r in cells):
            same = [r for r in cells if r.cell.data_fingerprint == fingerprint]
            found.append(_hard(column, same, data_dir))
    return found


def _hard(column: tuple[str, str], cells: Sequence[Reading], data_dir: Path | None) -> Hard:
    images = cells[0].cell.test_images
    alike = [r for r in cells if r.cell.test_images == images]
    wrong = np.zeros(images, np.int64)
    models = 0
    for r in alike:
        for at in range(len(r.cell.seeds)):
            wrong += ~bits(r.cell, at)
            models += 1
    order = np.argsort(-wrong, kind="stable")
    most = order[2 * wrong[order] > models]
    shown, note = _pictures(alike[0], [(int(i), int(wrong[i])) for i in most[:SHOWN]], data_dir)
    never = int((wrong == models).sum())
    return Hard(label(column), column[0], models, len(most), never, shown, note)


def _pictures(
    r: Reading, found: Sequence[tuple[int, int]], data_dir: Path | None
) -> tuple[tuple[HardImage, ...], str]:
    bare = tuple(HardImage(index, wrong) for index, wrong in found)
    if not found:
        return bare, ""
    cell = r.cell
    if r.train_images is None:
        return bare, "No pictures: the run does not say how many training images it took."
    if cell.data_source == "synthetic" and r.train_images + cell.test_images > _DRAWN:
        return bare, f"No pictures: stand-ins of more than {_DRAWN:,} images are not generated again for a report."
    try:
        data = datasets.load(
            cell.dataset, cell.data_source, data_dir=data_dir, accept_copies=True, download=False,
            train=r.train_images, test=cell.test_images,
        )  # fmt: skip
    except (datasets.DataError, ValueError) as error:
        reason = str(error).splitlines()[0]
        return bare, f"No pictures: {reason} Name the folder of the real files with --data-dir."
    if data.fingerprint != cell.data_fingerprint:
        return bare, (
            f"No pictures: the images here are others than the run's (fingerprint {data.fingerprint}, "
            f"the run's {cell.data_fingerprint})."
        )
    shown = [
        HardImage(index, wrong, data.class_names[data.y_test[index]], _uri(data.x_test[index])) for index, wrong in found
    ]
    return tuple(shown), ""


def _uri(pixels: NDArray[np.uint8]) -> str:
    """One image, (H, W, C), as PNG."""
    buffer = io.BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).save(buffer, "png")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
