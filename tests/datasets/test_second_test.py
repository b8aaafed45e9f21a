"""A second test set beside the official files: found, checked, read, and part of no fingerprint."""

import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import datasets
from datasets import DataRefused, cifar10, load_real
from datasets._contract import Spec
from datasets._files import checksums
from tests.support.official_files import images, labels, sealed, small, write, write_second_test

CIFAR = small("cifar10")
IMAGES, LABELS = "cifar10.1_v6_data.npy", "cifar10.1_v6_labels.npy"


@pytest.fixture
def spec(data: Path) -> Spec:
    """CIFAR-10 with a few images, its files in the data directory, those of CIFAR-10.1 not."""
    write(CIFAR, CIFAR.layouts[0], data)
    return CIFAR


def load(spec: Spec, data: Path) -> datasets.Dataset:
    return load_real(spec, data_dir=data, accept_copies=True)


def test_the_official_files_are_those_of_version_6() -> None:
    second = cifar10.SPEC.second_test
    assert second is not None
    assert second.images.checksums == (
        "sha256:2997188e5816f5bd545dc77771b6227828c28146049fcecf3fa10775474cacc6",
    )
    assert second.labels.checksums == (
        "sha256:ae40beda001693674edc94d925ee8268cfe68905f8f9aff800c8dcdfcd6c9448",
    )
    assert (sum(second.counts), len(second.counts)) == (2000, len(cifar10.SPEC.class_names))


@pytest.mark.parametrize("folder", ["", "cifar10.1", "CIFAR-10.1/datasets"])
@pytest.mark.parametrize("kind", ["int32", "int64", "uint8"])
def test_it_is_read_whole_and_changes_no_fingerprint(spec: Spec, data: Path, folder: str, kind: str) -> None:
    without = load(spec, data)
    assert without.second_test is None
    assert IMAGES not in without.origin
    write_second_test(spec, data / folder, kind)
    found = load(spec, data)
    second = found.second_test
    assert second is not None
    np.testing.assert_array_equal(second.x, images(spec, 20, 5))
    np.testing.assert_array_equal(second.y, labels((2,) * 10, 6))
    assert second.y.dtype == np.uint8
    assert IMAGES in found.origin
    for name in ("fingerprint", "train_fingerprint", "test_fingerprint"):
        assert getattr(found, name) == getattr(without, name)
    share = found.subset(20, 10)
    assert share.second_test is second
    assert share.fingerprint == without.subset(20, 10).fingerprint


def test_other_contents_have_another_identity(spec: Spec, data: Path) -> None:
    write_second_test(spec, data)
    first = load(spec, data).second_test
    changed = images(spec, 20, 5)
    changed[0, 0, 0, 0] += 1
    np.save(data / IMAGES, changed)
    second = load(spec, data).second_test
    assert first is not None
    assert second is not None
    assert first.identity.startswith("CIFAR-10.1 (v6), ")
    assert first.identity != second.identity


def test_files_with_other_checksums_are_refused_unless_accepted(spec: Spec, data: Path) -> None:
    write_second_test(spec, data)
    known = sealed(spec, data / spec.layouts[0].folders[0])
    for _ in range(2):  # the second time with the data set's own arrays cached
        with pytest.raises(DataRefused) as refused:
            load_real(known, data_dir=data)
        text = str(refused.value)
        for part in (
            checksums.checksum(data / IMAGES, "sha256"),
            "2997188e5816f5bd",
            "ae40beda0016",
            "--accept-copies",
        ):
            assert part in text
        assert "data_batch_1" not in text
        accepted = load(known, data)
        assert not accepted.verified
        assert f"accepted copies: {IMAGES}, {LABELS}" in accepted.origin
    assert load_real(sealed(known, data), data_dir=data).verified


@pytest.mark.parametrize(("there", "lost"), [(IMAGES, LABELS), (LABELS, IMAGES)])
def test_one_of_the_two_files_alone_is_refused_unless_another_place_has_both(
    spec: Spec, data: Path, tmp_path: Path, there: str, lost: str
) -> None:
    write_second_test(spec, data)
    (data / lost).unlink()
    with pytest.raises(DataRefused, match=f"only {there} is in .*; expected {lost} beside it"):
        load(spec, data)
    write_second_test(spec, tmp_path / "keras" / "datasets")
    assert load(spec, data).second_test is not None


@pytest.mark.parametrize(
    ("file", "array", "message"),
    [
        (IMAGES, np.zeros((20, 32, 32), np.uint8), "uint8 (20, 32, 32), expected uint8 (20, 32, 32, 3)"),
        (IMAGES, np.zeros((20, 32, 32, 3), np.float32), "is float32"),
        (IMAGES, np.array([{"a": 1}], object), "is object"),
        (LABELS, np.arange(21, dtype=np.int32), "(21,), expected int32 or int64 or uint8 (20,)"),
        (LABELS, np.zeros(20, np.float64), "is float64"),
        (LABELS, np.full(20, -1, np.int32), "labels -1 to -1, expected 0..9"),
        (LABELS, np.full(20, 256, np.int64), "labels 256 to 256, expected 0..9"),
        (LABELS, np.zeros(20, np.int32), "images of each class"),
    ],
)
def test_broken_and_hostile_files_are_refused(
    spec: Spec, data: Path, file: str, array: NDArray[np.generic], message: str
) -> None:
    write_second_test(spec, data)
    np.save(data / file, array, allow_pickle=True)
    with pytest.raises(DataRefused) as refused:
        load(spec, data)
    assert message in str(refused.value)
    assert file in str(refused.value)


def test_more_data_than_the_header_says_and_pipes_are_refused(spec: Spec, data: Path) -> None:
    write_second_test(spec, data)
    with (data / IMAGES).open("ab") as stream:
        stream.write(b"more")
    with pytest.raises(DataRefused, match="more data than"):
        load(spec, data)
    (data / IMAGES).unlink()
    os.mkfifo(data / IMAGES)
    with pytest.raises(DataRefused, match="a pipe"):
        load(spec, data)


def test_generated_images_have_none(spec: Spec, data: Path) -> None:
    write_second_test(spec, data)
    assert datasets.load("cifar10", "synthetic", data_dir=data, train=20, test=20).second_test is None


def test_its_files_are_listed_as_optional(spec: Spec, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cifar10, "SPEC", spec)

    def states(*, verify: bool = False) -> list[tuple[str, bool]]:
        found = {
            status.file: status for status in datasets.file_status("cifar10", data_dir=data, verify=verify)
        }
        return [(found[name].state, found[name].optional) for name in (IMAGES, LABELS)]

    assert states() == [("missing", True)] * 2
    write_second_test(spec, data)
    assert states() == [("found", True)] * 2
    assert states(verify=True) == [("copy", True)] * 2
