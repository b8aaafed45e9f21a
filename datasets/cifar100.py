"""CIFAR-100: small photographs of a hundred kinds of things.

60,000 images, uint8, 32 x 32 x 3 (RGB): 50,000 to train, 10,000 to test. A hundred classes (the fine labels),
exactly balanced (500 and 100 per class), five in each of twenty superclasses, which are not used here.

Source: Krizhevsky, "Learning multiple layers of features from tiny images", 2009,
https://www.cs.toronto.edu/~kriz/cifar.html. Licence: none stated; the authors ask to be cited. A labelled
part of the 80 Million Tiny Images, which their makers withdrew in 2020.

Known defects: 5.85% of the test labels are wrong (Northcutt, Athalye, Mueller 2021,
https://arxiv.org/abs/2103.14749); 10% of the test images have a near-duplicate among the training images
(Barz, Denzler 2020, ciFAIR, https://arxiv.org/abs/1902.00423).

Checksums: the archive's as in Keras (sha256) and torchvision (md5), the batches' as in torchvision.
"""

import numpy as np
from numpy.typing import NDArray

from datasets._contract import File, Layout, Spec
from datasets._files.cifar import CIFAR100_FOLDER, read_cifar100_folder, read_cifar100_tar
from datasets._synthetic.canvas import finish, grid
from datasets._synthetic.noise import normal, place, smooth_noise, uniform
from datasets._synthetic.shapes import paint
from datasets._synthetic.species import SPECIES

# fmt: off
_CLASSES = (
    "apple", "aquarium_fish", "baby", "bear", "beaver", "bed", "bee", "beetle", "bicycle", "bottle", "bowl", "boy",
    "bridge", "bus", "butterfly", "camel", "can", "castle", "caterpillar", "cattle", "chair", "chimpanzee", "clock",
    "cloud", "cockroach", "couch", "crab", "crocodile", "cup", "dinosaur", "dolphin", "elephant", "flatfish",
    "forest", "fox", "girl", "hamster", "house", "kangaroo", "keyboard", "lamp", "lawn_mower", "leopard", "lion",
    "lizard", "lobster", "man", "maple_tree", "motorcycle", "mountain", "mouse", "mushroom", "oak_tree", "orange",
    "orchid", "otter", "palm_tree", "pear", "pickup_truck", "pine_tree", "plain", "plate", "poppy", "porcupine",
    "possum", "rabbit", "raccoon", "ray", "road", "rocket", "rose", "sea", "seal", "shark", "shrew", "skunk",
    "skyscraper", "snail", "snake", "spider", "squirrel", "streetcar", "sunflower", "sweet_pepper", "table", "tank",
    "telephone", "television", "tiger", "tractor", "train", "trout", "tulip", "turtle", "wardrobe", "whale",
    "willow_tree", "wolf", "woman", "worm",
)
# fmt: on

SPEC = Spec(
    name="cifar100",
    title="CIFAR-100",
    shape=(32, 32, 3),
    mirrorable=True,
    in_default_grid=False,
    class_names=_CLASSES,
    train_counts=(500,) * 100,
    test_counts=(100,) * 100,
    layouts=(
        Layout(
            # The second is where Keras's own loader unpacks the archive.
            folders=(CIFAR100_FOLDER, f"cifar-100-python-target/{CIFAR100_FOLDER}"),
            files=(
                File("train", 155_249_918, ("md5:16019d7e3df5f24257cddd939b257f8d",)),
                File("test", 31_049_908, ("md5:f0ef6b0ae62326f3e7ffdfab6717acfc",)),
            ),
            read=read_cifar100_folder,
        ),
        Layout(
            folders=("", "cifar100"),
            files=(
                File(
                    "cifar-100-python.tar.gz",
                    169_001_437,
                    (
                        "sha256:85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7",
                        "md5:eb9058c3a382ffc7106e4002c42a8d85",
                    ),
                    "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz",
                ),
            ),
            read=read_cifar100_tar,
        ),
    ),
)


def draw(labels: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draw synthetic images: things put together by rule, images (N, 32, 32, 3) uint8 for labels (N,)."""
    n, shapes = len(labels), SPECIES.shapes
    chosen = shapes.pick(labels, rng)
    ground = SPECIES.grounds[labels] + normal(rng, 0.1, n, 3)
    canvas = np.ascontiguousarray(np.broadcast_to(ground.T[:, :, None, None], (3, n, 32, 32)))
    canvas += uniform(rng, 0, 0.12, n, 1, 1) * smooth_noise(rng, n, 32, 6)
    points, zoom = place(
        shapes.corners[chosen] + normal(rng, 0.02, *shapes.corners[chosen].shape),
        rng, scale=(0.7, 1.05), aspect=0.1, turn=0.15, slant=0.08, shift=0.1, wobble=0.03,
    )  # fmt: skip
    points[..., 0] *= np.where(rng.random(n) < 0.5, -1, 1).astype(np.float32)[:, None, None]
    radii = shapes.radii[chosen] * (zoom * uniform(rng, 0.9, 1.1, n))[:, None, None]
    roles = shapes.roles[chosen]
    palette = np.clip(SPECIES.colours[labels] + normal(rng, 0.07, n, 4, 3), 0.02, 1)
    colours = palette[np.arange(n)[:, None], roles]
    paint(
        canvas, points, radii, shapes.rods[chosen], colours, uniform(rng, 0.07, 0.15, n),
        shade=0.25, shown=roles >= 0,
    )  # fmt: skip
    canvas *= uniform(rng, 0.75, 1.2, n, 1, 1) + normal(rng, 0.1, n, 1, 1) * grid(32)
    canvas += normal(rng, 0.03, 3, n, 32, 32)
    return finish(canvas)
