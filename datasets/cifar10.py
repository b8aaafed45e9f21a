"""CIFAR-10: small photographs of animals and vehicles.

60,000 images, uint8, 32 x 32 x 3 (RGB): 50,000 to train, 10,000 to test. Ten classes, exactly balanced
(5,000 and 1,000 per class) and mutually exclusive: 'automobile' holds no pick-up trucks, 'truck' only big
ones.

Source: Krizhevsky, "Learning multiple layers of features from tiny images", 2009,
https://www.cs.toronto.edu/~kriz/cifar.html. Licence: none stated; the authors ask to be cited. A labelled
part of the 80 Million Tiny Images, which their makers withdrew in 2020 (offensive categories; CIFAR-10's
ten are not among them).

Known defects: 0.54% of the test labels are wrong (Northcutt, Athalye, Mueller 2021,
https://arxiv.org/abs/2103.14749); 3.3% of the test images have a near-duplicate among the training images
(Barz, Denzler 2020, ciFAIR, https://arxiv.org/abs/1902.00423).

Second test set, where its files are given: CIFAR-10.1 (v6), 2,000 new photographs, 200 per class, found and
labelled as CIFAR-10's were (Recht, Roelofs, Schmidt, Shankar 2018, "Do CIFAR-10 classifiers generalize to
CIFAR-10?", https://arxiv.org/abs/1806.00451, https://github.com/modestyachts/CIFAR-10.1, MIT licence).

Checksums: the archive's as in Keras (sha256) and torchvision (md5), the batches' as in torchvision.
"""

import numpy as np
from numpy.typing import NDArray

from datasets._contract import File, Layout, SecondTestFiles, Spec
from datasets._files.cifar import CIFAR_FOLDER, read_cifar_folder, read_cifar_tar
from datasets._synthetic.canvas import Floats, coverage, finish, grid
from datasets._synthetic.noise import normal, place, smooth_noise, uniform
from datasets._synthetic.objects import OBJECTS
from datasets._synthetic.shapes import paint

SPEC = Spec(
    name="cifar10",
    title="CIFAR-10",
    shape=(32, 32, 3),
    mirrorable=True,
    class_names=(
        "airplane",
        "automobile",
        "bird",
        "cat",
        "deer",
        "dog",
        "frog",
        "horse",
        "ship",
        "truck",
    ),
    train_counts=(5000,) * 10,
    test_counts=(1000,) * 10,
    layouts=(
        Layout(
            # The second is where Keras's own loader unpacks the archive.
            folders=(CIFAR_FOLDER, f"cifar-10-batches-py-target/{CIFAR_FOLDER}"),
            files=(
                File("data_batch_1", 31_035_704, ("md5:c99cafc152244af753f735de768cd75f",)),
                File("data_batch_2", 31_035_320, ("md5:d4bba439e000b95fd0a9bffe97cbabec",)),
                File("data_batch_3", 31_035_999, ("md5:54ebc095f3ab1f0389bbae665268c751",)),
                File("data_batch_4", 31_035_696, ("md5:634d18415352ddfa80567beed471001a",)),
                File("data_batch_5", 31_035_623, ("md5:482c414d41f54cd18b22e5b47cb7c3cb",)),
                File("test_batch", 31_035_526, ("md5:40351d587109b95175f43aff81a1287e",)),
            ),
            read=read_cifar_folder,
        ),
        Layout(
            folders=("", "cifar10"),
            files=(
                File(
                    "cifar-10-python.tar.gz",
                    170_498_071,
                    (
                        "sha256:6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
                        "md5:c58f30108f718f92721af3b95e74349a",
                    ),
                    "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
                ),
            ),
            read=read_cifar_tar,
        ),
    ),
    second_test=SecondTestFiles(
        title="CIFAR-10.1 (v6)",
        folders=("", "cifar10.1", "CIFAR-10.1/datasets"),
        images=File(
            "cifar10.1_v6_data.npy",
            6_144_128,
            ("sha256:2997188e5816f5bd545dc77771b6227828c28146049fcecf3fa10775474cacc6",),
            "https://github.com/modestyachts/CIFAR-10.1/raw/master/datasets/cifar10.1_v6_data.npy",
        ),
        labels=File(
            "cifar10.1_v6_labels.npy",
            8_128,
            ("sha256:ae40beda001693674edc94d925ee8268cfe68905f8f9aff800c8dcdfcd6c9448",),
            "https://github.com/modestyachts/CIFAR-10.1/raw/master/datasets/cifar10.1_v6_labels.npy",
        ),
        counts=(200,) * 10,
    ),
)


# Synthetic images ----------------------------------------------------------------------------------------------

# fmt: off
# Colours, red, green, blue: black, grey, silver, white, brown, tan, ginger, red, green, blue, yellow, navy, olive.
_COLOURS = np.array((
    (.12, .12, .12), (.45, .45, .46), (.68, .7, .73), (.92, .92, .9), (.4, .27, .17), (.68, .54, .38), (.74, .46, .22),
    (.75, .13, .12), (.3, .55, .2), (.2, .38, .72), (.85, .72, .2), (.14, .19, .33), (.42, .42, .2)), np.float32)
_PAINTS, _FURS = (0, 1, 2, 3, 7, 7, 8, 9, 10, 11), (0, 1, 1, 3, 4, 4, 5, 6)
_BODIES = ((1, 2, 2, 3, 3, 3, 9, 11), _PAINTS, (0, 1, 3, 4, 4, 5, 7, 9, 10), _FURS, (4, 4, 5, 5, 6, 1), _FURS,
           (8, 8, 8, 12, 12, 4, 5), (4, 4, 4, 0, 1, 3, 5, 6), (0, 1, 1, 3, 3, 7, 9, 11), _PAINTS)

# Grounds: what is above and below the horizon, and how likely each is, by class, in fortieths.
_GROUNDS = np.array((  # sky, clouds, meadow, wood, road, sea, room, studio, sand
    ((.5, .68, .9), (.62, .76, .92)), ((.75, .78, .82), (.6, .64, .7)), ((.66, .78, .88), (.38, .52, .22)),
    ((.2, .3, .14), (.36, .4, .18)), ((.62, .62, .6), (.42, .42, .43)), ((.68, .78, .88), (.22, .4, .54)),
    ((.66, .56, .44), (.46, .32, .22)), ((.9, .9, .9), (.84, .84, .84)), ((.6, .62, .55), (.66, .56, .4))), np.float32)
_LIKELY = np.array((
    (14, 8, 3, 1, 6, 3, 1, 3, 1), (2, 3, 6, 3, 14, 1, 2, 6, 3), (8, 4, 7, 8, 1, 4, 1, 4, 3),
    (1, 1, 6, 3, 3, 1, 15, 7, 3), (2, 2, 13, 13, 2, 1, 1, 2, 4),
    (1, 1, 10, 3, 4, 2, 10, 5, 4), (1, 1, 8, 10, 2, 4, 3, 6, 5),
    (3, 2, 15, 6, 3, 1, 2, 2, 6), (5, 5, 1, 1, 2, 22, 1, 2, 1), (3, 3, 6, 3, 14, 1, 2, 5, 3)))
# fmt: on


def draw(labels: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draw synthetic images: objects made of parts, images (N, 32, 32, 3) uint8 for labels (N,)."""
    n = len(labels)
    canvas = _scenery(labels, rng)
    chosen = OBJECTS.pick(labels, rng)
    rods = OBJECTS.rods[chosen]
    points = OBJECTS.corners[chosen] / np.float32(100)
    # Limbs swing, and nothing sits where it sits in the next picture.
    points += normal(rng, 0.02, *rods.shape, 1, 2)
    points += normal(rng, 0.03, *points.shape) * rods[..., None, None]
    points, zoom = place(
        points, rng, scale=(0.65, 1.1), aspect=0.1, turn=0.12, slant=0.08, shift=0.12, wobble=0.03
    )
    mirrored = np.where(rng.random(n) < 0.5, -1, 1).astype(np.float32)
    points[..., 0] *= mirrored[:, None, None]
    radii = OBJECTS.radii[chosen] * (zoom * uniform(rng, 0.0085, 0.012, n))[:, None, None]
    softness = uniform(rng, 0.07, 0.15, n)
    roles = OBJECTS.roles[chosen]
    colours = _palette(labels, rng)[np.arange(n)[:, None], roles]
    paint(canvas, points, radii, rods, colours, softness, shade=0.25, shown=roles >= 0)
    _clutter(canvas, rng, count=2, shown=0.4)
    # The light has a strength, a colour and a side; the camera adds grain.
    canvas *= 1 + 0.1 * smooth_noise(rng, n, 32, 8)
    slope = normal(rng, 0.12, 2, n, 1, 1)
    at = grid(32)
    canvas *= uniform(rng, 0.7, 1.2, n, 1, 1) + slope[0] * at + slope[1] * at[:, None]
    canvas *= 1 + normal(rng, 0.06, 3, n, 1, 1)
    canvas += normal(rng, 0.03, 3, n, 32, 32)
    return finish(canvas)


def _scenery(labels: NDArray[np.uint8], rng: np.random.Generator) -> Floats:
    """Return textured backgrounds with a horizon and distant things, (3, N, 32, 32), loosely tied to the class."""
    n = len(labels)
    share = np.cumsum(_LIKELY, axis=1) / _LIKELY.sum(axis=1, keepdims=True)
    kind = (rng.random((n, 1)) > share[labels]).sum(axis=1)
    tones = _GROUNDS[kind] + normal(rng, 0.07, n, 2, 3)
    above, below = (np.moveaxis(tones[:, side], 0, 1)[..., None, None] for side in (0, 1))
    at, slope = grid(32), normal(rng, 0.08, n, 1, 1)
    horizon = uniform(rng, -0.5, 0.7, n, 1, 1) + slope * at
    haze = uniform(rng, 0.07, 0.6, n, 1, 1)
    canvas: Floats = above + coverage(horizon - at[:, None], haze) * (below - above)
    coarse, fine = uniform(rng, 0, 0.1, 2, n, 1, 1)
    canvas += coarse * smooth_noise(rng, n, 32, 4) + fine * smooth_noise(rng, n, 32, 12)
    _clutter(canvas, rng, count=3, shown=0.5)
    return canvas


def _palette(labels: NDArray[np.uint8], rng: np.random.Generator) -> Floats:
    """Return each picture's colours by role, (N, roles, 3)."""
    n = len(labels)
    options = np.array([len(bodies) for bodies in _BODIES])[labels]
    body = _COLOURS[np.array([_BODIES[c][i] for c, i in zip(labels, rng.integers(0, options), strict=True)])]
    other = _COLOURS[rng.integers(0, len(_COLOURS), (n, 2))]
    second = body + uniform(rng, 0.1, 0.7, n, 1) * (other[:, 0] - body)
    dark, glass, light, horn = np.array(
        ((0.1, 0.1, 0.1), (0.3, 0.38, 0.45), (0.9, 0.88, 0.84), (0.66, 0.52, 0.28)), np.float32
    )[:, None].repeat(n, axis=1)
    table = np.stack([body, 0.7 * body, second, dark, glass, light, horn, other[:, 1]], axis=1)
    table += normal(rng, 0.05, n, 1, 3)
    return np.clip(table + normal(rng, 0.05, *table.shape), 0.02, 1)


def _clutter(canvas: Floats, rng: np.random.Generator, count: int, shown: float) -> None:
    """Paint up to `count` poles, branches and blocks onto each picture."""
    n = canvas.shape[1]
    middle = uniform(rng, -1.1, 1.1, n, count, 1, 2)
    turn = np.sort(uniform(rng, 0, 2 * np.pi, n, count, 6), axis=-1)
    rods = rng.random((n, count)) < 0.6
    reach = uniform(rng, 0.4, 1, n, count, 1) * np.where(rods, 0.9, 0.3)[..., None]
    corners = middle + np.stack([np.cos(turn), np.sin(turn)], axis=-1) * reach[..., None].astype(np.float32)
    radii = uniform(rng, 0.02, 0.07, n, count, 2)
    colours = _COLOURS[rng.integers(0, len(_COLOURS), (n, count))] + normal(rng, 0.06, n, count, 3)
    there = rng.random((n, count)) < shown
    softness = uniform(rng, 0.07, 0.3, n)
    paint(canvas, corners, radii, rods, colours, softness, shade=0.15, shown=there)
