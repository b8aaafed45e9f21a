"""MNIST: handwritten digits.

70,000 images, uint8, 28 x 28 x 1, white (255) strokes on black (0): 60,000 to train, 10,000 to test. Ten
classes, the digits 0..9, nearly balanced (5,421 to 6,742 images per class). Size-normalised and centred by
centre of mass.

Source: LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition", Proc.
IEEE 86 (1998), http://yann.lecun.com/exdb/mnist/. Licence: Creative Commons Attribution-ShareAlike 3.0
(LeCun and Cortes; derived from NIST's Special Databases 1 and 3).

Known defects: about 0.15% of the test labels (15 of 10,000) are wrong (Northcutt, Athalye, Mueller 2021,
https://arxiv.org/abs/2103.14749); of NIST's test half only 10,000 of 60,000 images were kept (Yadav, Bottou
2019, QMNIST, https://arxiv.org/abs/1905.10498). Writers of the training and the test set are disjoint.

Checksums: `mnist.npz` as in Keras, the gzipped IDX files as in torchvision; the unpacked IDX files' are
those in common use, and were confirmed by re-encoding the images of an independent copy.
"""

import numpy as np
from numpy.typing import NDArray

from datasets._contract import File, Layout, Spec
from datasets._files.idx import read_idx_splits
from datasets._files.npz import read_npz_splits
from datasets._synthetic.digits import DIGITS
from datasets._synthetic.handwriting import Hand, write

SPEC = Spec(
    name="mnist",
    title="MNIST",
    shape=(28, 28, 1),
    class_names=tuple("0123456789"),
    train_counts=(5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949),
    test_counts=(980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009),
    layouts=(
        Layout(
            folders=("", "mnist"),
            files=(
                File(
                    "mnist.npz",
                    11_490_434,
                    ("sha256:731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",),
                    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz",
                ),
            ),
            read=read_npz_splits,
        ),
        Layout(
            folders=("mnist", "MNIST/raw", ""),
            files=(
                File("train-images-idx3-ubyte.gz", 9_912_422, ("md5:f68b3c2dcbeaaa9fbdd348bbdeb94873",)),
                File("train-labels-idx1-ubyte.gz", 28_881, ("md5:d53e105ee54ea40749a09fcbcd1e9432",)),
                File("t10k-images-idx3-ubyte.gz", 1_648_877, ("md5:9fb629c4189551a2d022fa330f9573f3",)),
                File("t10k-labels-idx1-ubyte.gz", 4_542, ("md5:ec29112dd5afa0611ce80d1b7f02629c",)),
            ),
            read=read_idx_splits,
            shares_names=True,
        ),
        Layout(
            folders=("mnist", "MNIST/raw", ""),
            files=(
                File("train-images-idx3-ubyte", 47_040_016, ("md5:6bbc9ace898e44ae57da46a324031adb",)),
                File("train-labels-idx1-ubyte", 60_008, ("md5:a25bea736e30d166cdddb491f175f624",)),
                File("t10k-images-idx3-ubyte", 7_840_016, ("md5:2646ac647ad5339dbf082846283269ea",)),
                File("t10k-labels-idx1-ubyte", 10_008, ("md5:27ae3e4e09519cfbb04c329615203637",)),
            ),
            read=read_idx_splits,
            shares_names=True,
        ),
    ),
)


_HAND = Hand(
    shake=0.075, scale=(0.55, 0.78), aspect=0.09, turn=0.13, slant=0.2, shift=0.06, wobble=0.09,
    width=(0.035, 0.125), swell=0.18, softness=(0.09, 0.16),
)  # fmt: skip


def draw(labels: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draw synthetic images: handwriting-like digits, images (N, 28, 28, 1) uint8 for labels (N,)."""
    return write(DIGITS, labels, rng, _HAND)
