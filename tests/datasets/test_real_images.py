"""Real files, read from BENCH_DATA_DIR: what is decoded has the statistics that the field knows of these images."""

import os
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import datasets

pytestmark = pytest.mark.real_data
DATA_DIR = os.environ.get("BENCH_DATA_DIR")  # read before tests are kept off this machine's own data

# Mean and standard deviation per channel of the training images, scaled to 0..1, as people normalise by them. Those known of
# SVHN are of its whole training file, from which only a balanced draw is loaded.
KNOWN = {
    "mnist": ((0.1307,), (0.3081,)),
    "fashion_mnist": ((0.2860,), (0.3530,)),
    "kmnist": ((0.1918,), (0.3483,)),
    "emnist_letters": ((0.1722,), (0.3309,)),
    "cifar10": ((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)),
    "cifar100": ((0.5071, 0.4865, 0.4409), (0.2673, 0.2564, 0.2762)),
}


@cache
def _loaded(name: str) -> datasets.Dataset:
    if not DATA_DIR:
        pytest.fail("BENCH_DATA_DIR is not set; expected the folder of the image files.")
    try:
        return datasets.load(name, "real", data_dir=Path(DATA_DIR), accept_copies=True)
    except datasets.DataNotFound:
        pytest.skip(f"no files of {name} in {DATA_DIR}")


@pytest.mark.parametrize("name", KNOWN)
def test_images_have_the_known_mean_and_spread(name: str) -> None:
    images = _loaded(name).x_train
    flat = images.reshape(-1, images.shape[-1])
    histograms = [np.bincount(channel, minlength=256) / len(channel) for channel in flat.T]
    levels = np.arange(256) / 255
    means = [float(shares @ levels) for shares in histograms]
    spreads = [
        float(np.sqrt(shares @ (levels - mean) ** 2)) for shares, mean in zip(histograms, means, strict=True)
    ]
    mean, spread = KNOWN[name]
    # Copies that were compressed again differ by a little.
    assert means == pytest.approx(mean, abs=5e-4)
    assert spreads == pytest.approx(spread, abs=2e-3)


@pytest.mark.parametrize("name", datasets.names())
def test_classes_have_the_declared_sizes(name: str) -> None:
    loaded, spec = _loaded(name), datasets.spec(name)
    without_extra = name == "svhn" and "extra_32x32.mat is not there" in loaded.origin
    assert tuple(np.bincount(loaded.y_train)) == ((4_659,) * 10 if without_extra else spec.train_counts)
    assert tuple(np.bincount(loaded.y_test)) == spec.test_counts


def test_letters_stand_upright() -> None:
    """EMNIST's files hold the images transposed."""
    loaded = _loaded("emnist_letters")
    ink = loaded.x_train[loaded.y_train == loaded.class_names.index("i")].mean(axis=0)[..., 0]
    rows, columns = np.indices(ink.shape)
    tall, wide = (np.cov(axis.ravel(), aweights=ink.ravel()) for axis in (rows, columns))
    assert tall > 2 * wide
