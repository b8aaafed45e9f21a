"""Synthetic data sets: labels and images of their splits, generated in blocks."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from datasets import _cache
from datasets._contract import BadDeclaration, Dataset, Images, Labels, Spec, Splits, check_share, fingerprint

Draw = Callable[[Labels, np.random.Generator], Images]

BLOCK = 250  # images
# Generated images are cached from this many on: drawing fewer again is quicker than a file is worth. The quick
# protocol's 2,500 to 3,000 are read again by its next run and its reports.
CACHED_IMAGES = 2500


def load(spec: Spec, draw: Draw, train: int | None, test: int | None) -> Dataset:
    """Generate a data set of `train` and `test` images (None: as many as the real splits), or map it from the cache.

    Raises:
        ValueError: A share is empty or larger than the real split.
        BadDeclaration: `draw` returns other images than the data set declares.
    """
    train_size = sum(spec.train_counts) if train is None else train
    test_size = sum(spec.test_counts) if test is None else test
    check_share(spec.name, "train", train_size, sum(spec.train_counts))
    check_share(spec.name, "test", test_size, sum(spec.test_counts))
    large = train_size + test_size >= CACHED_IMAGES
    key = f"{spec.name}-synthetic-{train_size}-{test_size}-{code_hash()}"
    entry = _cache.read(key) if large else None
    if entry is None:
        splits = Splits(
            *generate(draw, spec.train_counts, spec.name, "train", train_size),
            *generate(draw, spec.test_counts, spec.name, "test", test_size),
        )
        if splits.x_train.shape[1:] != spec.shape:
            raise BadDeclaration(
                f"datasets/{spec.name}.py: draw returns images of shape {splits.x_train.shape[1:]}; SPEC declares {spec.shape}"
            )
        facts = {"fingerprint": fingerprint(spec.class_names, *splits.arrays)}
        entry = _cache.write(key, splits, facts) if large else _cache.Entry(splits, facts)
    return entry.dataset(spec, "synthetic", "stand-in", verified=False)


def code_hash(package: Path = Path(__file__).parents[1]) -> str:
    """Hash the code of `datasets` and NumPy's version: other code may generate other images."""
    digest = hashlib.sha256(np.__version__.encode())
    for path in sorted(package.rglob("[!.]*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def labels(class_counts: tuple[int, ...], name: str, split: str) -> Labels:
    """Return all labels of a split, (sum(class_counts),) uint8: pseudo-random, yet every prefix keeps the balance.

    A class's images are spread evenly over the split, each at a random place within its own interval.
    """
    rng = _stream(name, split, "labels")
    places = [(np.arange(count) + rng.random(count)) / count for count in class_counts]
    classes = np.repeat(np.arange(len(class_counts), dtype=np.uint8), class_counts)
    return classes[np.argsort(np.concatenate(places), kind="stable")]


def generate(
    draw: Draw, class_counts: tuple[int, ...], name: str, split: str, size: int
) -> tuple[Images, Labels]:
    """Generate the first `size` images (N, H, W, C) uint8 and labels (N,) uint8 of a split.

    Args:
        draw: Makes a block's images from its labels and random stream.
        class_counts: Images per class of the real split.
        name: The data set.
        split: `train` or `test`.
        size: How many images, 1 to as many as the real split has.

    Raises:
        BadDeclaration: `draw` returns something other than one image of uint8 for each label.
    """
    order = labels(class_counts, name, split)
    images: Images | None = None
    for block, start in enumerate(range(0, size, BLOCK)):
        # Always the whole block, so that where a share ends changes nothing before its end.
        block_labels = order[start : start + BLOCK]
        drawn = draw(block_labels, _stream(name, split, f"block {block}"))
        is_array = isinstance(drawn, np.ndarray)  # not if `draw` lacks its `return`
        if not is_array or drawn.dtype != np.uint8 or len(drawn) != len(block_labels):
            received = f"{len(drawn)} images of {drawn.dtype}" if is_array else type(drawn).__name__
            raise BadDeclaration(
                f"datasets/{name}.py: draw returns {received} for {len(block_labels)} labels; "
                "expected as many images, uint8, 0..255"
            )
        if images is None:
            images = np.empty((size, *drawn.shape[1:]), np.uint8)
        images[start : start + BLOCK] = drawn[: size - start]
    assert images is not None
    return images, order[:size].copy()


def _stream(name: str, split: str, part: str) -> np.random.Generator:
    digest = hashlib.sha256(f"{name}/{split}/{part}".encode()).digest()
    return np.random.default_rng(np.random.SeedSequence(int.from_bytes(digest[:16], "little")))
