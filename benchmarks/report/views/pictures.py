"""Pictures of test images, where the very data that a run used are at hand; nothing is downloaded."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import datasets

_DRAWN = 5000  # stand-ins of more images than this are not generated for a report


@dataclass(frozen=True)
class Share:
    """What a cell took of its data set: enough to find out whether it is the same here."""

    dataset: str
    source: Literal["real", "synthetic"]
    train_images: int | None
    test_images: int
    fingerprint: str


def load(share: Share, indices: Sequence[int], data_dir: Path | None) -> tuple[list[tuple[str, str]], str]:
    """Give (true class, picture as a data: URI) of these test images, or none and the reason why."""
    if share.train_images is None:
        return [], "No pictures: the run does not say how many training images it took."
    if share.source == "synthetic" and share.train_images + share.test_images > _DRAWN:
        return (
            [],
            f"No pictures: stand-ins of more than {_DRAWN:,} images are not generated again for a report.",
        )
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
            f"No pictures: the images here are others than the run's (fingerprint {data.fingerprint}, "
            f"the run's {share.fingerprint})."
        )
    return [(data.class_names[data.y_test[i]], _uri(data.x_test[i])) for i in indices], ""


def _uri(pixels: NDArray[np.uint8]) -> str:
    """One image, (H, W, C), as PNG."""
    buffer = io.BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).save(buffer, "png")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
