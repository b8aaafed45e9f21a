"""SVHN's balanced draw from its files."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from datasets import load_real, svhn
from tests.support.official_files import (
    SVHN_PER_CLASS,
    SVHN_TRAIN,
    images,
    labels,
    refusal,
    small,
    write,
    write_mat,
)

SVHN = small("svhn")
(MATS,) = SVHN.layouts


def test_svhn_without_extra_is_balanced_at_its_rarest_class_and_says_so(tmp_path: Path) -> None:
    write(SVHN, MATS, tmp_path)
    loaded = load_real(SVHN, data_dir=tmp_path, accept_copies=True)
    assert np.bincount(loaded.y_train).tolist() == [min(SVHN_TRAIN)] * 10
    assert "4 images per class" in loaded.origin
    assert "extra_32x32.mat is not there" in loaded.origin
    _assert_drawn(loaded.x_train, loaded.y_train, images(SVHN, sum(SVHN_TRAIN), 1), labels(SVHN_TRAIN, 1))


@pytest.mark.parametrize("seed", range(4))
def test_svhn_with_extra_draws_without_the_held_out_images(seed: int, tmp_path: Path) -> None:
    folder = write(SVHN, MATS, tmp_path)
    write_mat(folder / "extra_32x32.mat", SVHN, labels((8,) * 10, 5), 5)
    assert isinstance(MATS.read, svhn.BalancedDraw)
    spec = replace(SVHN, layouts=(replace(MATS, read=replace(MATS.read, seed=seed)),))
    loaded = load_real(spec, data_dir=tmp_path, accept_copies=True)
    assert np.bincount(loaded.y_train).tolist() == [SVHN_PER_CLASS] * 10
    assert "not there" not in loaded.origin
    pool_x = np.concatenate([images(SVHN, sum(SVHN_TRAIN), 1), images(SVHN, 80, 5)])
    pool_y = np.concatenate([labels(SVHN_TRAIN, 1), labels((8,) * 10, 5)])
    chosen = _assert_drawn(loaded.x_train, loaded.y_train, pool_x, pool_y)
    # Class 9 has 4 images in train and 8 in extra; 2 and 1 of them are held out, the draw takes all the rest.
    nines = [i for i in chosen if pool_y[i] == 9]
    assert sum(i < sum(SVHN_TRAIN) for i in nines) == 2
    shutil.rmtree(tmp_path / "cache")
    assert load_real(spec, data_dir=tmp_path, accept_copies=True).fingerprint == loaded.fingerprint


def _assert_drawn(x: np.ndarray, y: np.ndarray, pool_x: np.ndarray, pool_y: np.ndarray) -> list[int]:
    """Every image is one of the pool's, with its label, and none is there twice."""
    positions = {image.tobytes(): i for i, image in enumerate(pool_x)}
    chosen = [positions[image.tobytes()] for image in x]
    assert len(set(chosen)) == len(chosen)
    np.testing.assert_array_equal(pool_y[chosen], y)
    return chosen


def test_the_declared_draw_is_the_studys() -> None:
    draw = svhn.SPEC.layouts[0].read
    assert isinstance(draw, svhn.BalancedDraw)
    assert sum(draw.train_counts) + draw.extra_images - 10 * sum(draw.held_out) == 598_388
    assert sum(svhn.SPEC.train_counts) == 60_000
    assert sum(svhn.SPEC.test_counts) == 26_032
    assert min(draw.train_counts) == draw.train_counts[9] == 4_659


def test_extra_that_cannot_fill_the_draw_is_refused(tmp_path: Path) -> None:
    folder = write(SVHN, MATS, tmp_path)
    write_mat(folder / "extra_32x32.mat", SVHN, labels((80, *[0] * 9), 5), 5)
    assert "the rarest class has 4 images, and the draw needs 12" in refusal(SVHN, tmp_path)
