"""EMNIST Letters: handwritten letters, capitals and small letters merged.

145,600 images, uint8, 28 x 28 x 1, white (255) strokes on black (0): 124,800 to train, 20,800 to test. 26
classes, a to z, exactly balanced (4,800 and 800 per class); a class holds both forms of its letter. Made from
NIST Special Database 19 as MNIST was made from others, but with smoothed edges.

Source: Cohen, Afshar, Tapson, van Schaik, "EMNIST: an extension of MNIST to handwritten letters", 2017,
https://arxiv.org/abs/1702.05373, https://www.nist.gov/itl/products-and-services/emnist-dataset. Licence: a
work of the United States government, in the public domain there.

Known defects: i and l, and g and q, are often the same shape, so that nobody reaches 100%; some images carry
the label of another letter. The official files hold every image transposed, and count the labels from 1; here images
are upright, and labels count from 0.

Checksums: the archive's as in torchvision; nobody has published any of the files within it.
"""

import numpy as np
from numpy.typing import NDArray

from datasets._contract import File, Layout, Spec
from datasets._files.emnist import read_emnist_folder, read_emnist_zip
from datasets._synthetic.handwriting import Hand, write
from datasets._synthetic.letters import LETTERS

SPEC = Spec(
    name="emnist_letters",
    title="EMNIST Letters",
    shape=(28, 28, 1),
    class_names=tuple("abcdefghijklmnopqrstuvwxyz"),
    train_counts=(4800,) * 26,
    test_counts=(800,) * 26,
    in_default_grid=False,
    layouts=(
        Layout(
            folders=("emnist", "EMNIST/raw", "gzip", ""),
            files=(
                File("emnist-letters-train-images-idx3-ubyte.gz", 31_197_137, ()),
                File("emnist-letters-train-labels-idx1-ubyte.gz", 79_244, ()),
                File("emnist-letters-test-images-idx3-ubyte.gz", 5_105_133, ()),
                File("emnist-letters-test-labels-idx1-ubyte.gz", 106, ()),
            ),
            read=read_emnist_folder,
        ),
        Layout(
            folders=("emnist", "EMNIST/raw", ""),
            files=(
                File(
                    "gzip.zip",
                    561_753_746,
                    ("md5:58c8d27c78d21e728a6bc7b3cc06412e",),
                    "https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip",
                ),
            ),
            read=read_emnist_zip,
        ),
    ),
)


# EMNIST's edges are smoothed.
_HAND = Hand(
    shake=0.06, scale=(0.6, 0.85), aspect=0.1, turn=0.1, slant=0.18, shift=0.05, wobble=0.07,
    width=(0.075, 0.14), swell=0.18, softness=(0.14, 0.24),
)  # fmt: skip


def draw(labels: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draw synthetic images: handwriting-like letters, images (N, 28, 28, 1) uint8 for labels (N,)."""
    return write(LETTERS, labels, rng, _HAND)
