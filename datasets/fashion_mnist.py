"""Fashion-MNIST: Zalando's articles, a harder drop-in for MNIST.

70,000 images, uint8, 28 x 28 x 1, garments (light) on black (0): 60,000 to train, 10,000 to test. Ten
classes, exactly balanced (6,000 and 1,000 per class).

Source: Xiao, Rasul, Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking machine learning
algorithms", 2017, https://arxiv.org/abs/1708.07747, https://github.com/zalandoresearch/fashion-mnist.
Licence: MIT.

Known defects: label noise where the classes overlap by nature (shirt, T-shirt, pullover, coat), and a few
near-duplicates between the two splits.

Checksums: the first of each gzipped file is that of the project's README (and of torchvision); the second
is Debian's package `dataset-fashion-mnist`, which packs the same bytes without the file name in gzip's
header. The unpacked files' are those in common use; both packings were confirmed to hold them.
"""

import numpy as np
from numpy.typing import NDArray

from datasets._contract import File, Layout, Spec
from datasets._files.idx import read_idx_splits
from datasets._synthetic.canvas import finish, grid
from datasets._synthetic.garments import GARMENTS, SHOWN
from datasets._synthetic.noise import chance, normal, place, smooth_noise, uniform
from datasets._synthetic.shapes import paint

_URL = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"

SPEC = Spec(
    name="fashion_mnist",
    title="Fashion-MNIST",
    shape=(28, 28, 1),
    mirrorable=True,
    class_names=(
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    train_counts=(6000,) * 10,
    test_counts=(1000,) * 10,
    layouts=(
        Layout(
            folders=("fashion-mnist", "FashionMNIST/raw", ""),
            files=(
                File(
                    "train-images-idx3-ubyte.gz",
                    26_421_880,
                    ("md5:8d4fb7e6c68d591d4c3dfef9ec88bf0d", "md5:cf8536b0aa1a6ac5fa3f23001093305c"),
                    _URL + "train-images-idx3-ubyte.gz",
                ),
                File(
                    "train-labels-idx1-ubyte.gz",
                    29_515,
                    ("md5:25c81989df183df01b3e8a0aad5dffbe", "md5:10bea18fdb374794d4bb42e356e600c9"),
                    _URL + "train-labels-idx1-ubyte.gz",
                ),
                File(
                    "t10k-images-idx3-ubyte.gz",
                    4_422_102,
                    ("md5:bef4ecab320f06d8554ea6380940ec79", "md5:f78720b4224f21cce2f2ccf2d7a94c9a"),
                    _URL + "t10k-images-idx3-ubyte.gz",
                ),
                File(
                    "t10k-labels-idx1-ubyte.gz",
                    5_148,
                    ("md5:bb300cfdad3c16e7a12a480ee83cd310", "md5:0d30e22e447f3c33dab9ed536400ac01"),
                    _URL + "t10k-labels-idx1-ubyte.gz",
                ),
            ),
            read=read_idx_splits,
            shares_names=True,
        ),
        Layout(
            folders=("fashion-mnist", "FashionMNIST/raw", ""),
            files=(
                File("train-images-idx3-ubyte", 47_040_016, ("md5:f4a8712d7a061bf5bd6d2ca38dc4d50a",)),
                File("train-labels-idx1-ubyte", 60_008, ("md5:9018921c3c673c538a1fc5bad174d6f9",)),
                File("t10k-images-idx3-ubyte", 7_840_016, ("md5:8181f5470baa50b63fa0f6fddb340f0a",)),
                File("t10k-labels-idx1-ubyte", 10_008, ("md5:15d484375f8d13e6eb1aabb0c3f46965",)),
            ),
            read=read_idx_splits,
            shares_names=True,
        ),
    ),
)


def draw(labels: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draw synthetic images: garment-like shapes, images (N, 28, 28, 1) uint8 for labels (N,)."""
    n = len(labels)
    chosen = GARMENTS.pick(labels, rng)
    roles = GARMENTS.roles[chosen]
    points = GARMENTS.corners[chosen]
    # Some flare out towards the hem, others are tight there.
    points[..., 0] *= 1 + normal(rng, 0.08, n, 1, 1) * points[..., 1]
    points, zoom = place(
        points, rng, scale=(0.78, 1.04), aspect=0.08, turn=0.05, slant=0.05, shift=0.06, wobble=0.045
    )
    radii = GARMENTS.radii[chosen] * (zoom * uniform(rng, 0.7, 1.3, n))[:, None, None]
    cloth = uniform(rng, 0.15, 1, n)
    side = np.where(cloth + normal(rng, 0.2, n) < 0.6, 1, -1).astype(np.float32)
    trim = np.clip(cloth + side * uniform(rng, 0.15, 0.55, n), 0.05, 1)
    hole = cloth * uniform(rng, 0, 0.6, n) * chance(rng, 0.4, n)
    second = cloth * uniform(rng, 0.5, 1.3, n)
    palette = np.stack([cloth, second, hole, trim, trim, trim, hole], axis=1)
    there = rng.random((n, len(SHOWN)), np.float32) < SHOWN
    rows = np.arange(n)[:, None]
    canvas = np.zeros((1, n, 28, 28), np.float32)
    paint(
        canvas, points, radii, GARMENTS.rods[chosen], palette[rows, roles][..., None],
        uniform(rng, 0.07, 0.14, n), shade=0.25, shown=(roles >= 0) & there[rows, roles],
    )  # fmt: skip
    # Weave, folds and the photographer's lamp change the cloth and leave the ground black.
    light = 1 + 0.12 * smooth_noise(rng, n, 28, 4) + normal(rng, 0.06, n, 28, 28)
    light += 0.15 * smooth_noise(rng, n, 28, 10) * chance(rng, 0.4, n, 1, 1)
    # One in four is striped, across or down.
    at, pace = grid(28), uniform(rng, 10, 30, n, 1)
    wave = np.sin(pace * at) * (chance(rng, 0.25, n, 1) * uniform(rng, 0.1, 0.5, n, 1))
    across = chance(rng, 0.7, n, 1)
    light += (wave * across)[:, :, None] + (wave * (1 - across))[:, None, :]
    return finish(canvas * light)
