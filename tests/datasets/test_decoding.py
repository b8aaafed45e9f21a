"""Every layout's files: whole, cut short and damaged."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets import DataRefused, load_real
from tests.support.official_files import EVERY_LAYOUT, content, refusal, sealed, small, write


@pytest.mark.parametrize(("name", "i"), [each for each in EVERY_LAYOUT if each[0] != "svhn"])
def test_every_layout_decodes_to_the_images_it_was_made_of(name: str, i: int, tmp_path: Path) -> None:
    spec = small(name)
    write(spec, spec.layouts[i], tmp_path)
    loaded, made = load_real(spec, data_dir=tmp_path, accept_copies=True), content(spec)
    for split in ("x_train", "y_train", "x_test", "y_test"):
        array = getattr(loaded, split)
        assert array.dtype == np.uint8
        np.testing.assert_array_equal(array, getattr(made, split))


def test_official_files_that_are_declared_otherwise_blame_the_declaration(tmp_path: Path) -> None:
    spec = small("mnist")
    folder = write(spec, spec.layouts[0], tmp_path)
    wrong = replace(spec, train_counts=spec.train_counts[::-1])
    blame = "\nBut all files have their official checksums: correct what datasets/mnist.py declares, or how it reads"
    assert blame in refusal(sealed(wrong, folder), tmp_path)
    assert blame not in refusal(wrong, tmp_path)


@pytest.mark.parametrize(("name", "i"), EVERY_LAYOUT)
def test_truncated_files_are_refused(name: str, i: int, tmp_path: Path) -> None:
    spec = small(name)
    folder = write(spec, spec.layouts[i], tmp_path)
    for file in spec.layouts[i].files:
        whole = (folder / file.name).read_bytes()
        (folder / file.name).write_bytes(whole[: len(whole) // 2])
        assert file.name in refusal(spec, tmp_path)
        (folder / file.name).write_bytes(whole)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, int], dict[str, Path]]:
    """The files of a layout, by name."""
    kept: dict[tuple[str, int], dict[str, Path]] = {}

    def files(name: str, i: int) -> dict[str, Path]:
        if (name, i) not in kept:
            spec = small(name)
            folder = write(spec, spec.layouts[i], tmp_path_factory.mktemp(name))
            kept[name, i] = {file.name: folder / file.name for file in spec.layouts[i].files}
        return kept[name, i]

    return files


@pytest.mark.parametrize(("name", "i"), EVERY_LAYOUT)
@settings(max_examples=25, deadline=None, derandomize=True)
@given(draw=st.data())
def test_damaged_files_are_refused_or_read_as_declared(
    name: str, i: int, draw: st.DataObject, written: Callable[[str, int], dict[str, Path]]
) -> None:
    spec, paths = small(name), written(name, i)
    path = paths[draw.draw(st.sampled_from(sorted(paths)))]
    whole = path.read_bytes()
    # Mostly headers: flipped pixels are no error.
    start = draw.draw(st.integers(0, min(len(whole) - 1, 600)))
    damage = draw.draw(st.binary(min_size=1, max_size=8))
    path.write_bytes(whole[:start] + damage + whole[start + draw.draw(st.sampled_from([0, len(damage)])) :])
    refusal = ""
    try:
        splits = spec.layouts[i].read(spec, paths)
    except DataRefused as refused:
        refusal = str(refused)
    finally:
        path.write_bytes(whole)
    if refusal:
        # What only all of CIFAR-10's batches together show names their folder.
        assert path.name in refusal or path.parent.name in refusal
    else:
        assert splits.x_test.shape == (sum(spec.test_counts), *spec.shape)
        assert splits.x_test.dtype == splits.y_test.dtype == np.uint8
