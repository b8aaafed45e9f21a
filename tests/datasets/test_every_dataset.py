"""What holds for every registered data set, found by its file."""

import sys
from pathlib import Path
from typing import TypedDict

import numpy as np
import pytest

import datasets
from datasets import Dataset
from tests.support import command_line

EVERY = pytest.mark.parametrize("name", datasets.names())
TRAIN, TEST = 120, 60


class Share(TypedDict):
    train: int
    test: int


def some(name: str) -> Share:
    """Shares that hold every class: four images of each to train, two to test, and no fewer than for ten classes."""
    spec = datasets.spec(name)
    counts = sum(spec.train_counts), sum(spec.test_counts)
    rarest = max(counts[0] / min(spec.train_counts), counts[1] / min(spec.test_counts))
    wanted = max(TRAIN, round(4 * rarest)), max(TEST, round(2 * rarest))
    return {"train": min(wanted[0], counts[0]), "test": min(wanted[1], counts[1])}


@pytest.fixture(scope="module")
def generated() -> dict[str, Dataset]:
    return {name: datasets.load(name, "synthetic", **some(name)) for name in datasets.names()}


def test_the_studys_data_sets_are_there() -> None:
    assert set(datasets.default_names()) >= {"mnist", "fashion_mnist", "cifar10", "svhn"}


def test_names_import_no_data_set() -> None:
    code = "import sys, datasets; print([n for n in datasets.names() if f'datasets.{n}' in sys.modules])"
    assert command_line.python(code).stdout.strip() == "[]"


def test_unknown_names_and_modes_are_refused() -> None:
    with pytest.raises(
        datasets.UnknownDataset, match=r"no data set 'minst'; expected one of .*cifar10, .*svhn"
    ):
        datasets.load("minst", "synthetic")
    with pytest.raises(datasets.UnknownDataset):
        datasets.load("_contract", "synthetic")
    with pytest.raises(ValueError, match="expected 'real', 'synthetic' or 'auto'"):
        datasets.load("mnist", "fake")  # type: ignore[arg-type]


DECLARED = """
from datasets._contract import Spec
SPEC = Spec("wrong", "Wrong", (8, 8, 1), ("a", "b"), (5, 5), (5, 5))
def draw(labels, rng): ...
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", r"has no SPEC and no draw; add what is missing, or, .* begin with _$"),
        (DECLARED.replace("def draw", "def paint"), "has no draw; add"),
        (DECLARED.replace('"wrong"', '"other"'), ": its SPEC has the name 'other'; expected 'wrong'$"),
        (
            DECLARED.replace("(5, 5), (", "(5,), ("),
            ": SPEC has 1 train_counts and 2 test_counts; expected 2 of",
        ),
        ("x = (", r"cannot be imported: SyntaxError: .*line 1\)"),
        (DECLARED.replace('"wrong", ', ""), "cannot be imported: TypeError: .*missing 1 required"),
        ("import no_such_module", "cannot be imported: ModuleNotFoundError: .*no_such_module"),
    ],
    ids=["empty", "no draw", "name", "counts", "syntax", "field", "import"],
)
def test_a_file_that_declares_no_data_set_is_refused(
    text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datasets, "__file__", str(tmp_path / "__init__.py"))
    monkeypatch.setattr(datasets, "__path__", [*datasets.__path__, str(tmp_path)])
    monkeypatch.delitem(sys.modules, "datasets.wrong", raising=False)
    (tmp_path / "wrong.py").write_text(text)
    with pytest.raises(datasets.BadDeclaration, match=rf"^datasets/wrong\.py ?{said}"):
        datasets.spec("wrong")


@pytest.mark.parametrize("name", ["cifar-10", "mnist copy", "3d"])
def test_a_file_whose_name_is_no_identifier_is_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datasets, "__file__", str(tmp_path / "__init__.py"))
    (tmp_path / f"{name}.py").touch()
    with pytest.raises(datasets.BadDeclaration, match=rf"^datasets/{name}\.py: .*letters, digits.*; rename"):
        datasets.names()


def test_hidden_files_are_no_data_sets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Editors and macOS leave some beside the files that people write."""
    monkeypatch.setattr(datasets, "__file__", str(tmp_path / "__init__.py"))
    for name in ("mnist", ".#mnist", "._mnist"):
        (tmp_path / f"{name}.py").touch()
    assert datasets.names() == ("mnist",)


@EVERY
def test_declarations_are_whole(name: str) -> None:
    spec = datasets.spec(name)
    assert spec.name == name
    assert len(spec.class_names) == len(spec.train_counts) == len(spec.test_counts)
    assert 2 <= len(set(spec.class_names)) == len(spec.class_names) <= 256
    height, width, channels = spec.shape
    assert 8 <= min(height, width) <= max(height, width) <= 64
    assert channels in (1, 3)
    assert spec.published in spec.layouts if spec.layouts else spec.published is None
    for layout in spec.layouts:
        for file in (*layout.files, *layout.optional):
            assert file.size > 0
            assert file.checksums or not file.url, "a download is checked"
            for known in file.checksums:
                algorithm, _, digest = known.partition(":")
                assert {"md5": 32, "sha256": 64}[algorithm] == len(bytes.fromhex(digest)) * 2


@EVERY
def test_docstrings_give_source_licence_and_defects(name: str) -> None:
    documentation = sys.modules[f"datasets.{datasets.spec(name).name}"].__doc__ or ""
    for said in ("Source:", "Licence:", "Known defects:", "uint8", "http"):
        assert said in documentation
    assert "Checksums:" in documentation or not datasets.spec(name).layouts


@EVERY
def test_synthetic_data_keep_the_contract(name: str, generated: dict[str, Dataset]) -> None:
    data, spec, sizes = generated[name], datasets.spec(name), some(name)
    for images, labels, size in (
        (data.x_train, data.y_train, sizes["train"]),
        (data.x_test, data.y_test, sizes["test"]),
    ):
        assert images.shape == (size, *spec.shape)
        assert labels.shape == (size,)
        assert images.dtype == labels.dtype == np.uint8
        assert set(np.unique(labels)) == set(range(len(spec.class_names)))
        assert images.max() - images.min() > 100
    assert (data.name, data.source, data.verified, data.missing) == (name, "synthetic", False, None)
    assert data.class_names == spec.class_names
    assert data.origin == "stand-in"
    assert len(bytes.fromhex(data.fingerprint)) == 8


@EVERY
def test_synthetic_data_are_the_same_every_time(name: str, generated: dict[str, Dataset]) -> None:
    sizes = some(name)
    again = datasets.load(name, "synthetic", **sizes)
    np.testing.assert_array_equal(again.x_train, generated[name].x_train)
    assert again.fingerprint == generated[name].fingerprint
    fewer = datasets.load(name, "synthetic", train=sizes["train"], test=sizes["test"] - 1)
    assert fewer.fingerprint != again.fingerprint


def test_fingerprints_differ_between_data_sets(generated: dict[str, Dataset]) -> None:
    assert len({data.fingerprint for data in generated.values()}) == len(generated)


@EVERY
def test_auto_generates_and_says_why(name: str, generated: dict[str, Dataset]) -> None:
    data = datasets.load(name, "auto", **some(name))
    assert data.source == "synthetic"
    assert isinstance(data.missing, datasets.DataNotFound)
    assert datasets.spec(name).title in str(data.missing)
    assert data.fingerprint == generated[name].fingerprint


@EVERY
def test_real_fails_where_there_is_nothing(name: str) -> None:
    with pytest.raises(datasets.DataNotFound):
        datasets.load(name, "real", train=TRAIN, test=TEST)


@pytest.mark.parametrize(
    "share", [{"train": 0}, {"test": 0}, {"train": -1}, {"train": 60_001}, {"test": 10_001}]
)
def test_shares_that_cannot_be_are_refused(share: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"mnist: (train|test) share of -?[\d,]+ images; expected 1 to"):
        datasets.load("mnist", "synthetic", **({"train": TRAIN, "test": TEST} | share))  # type: ignore[arg-type]
