"""KMNIST (Kuzushiji-MNIST): cursive Japanese characters from old books, a drop-in for MNIST.

70,000 images, uint8, 28 x 28 x 1, white (255) strokes on black (0): 60,000 to train, 10,000 to test. Ten
classes, one hiragana from each row of the syllabary, exactly balanced (6,000 and 1,000 per class). A class
holds several historical forms (hentaigana) that share nothing but their reading.

Source: Clanuwat, Bober-Irizar, Kitamoto, Lamb, Yamamoto, Ha, "Deep learning for classical Japanese
literature", 2018, https://arxiv.org/abs/1812.01718, https://github.com/rois-codh/kmnist. Licence: Creative
Commons Attribution-ShareAlike 4.0 (CODH; adapted from the Kuzushiji Dataset, doi:10.20676/00000341).

Known defects: both splits have images from the same books, so a test image may share its writer with training
images. How many labels are wrong is not known.

Checksums: the gzipped files' as in torchvision.
"""

import numpy as np
from numpy.typing import NDArray

from datasets._contract import File, Layout, Spec
from datasets._files.idx import read_idx_splits
from datasets._synthetic.handwriting import Hand, write
from datasets._synthetic.hiragana import HIRAGANA

_URL = "http://codh.rois.ac.jp/kmnist/dataset/kmnist/"
_FILES = (
    ("train-images-idx3-ubyte.gz", 18_165_135, "md5:bdb82020997e1d708af4cf47b453dcf7"),
    ("train-labels-idx1-ubyte.gz", 29_497, "md5:e144d726b3acfaa3e44228e80efcd344"),
    ("t10k-images-idx3-ubyte.gz", 3_041_136, "md5:5c965bf0a639b31b8f53240b1b52f4d7"),
    ("t10k-labels-idx1-ubyte.gz", 5_120, "md5:7320c461ea6c1c855c0b718fb2a4b134"),
)

SPEC = Spec(
    name="kmnist",
    title="KMNIST",
    shape=(28, 28, 1),
    class_names=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
    train_counts=(6000,) * 10,
    test_counts=(1000,) * 10,
    in_default_grid=False,
    layouts=(
        Layout(
            folders=("kmnist", "KMNIST/raw", ""),
            files=tuple(File(name, size, (checksum,), _URL + name) for name, size, checksum in _FILES),
            read=read_idx_splits,
            shares_names=True,
        ),
    ),
)


# A brush swells and thins more than a pen.
_HAND = Hand(
    shake=0.08, scale=(0.7, 0.92), aspect=0.1, turn=0.1, slant=0.12, shift=0.05, wobble=0.08,
    width=(0.085, 0.16), swell=0.25, softness=(0.09, 0.18),
)  # fmt: skip


def draw(labels: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draw synthetic images: brushed hiragana, images (N, 28, 28, 1) uint8 for labels (N,)."""
    return write(HIRAGANA, labels, rng, _HAND)
