"""SVHN, format 2: cropped house numbers from Google Street View.

Images, uint8, 32 x 32 x 3 (RGB), one digit in the middle, its neighbours often beside it. Ten classes, the
digits 0..9 (the files label the digit 0 as 10). 73,257 images to train, 26,032 to test, 531,131 easier ones
as `extra`; none of the three is balanced: in the training file digit 1 has 13,861 images and digit 9 has
4,659.

Source: Netzer, Wang, Coates, Bissacco, Wu, Ng, "Reading digits in natural images with unsupervised feature
learning", NIPS workshop 2011, http://ufldl.stanford.edu/housenumbers/. Licence: non-commercial use only.

Known defects: the digits' boxes were widened to squares, so parts of neighbouring digits are in the image;
some boxes are off and some labels wrong.

The balanced draw. The study trains on 60,000 images: train + extra less 6,000 validation images, then 6,000
per class without replacement. How its validation images were chosen is not said; here, as in Sermanet,
Chintala, LeCun 2012 (https://arxiv.org/abs/1204.3968), they are 400 per class from train and 200 per class from
extra. `BalancedDraw` does both, seeded with 2018, from files in their own order; the images come out shuffled.
Where `extra_32x32.mat` is not there, nothing is held out, and every class gets as many images as the rarest
has: 4,659 per class, 46,590 in all; `origin` says so. The test split is whole.

Checksums: as in torchvision. Reading `extra` takes about 4 GB of memory, once: what is drawn is cached.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets._contract import DataRefused, File, Labels, Layout, Spec, Splits
from datasets._files.svhn_mat import read_svhn_mat
from datasets._synthetic.canvas import coverage, finish, grid
from datasets._synthetic.digits import DIGITS
from datasets._synthetic.noise import chance, normal, place, smooth_noise, uniform
from datasets._synthetic.strokes import ink

_URL = "http://ufldl.stanford.edu/housenumbers/"
_TRAIN = File(
    "train_32x32.mat", 182_040_794, ("md5:e26dedcc434d2e4c54c9b2d4a06d8373",), _URL + "train_32x32.mat"
)
_TEST = File("test_32x32.mat", 64_275_384, ("md5:eb5a983be6a315427106f1b164d9cef3",), _URL + "test_32x32.mat")
_EXTRA = File(
    "extra_32x32.mat", 1_329_278_602, ("md5:a93ce644f1a588dc4d68dda5feec44a7",), _URL + "extra_32x32.mat"
)


@dataclass(frozen=True)
class BalancedDraw:
    """Reads the files and draws the balanced training split; the fields are the official files' sizes."""

    train_counts: tuple[int, ...] = (4948, 13861, 10585, 8497, 7458, 6882, 5727, 5595, 5045, 4659)
    extra_images: int = 531_131
    held_out: tuple[int, int] = (400, 200)  # validation images per class, from train and from extra
    seed: int = 2018

    def __call__(self, spec: Spec, files: Mapping[str, Path]) -> Splits:
        """Decode `files`: `extra_32x32.mat` may be missing. Raises DataRefused."""
        rng = np.random.default_rng(self.seed)
        x, y = read_svhn_mat(files[_TRAIN.name], spec.shape, sum(self.train_counts), self.train_counts)
        x_test, y_test = read_svhn_mat(files[_TEST.name], spec.shape, sum(spec.test_counts), spec.test_counts)
        x_test = np.ascontiguousarray(x_test)
        if _EXTRA.name not in files:
            rarest = min(self.train_counts)
            chosen = _balanced([y], (0,), rarest, rng)
            note = f"balanced at {rarest:,} images per class, the rarest class's count: {_EXTRA.name} is not there"
            return Splits(np.ascontiguousarray(x[chosen]), y[chosen], x_test, y_test, note=note)
        x_extra, y_extra = read_svhn_mat(files[_EXTRA.name], spec.shape, self.extra_images)
        wanted, held_out = spec.train_counts[0], sum(self.held_out)
        pool = np.concatenate([y, y_extra])
        rarest = int(np.bincount(pool, minlength=10).min())
        if rarest < wanted + held_out:
            raise DataRefused(
                f"{files[_EXTRA.name]}: with {_TRAIN.name} the rarest class has {rarest:,} images, "
                f"and the draw needs {wanted + held_out:,}; download the official file again."
            )
        chosen = _balanced([y, y_extra], self.held_out, wanted, rng)
        in_train = chosen < len(y)
        x_train = np.empty((len(chosen), *spec.shape), np.uint8)
        x_train[in_train] = x[chosen[in_train]]
        x_train[~in_train] = x_extra[chosen[~in_train] - len(y)]
        return Splits(x_train, pool[chosen], x_test, y_test)


def _balanced(
    parts: list[Labels], held_out: tuple[int, ...], wanted: int, rng: np.random.Generator
) -> NDArray[np.intp]:
    """Draw `wanted` positions per class from the concatenated `parts` less `held_out` per class; shuffle."""
    chosen = []
    for digit in range(10):
        pool, start = [], 0
        for labels, held in zip(parts, held_out, strict=True):
            pool.append(start + rng.permutation(np.flatnonzero(labels == digit))[held:])
            start += len(labels)
        chosen.append(rng.choice(np.concatenate(pool), wanted, replace=False))
    return rng.permutation(np.concatenate(chosen))


SPEC = Spec(
    name="svhn",
    title="SVHN",
    shape=(32, 32, 3),
    class_names=tuple("0123456789"),
    train_counts=(6000,) * 10,
    test_counts=(1744, 5099, 4149, 2882, 2523, 2384, 1977, 2019, 1660, 1595),
    layouts=(Layout(folders=("svhn", ""), files=(_TRAIN, _TEST), optional=(_EXTRA,), read=BalancedDraw()),),
)


def draw(labels: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draw synthetic images: house numbers with cut neighbours, images (N, 32, 32, 3) uint8 for labels (N,)."""
    n = len(labels)
    grey, tint = uniform(rng, 0.1, 0.35, n, 1, 1), normal(rng, 0.08, 3, n, 1, 1)
    ground = np.clip(grey + tint, 0.02, 0.98)
    canvas = ground + 0.06 * np.stack([smooth_noise(rng, n, 32, 3) for _ in range(3)])
    # Walls are lit from a side, and have beams and stains.
    canvas += normal(rng, 0.06, n, 1, 1) * grid(32)
    canvas += 0.05 * smooth_noise(rng, n, 32, 8)
    # Paint is lighter than the wall, sometimes by little.
    paint = ground + uniform(rng, 0.4, 0.7, n, 1, 1) + normal(rng, 0.06, 3, n, 1, 1)
    width = uniform(rng, 0.07, 0.15, n)
    softness = uniform(rng, 0.08, 0.3, n)[:, None, None]
    apart = uniform(rng, 1.0, 1.3, n)
    turn = normal(rng, 0.12, n)
    for side in (-1, 1, 0):
        digits = labels if side == 0 else rng.integers(0, 10, n, dtype=np.uint8)
        points = DIGITS.trace(digits, rng, shake=0.03, most=2)
        points, _ = place(
            points, rng, scale=(0.55, 0.8), aspect=0.12, turn=0.08, slant=0.15, shift=0.1, wobble=0.03
        )
        across, down = side * apart * np.cos(turn), side * apart * np.sin(turn)
        points = points + np.stack([across, down], axis=-1)[:, None, :].astype(np.float32)
        alpha = coverage(ink(points, 32) - width[:, None, None], softness)
        if side:
            alpha = alpha * chance(rng, 0.35, n, 1, 1)
        canvas += alpha * (np.clip(paint, 0, 1) - canvas)
    canvas += normal(rng, 0.03, 3, n, 32, 32)
    return finish(canvas)
