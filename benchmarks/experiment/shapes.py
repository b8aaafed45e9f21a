"""Shapes of images: those of the study, and how others are typed and written."""

from __future__ import annotations

import re
from collections.abc import Sequence

STUDY = ((28, 28, 1), (32, 32, 3))
"""Height, width and channels of the study's grey and colour images."""


def parse(text: str) -> tuple[int, int, int]:
    """Read a shape as it is typed after `--shape`.

    Raises:
        ValueError: It is not written as 28x28x1.
    """
    match = re.fullmatch(r"([1-9]\d{0,3})x([1-9]\d{0,3})x([1-9]\d{0,2})", text.strip())
    if match is None:
        raise ValueError(f"--shape {text}: expected HEIGHTxWIDTHxCHANNELS, such as 28x28x1")
    height, width, channels = map(int, match.groups())
    return height, width, channels


def written(shape: Sequence[int]) -> str:
    """Return a shape as it is typed: `28x28x1`."""
    return "x".join(map(str, shape))
