"""One of the user's pictures: read, checked and resized."""

import io
import os
import stat
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from datasets._contract import Images

if TYPE_CHECKING:
    from PIL import Image

SIDE = 32
"""Own images are resized to this many pixels a side, whatever their proportions."""
FILTER = "bilinear"
"""Pillow's filter of this name, which averages over all pixels where it makes a picture smaller."""
FORMATS = ("PNG", "JPEG", "BMP")
MAX_PIXELS = 50_000_000
MAX_BYTES = 64 << 20


class BadPicture(Exception):
    """A file that is not a picture to train on; the message says why."""


def read_picture(path: Path) -> Images:
    """Read a picture, (32, 32, 3) uint8, turned as its EXIF data say.

    Raises:
        BadPicture: It is a link, a device or the like, too large, not a PNG, JPEG or BMP file, or broken.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    data = _read_bytes(path)
    try:
        with warnings.catch_warnings():
            # Pillow warns of a bomb before it raises, and of oddities that do no harm.
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    raise BadPicture(
                        f"{picture.width} x {picture.height} pixels: more than {MAX_PIXELS:,}, which may be a decompression bomb"
                    )
                if picture.mode.startswith("I"):
                    raise BadPicture("more than 8 bits per channel")
                return resized(ImageOps.exif_transpose(picture).convert("RGB"))
    except BadPicture:
        raise
    except Image.DecompressionBombError as problem:
        raise BadPicture(f"a decompression bomb: {problem}") from problem
    except UnidentifiedImageError as problem:
        raise BadPicture("not a PNG, JPEG or BMP file") from problem
    except Exception as problem:  # a hostile file may raise anything
        raise BadPicture(f"broken ({type(problem).__name__}: {problem})") from problem


def resized(picture: "Image.Image") -> Images:
    """Resize a Pillow image to an array, (32, 32) or (32, 32, 3) uint8."""
    from PIL.Image import Resampling

    if picture.size == (SIDE, SIDE):
        return np.asarray(picture)
    return np.asarray(picture.resize((SIDE, SIDE), Resampling[FILTER.upper()]))


def _read_bytes(path: Path) -> bytes:
    """Read a plain file; a FIFO is not waited for, and no link followed."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError as problem:
        what = "a symbolic link" if path.is_symlink() else f"cannot be opened ({problem.strerror})"
        raise BadPicture(what) from problem
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_BYTES:
        os.close(descriptor)
        raise BadPicture(
            f"{status.st_size:,} bytes, more than {MAX_BYTES:,}"
            if stat.S_ISREG(status.st_mode)
            else "not a plain file"
        )
    with open(descriptor, "rb") as stream:  # noqa: PTH123
        return stream.read(MAX_BYTES)
