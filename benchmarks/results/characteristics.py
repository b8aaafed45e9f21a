"""Properties of data sets as stored in `benchmarks/characteristics.json`: what an entry holds, how the file is read and written.

`python -m benchmarks characteristics` measures them from the images, so that findings need none. The file is reviewed as the baselines are.
An entry names the fingerprints of the images that it was measured on, and of the subsets of them that protocols train on.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from benchmarks.paths import CHARACTERISTICS
from benchmarks.results.seed_result import Finite, Positive, Share


class Characteristics(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one data set is like; counts describe the whole data set, all other figures the images that were available."""

    dataset: str
    source: Literal["real", "synthetic"]
    verified: bool
    note: str
    """How the images differ from the official ones, for people: 'JPEG copies'."""
    fingerprints: tuple[str, ...]
    train_images: Positive
    test_images: Positive
    height: Positive
    width: Positive
    channels: Positive
    classes: Positive
    balance: Finite
    """Entropy of the class shares over that of equal shares, 0..1; 1: equal classes."""
    entropy: Finite
    """Bits: Shannon entropy of an image's 256 grey levels, mean over the training images."""
    contrast: Finite
    """Standard deviation of an image's grey levels, 0..0.5 of the full range, mean over the training images."""
    intrinsic_dimension: Finite
    """Maximum likelihood (Levina, Bickel 2004), see `image_measures.intrinsic_dimension`."""
    linear_accuracy: Share
    """Share of the test images that a ridge regression on pixels gets right, 0..1."""

    @property
    def pixels(self) -> int:
        """Height x width."""
        return self.height * self.width


PROPERTIES: Mapping[str, str] = {
    "train_images": "training images",
    "pixels": "pixels",
    "channels": "channels",
    "classes": "classes",
    "balance": "class balance",
    "entropy": "entropy (bits)",
    "contrast": "contrast",
    "intrinsic_dimension": "intrinsic dimension",
    "linear_accuracy": "linear classifier",
}
"""What results are correlated with: property and label."""


def load(path: Path = CHARACTERISTICS) -> dict[tuple[str, str], Characteristics]:
    """Return what has been measured, by data set and source; nothing where there is no file.

    Raises:
        ValueError: The file is no list of entries, or a field does not fit; the message names it.
    """
    if not path.exists():
        return {}
    try:
        entries = msgspec.json.decode(path.read_bytes(), type=list[Characteristics])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: {error}; measure again: python -m benchmarks characteristics") from None
    return {(entry.dataset, entry.source): entry for entry in entries}


def save(path: Path, entries: Iterable[Characteristics]) -> None:
    """Write the file atomically, one entry per line in a fixed order."""
    from benchmarks.results.atomic import write_atomically

    rows = [json.dumps(msgspec.to_builtins(e)) for e in sorted(entries, key=lambda e: (e.dataset, e.source))]
    write_atomically(path, ("[\n" + ",\n".join(rows) + "\n]\n").encode())
