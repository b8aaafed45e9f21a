"""Properties of data sets as stored in `benchmarks/characteristics.json`: what an entry holds, how the file is read and written.

`python -m benchmarks characteristics` measures them from the images, so that findings need none. The file is reviewed as the baselines are.
An entry names the fingerprints of the images that it was measured on, and of the subsets of them that protocols train on.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Literal

from benchmarks.paths import CHARACTERISTICS


@dataclass(frozen=True)
class Characteristics:
    """What one data set is like; counts are of the whole data set, the rest of the images that were at hand."""

    dataset: str
    source: Literal["real", "synthetic"]
    verified: bool
    note: str
    """How the images differ from the official ones, for people: 'JPEG copies'."""
    fingerprints: tuple[str, ...]
    train_images: int
    test_images: int
    height: int
    width: int
    channels: int
    classes: int
    balance: float
    """Entropy of the class shares by that of equal shares: 1 for classes of one size."""
    entropy: float
    """Bits: Shannon entropy of an image's 256 grey levels, mean over the training images."""
    contrast: float
    """Standard deviation of an image's grey levels, 0..0.5 of the full range, mean over the training images."""
    intrinsic_dimension: float
    """Maximum likelihood (Levina, Bickel 2004), see `image_measures.intrinsic_dimension`."""
    linear_accuracy: float
    """Share of the test images that a ridge regression on pixels classifies rightly."""

    @property
    def pixels(self) -> int:
        """Height x width."""
        return self.height * self.width


# What results are correlated with, and its label.
MEASURES: Mapping[str, str] = {
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


def load(path: Path = CHARACTERISTICS) -> dict[tuple[str, str], Characteristics]:
    """Return what has been measured, by data set and source; nothing where there is no file."""
    if not path.exists():
        return {}
    entries = json.loads(path.read_text(encoding="utf-8"))
    names = {field.name for field in fields(Characteristics)}
    try:
        read = [Characteristics(**(e | {"fingerprints": tuple(e["fingerprints"])})) for e in entries]
    except (KeyError, TypeError):
        raise ValueError(f"{path}: expected entries of {', '.join(sorted(names))}; measure again") from None
    return {(entry.dataset, entry.source): entry for entry in read}


def save(path: Path, entries: Iterable[Characteristics]) -> None:
    """Write the file atomically, one entry per line in a fixed order."""
    from benchmarks.results.atomic import write_atomically

    rows = [json.dumps(asdict(e)) for e in sorted(entries, key=lambda e: (e.dataset, e.source))]
    write_atomically(path, ("[\n" + ",\n".join(rows) + "\n]\n").encode())
