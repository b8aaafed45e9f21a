"""What was typed, as settings."""

import dataclasses
import os
from pathlib import Path
from typing import Any

import pytest

import datasets
import models
from benchmarks.experiment.settings import Settings


@pytest.fixture(autouse=True)
def _no_backend_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KERAS_BACKEND", raising=False)  # an engine that has started here sets it


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (
            {"datasets": "mnist,minst"},
            "--dataset minst: unknown; did you mean mnist\\? Expected one of .*cifar10.*mnist.*svhn",
        ),
        ({"datasets": ""}, "--dataset '': unknown"),
        ({"architectures": "_blocks"}, "--arch _blocks: unknown"),
        (
            {"precision": "float16"},
            "--precision float16: unknown; did you mean float32\\? Expected one of float32, mixed_bfloat16",
        ),
        ({"backend": "pytorch"}, "--backend pytorch: unknown; expected one of tensorflow, jax"),
        (
            {"skip_bad_images": True},
            "--skip-bad-images needs --own-data NAME=DIR, .*; add it, or leave this one out",
        ),
        ({"seeds": 0}, "--seeds 0: expected 1 to 1000"),
        ({"seeds": 1001}, "--seeds 1001: expected 1 to 1000"),
        (
            {"changes": ["augmentation.shift=0.1", "augmentation=none"]},
            "--set augmentation=none and --set augmentation.shift=0.1 contradict each other; leave one",
        ),
        (
            {"changes": ["augmentation=all", "augmentation.shift=0.1"]},
            "--set augmentation=all: expected none, or a field of it, such as augmentation.shift=0.1",
        ),
        ({"changes": ["epochs=1", "epochs=2"]}, "--set epochs: given 2 times; give each field once"),
        ({"first_seed": -1}, "--seed -1: expected a whole number from 0"),
        ({"first_seed": 2**31 - 1}, "--seed 2147483647: expected a whole number from 0 to 2147483646"),
    ],
)
def test_what_cannot_be_is_refused(typed: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse(**typed)


def parse(**typed: Any) -> Settings:
    given: dict[str, Any] = {
        "protocol": "quick", "architectures": None, "datasets": None, "first_seed": 0, "seeds": 1,
        "data": "auto", "data_dir": None, "accept_copies": False, "precision": "float32",
    }  # fmt: skip
    return Settings.parse(**given | typed)


@pytest.fixture
def too_small_for_squeezenet(monkeypatch: pytest.MonkeyPatch) -> None:
    """The images of `mnist` are 16x16."""
    spec = dataclasses.replace(datasets.spec("mnist"), shape=(16, 16, 1))
    known = datasets.spec
    monkeypatch.setattr(datasets, "spec", lambda name: spec if name == "mnist" else known(name))


@pytest.mark.usefixtures("too_small_for_squeezenet")
@pytest.mark.parametrize("architectures", [None, "all", " all "])
def test_pairs_that_cannot_be_trained_are_left_out_where_nobody_named_them(architectures: str | None) -> None:
    found = parse(architectures=architectures, datasets="mnist,cifar10")
    ids = {cell.id for cell in found.cells()}
    assert {"squeezenet-cifar10", "lenet-mnist", "vgg-mnist"} <= ids
    assert "squeezenet-mnist" not in ids
    said = "squeezenet-mnist (squeezenet takes images of 17x17 pixels or more, these are 16x16)"
    assert found.left_out() == f"left out of the grid: {said}"
    assert "squeezenet-mnist" not in {cell.id for cell in Settings.default_grid()}


@pytest.mark.usefixtures("too_small_for_squeezenet")
@pytest.mark.parametrize("architectures", ["squeezenet", "lenet,squeezenet"])
def test_pairs_that_cannot_be_trained_are_refused_where_they_were_named(architectures: str) -> None:
    said = r"--arch: squeezenet-mnist \(squeezenet takes images of 17x17 pixels or more, these are 16x16\); choose"
    with pytest.raises(ValueError, match=said):
        parse(architectures=architectures, datasets="mnist,cifar10")
    assert parse(architectures=architectures, datasets="cifar10").left_out() is None


def test_a_grid_without_a_pair_that_can_be_trained_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "smallest_size", lambda name: 33)
    with pytest.raises(ValueError, match=r"lenet-cifar10 \(lenet takes images of 33x33 pixels or more"):
        parse(datasets="cifar10")


def test_names_are_taken_in_the_order_typed_and_once() -> None:
    assert parse(architectures="vgg, lenet,vgg").architectures == ("vgg", "lenet")
    assert parse(first_seed=5, seeds=3).seeds == (5, 6, 7)


@pytest.mark.parametrize("variable", [False, True])
@pytest.mark.parametrize("data", ["auto", "real", "synthetic"])
def test_a_folder_of_images_that_is_not_there_is_refused_by_the_name_that_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: bool, data: str
) -> None:
    monkeypatch.setenv("BENCH_DATA_DIR", str(tmp_path / ("none" if variable else "other")))
    named = "BENCH_DATA_DIR" if variable else "--data-dir"
    said = f"{named} {tmp_path}/none: does not exist; expected the folder of the real files. Correct the path"
    with pytest.raises(ValueError, match=said):
        parse(data=data, data_dir=tmp_path / "none")
    (tmp_path / "none").touch()
    with pytest.raises(ValueError, match=f"{named} {tmp_path}/none: is a file; expected the folder"):
        parse(data=data, data_dir=tmp_path / "none")
    assert parse(data=data, data_dir=tmp_path).data_dir == tmp_path
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(ValueError, match=f"{tmp_path}: may not be entered; expected the folder"):
        parse(data=data, data_dir=tmp_path)


def test_a_folder_of_images_that_cannot_be_looked_for_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"--data-dir .*xxx: .*; expected the folder of the real files"):
        parse(data_dir=tmp_path / ("x" * 300))
