"""Every layout's files, whole and cut short."""

from pathlib import Path

import numpy as np
import pytest

from datasets import load_real
from tests.support.official_files import EVERY_LAYOUT, content, refusal, small, write


@pytest.mark.parametrize(("name", "i"), [each for each in EVERY_LAYOUT if each[0] != "svhn"])
def test_every_layout_decodes_to_the_images_it_was_made_of(name: str, i: int, tmp_path: Path) -> None:
    spec = small(name)
    write(spec, spec.layouts[i], tmp_path)
    loaded, made = load_real(spec, data_dir=tmp_path, accept_copies=True), content(spec)
    for split in ("x_train", "y_train", "x_test", "y_test"):
        array = getattr(loaded, split)
        assert array.dtype == np.uint8
        np.testing.assert_array_equal(array, getattr(made, split))


@pytest.mark.parametrize(("name", "i"), EVERY_LAYOUT)
def test_truncated_files_are_refused(name: str, i: int, tmp_path: Path) -> None:
    spec = small(name)
    folder = write(spec, spec.layouts[i], tmp_path)
    for file in spec.layouts[i].files:
        whole = (folder / file.name).read_bytes()
        (folder / file.name).write_bytes(whole[: len(whole) // 2])
        assert file.name in refusal(spec, tmp_path)
        (folder / file.name).write_bytes(whole)
