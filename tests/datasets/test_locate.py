"""Where files are found."""

import os
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

import datasets
from datasets import DataNotFound, DataRefused, fashion_mnist, load_real
from datasets._contract import File
from datasets._files import locate
from tests.support.official_files import labels, sealed, small, write, write_mat

MNIST, FASHION, SVHN = small("mnist"), small("fashion_mnist"), small("svhn")


@pytest.mark.parametrize("folder", ["", "mnist"])
def test_mnist_npz_may_lie_in_the_directory_or_in_its_folder(folder: str, data: Path) -> None:
    write(MNIST, MNIST.layouts[0], data, folder)
    assert load_real(MNIST, data_dir=data, accept_copies=True).origin.startswith("data directory")


@pytest.mark.parametrize("layout", [1, 2])
def test_idx_files_without_a_folder_go_to_the_data_set_of_their_checksum(
    layout: int, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(FASHION, FASHION.layouts[layout - 1], data, "")
    fashion = sealed(FASHION, data)
    assert load_real(fashion, data_dir=data).verified
    monkeypatch.setattr(fashion_mnist, "SPEC", fashion)
    with pytest.raises(DataNotFound):
        load_real(MNIST, data_dir=data, accept_copies=True)


def test_unknown_idx_copies_without_a_folder_could_be_either(data: Path) -> None:
    write(MNIST, MNIST.layouts[1], data, "")
    with pytest.raises(DataRefused, match=r"move it and its companions to .*/mnist"):
        load_real(MNIST, data_dir=data, accept_copies=True)


@pytest.mark.parametrize("folder", ["", "fashion-mnist"])
def test_idx_copies_in_a_folder_of_their_name_are_known(folder: str, tmp_path: Path) -> None:
    write(FASHION, FASHION.layouts[0], tmp_path / "fashion-mnist", folder)
    assert load_real(FASHION, data_dir=tmp_path / "fashion-mnist", accept_copies=True).source == "real"


def test_places_are_taken_in_order(data: Path, tmp_path: Path) -> None:
    expected = []
    for place, base in [
        ("system packages", tmp_path / "system"),
        ("Keras's cache", tmp_path / "keras" / "datasets"),
        ("data directory", data),
    ]:
        write(FASHION, FASHION.layouts[0], base)
        expected.append(f"{place}: {base / 'fashion-mnist'}")
        origin = load_real(FASHION, data_dir=data, accept_copies=True).origin
        assert origin.startswith(expected[-1])


def test_the_places_are_the_documented_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    for name in ("KERAS_HOME", "BENCH_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)
    keras, system = locate.places(None)
    assert keras[1] == Path.home() / ".keras" / "datasets"
    assert system[1] / datasets.spec("fashion_mnist").layouts[0].folders[0] == Path(
        "/usr/share/datasets/fashion-mnist"
    )


def test_nothing_real_names_places_and_remedies(data: Path, tmp_path: Path) -> None:
    data.mkdir()
    write_mat(data / "test_32x32.mat", SVHN, labels(SVHN.test_counts, 1), 1)
    with pytest.raises(DataNotFound) as missing:
        load_real(SVHN, data_dir=data)
    told = str(missing.value)
    assert f"data directory: {data} (only train_32x32.mat missing)" in told
    assert f"Keras's cache: {tmp_path / 'keras' / 'datasets' / 'svhn'}" in told
    assert f"python -m benchmarks data --fetch --data-dir {data}" in told
    assert "http://ufldl.stanford.edu/housenumbers/train_32x32.mat" in told
    assert "--data synthetic" in told
    assert missing.value.advice.startswith(
        f"Get them with python -m benchmarks data --fetch --data-dir {data}, or"
    )


def test_the_remedies_can_be_pasted_and_get_what_is_missing(tmp_path: Path) -> None:
    """A plain `data --fetch` downloads the default grid's files alone."""
    folder = tmp_path / "my data"
    with pytest.raises(DataNotFound) as missing:
        load_real(small("kmnist"), data_dir=folder)
    fetch, *curls = (
        shlex.split(line)
        for line in str(missing.value).splitlines()
        if line.startswith(("  python", "  curl"))
    )
    assert fetch[4:] == ["--fetch", "--dataset", "kmnist", "--data-dir", str(folder)]
    assert [Path(words[4]).parent for words in curls] == [folder / "kmnist"] * 4
    assert f"{shlex.join(fetch)}, or" in missing.value.advice


@pytest.mark.parametrize(("official", "most"), [(1_000, 64 << 20), (100 << 20, 400 << 20)])
def test_a_copy_may_be_larger_than_the_official_file(official: int, most: int, tmp_path: Path) -> None:
    with (tmp_path / "images").open("wb") as file:
        file.truncate(most)
        assert locate.present(tmp_path, [File("images", official, ())]) == {"images": tmp_path / "images"}
        file.truncate(most + 1)
        with pytest.raises(DataRefused, match=rf"more than any copy has \(limit {most:,}\)"):
            locate.present(tmp_path, [File("images", official, ())])


def huge(path: Path) -> None:
    """A file that takes minutes to hash and no space."""
    with path.open("wb") as file:
        file.truncate(1 << 40)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (os.mkfifo, "a pipe, a device or a socket"),
        (lambda path: path.symlink_to("/dev/zero"), "a pipe, a device or a socket"),
        (lambda path: path.mkdir(), "a folder"),
        (huge, "1,099,511,627,776 bytes, more than any copy has"),
    ],
)
@pytest.mark.parametrize("mode", ["real", "auto"])
def test_what_cannot_be_a_data_file_is_refused_at_once(
    make: Callable[[Path], None], said: str, mode: datasets.Mode, data: Path
) -> None:
    data.mkdir(parents=True, exist_ok=True)
    make(data / "mnist.npz")
    with pytest.raises(DataRefused, match=rf"mnist\.npz: {said}.*Move it away"):
        datasets.load("mnist", mode, data_dir=data, accept_copies=True, download=False)
