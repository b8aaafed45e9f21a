"""What is known of the files on disk."""

from pathlib import Path

import pytest

import datasets
from datasets import fashion_mnist, svhn
from datasets._contract import Layout
from tests.support.official_files import sealed, small, write

SVHN = small("svhn")


def test_file_status_tells_whole_files_from_copies(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(SVHN, SVHN.layouts[0], data)
    monkeypatch.setattr(svhn, "SPEC", sealed(SVHN, folder))
    assert _states("svhn", data) == {
        "train_32x32.mat": "found",
        "test_32x32.mat": "found",
        "extra_32x32.mat": "missing",
    }
    path = folder / "test_32x32.mat"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    assert _states("svhn", data)["test_32x32.mat"] == "found"
    verified = _states("svhn", data, verify=True)
    assert verified == {"train_32x32.mat": "verified", "test_32x32.mat": "copy", "extra_32x32.mat": "missing"}


def test_files_under_a_shared_name_are_listed_where_they_belong(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fashion = small("fashion_mnist")
    monkeypatch.setattr(fashion_mnist, "SPEC", sealed(fashion, write(fashion, fashion.layouts[0], data, "")))
    assert set(_states("fashion_mnist", data, verify=True).values()) == {"verified"}
    assert set(_states("mnist", data).values()) == {"missing"}


@pytest.mark.parametrize("layout", datasets.spec("mnist").layouts)
def test_where_one_layout_is_whole_no_other_is_missing(layout: Layout, data: Path) -> None:
    write(small("mnist"), layout, data)
    assert _states("mnist", data) == {file.name: "found" for file in layout.files}


def test_files_in_two_folders_are_no_whole_set(data: Path) -> None:
    folder = write(SVHN, SVHN.layouts[0], data)
    (folder / "test_32x32.mat").rename(data / "test_32x32.mat")
    statuses = [(s.file, s.state) for s in datasets.file_status("svhn", data_dir=data) if not s.optional]
    assert ("test_32x32.mat", "found") in statuses
    assert [file for file, state in statuses if state == "missing"] in (
        ["train_32x32.mat"],
        ["test_32x32.mat"],
    )


@pytest.mark.parametrize("name", datasets.names())
def test_file_status_lists_what_is_missing(name: str, data: Path) -> None:
    published = datasets.spec(name).published
    if published is None:
        assert not datasets.file_status(name, data_dir=data)
        return
    statuses = datasets.file_status(name, data_dir=data)
    second = datasets.spec(name).second_test
    optional = (*published.optional, *(second.files if second else ()))
    assert [status.file for status in statuses] == [file.name for file in (*published.files, *optional)]
    assert all(status.state == "missing" and status.path is None for status in statuses)
    assert [status.official_size for status in statuses if status.optional] == [
        file.size for file in optional
    ]


def _states(name: str, data: Path, *, verify: bool = False) -> dict[str, str]:
    return {status.file: status.state for status in datasets.file_status(name, data_dir=data, verify=verify)}
