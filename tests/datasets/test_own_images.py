"""A user's own images: what is taken, what is named, and what is refused."""

import os
import re
import shutil
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

import datasets
from datasets import DataNotFound, DataRefused, LoadedImages, OwnImages, _cache
from datasets._own import folder, pictures, registry

COLOURS = {"blue": (30, 30, 220), "green": (30, 220, 30), "red": (220, 30, 30)}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Three classes, four and two pictures each, of mixed sizes and formats."""
    base = tmp_path / "own"
    for split, count in (("train", 4), ("test", 2)):
        for name, colour in COLOURS.items():
            (base / split / name).mkdir(parents=True)
            for i in range(count):
                picture = Image.new("RGB", (20 + 13 * i, 45 - 7 * i), colour)
                picture.save(base / split / name / f"{i}.{('png', 'jpg', 'bmp', 'png')[i]}")
    return base


def start_again() -> None:
    """Forget what was added, as a new process has."""
    registry._known.clear()


def add(root: Path, *, skip_bad: bool = False) -> LoadedImages:
    return datasets.add_own(OwnImages.parse(f"pets={root}", skip_bad=skip_bad))


def test_a_folder_becomes_a_data_set_beside_the_others(root: Path) -> None:
    add(root)
    assert "pets" in datasets.names()
    assert "pets" in datasets.default_names()
    spec, data = datasets.spec("pets"), datasets.load("pets", "auto")
    assert (spec.shape, spec.class_names) == ((32, 32, 3), ("blue", "green", "red"))
    assert (spec.train_counts, spec.test_counts) == ((4, 4, 4), (2, 2, 2))
    assert (data.source, data.verified, data.missing) == ("real", None, None)
    assert data.x_train.shape == (12, 32, 32, 3)
    for image, label in zip(data.x_train, data.y_train, strict=True):
        assert np.abs(image.mean((0, 1)) - list(COLOURS.values())[label]).max() < 4
    assert len(datasets.load("pets", "real", train=6, test=3).y_train) == 6
    with pytest.raises(DataNotFound, match="no stand-in"):
        datasets.load("pets", "synthetic")


def test_pictures_are_read_once_and_again_where_one_changed(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = add(root).fingerprint
    start_again()
    with monkeypatch.context() as patch:
        patch.setattr(folder, "read_picture", lambda path: pytest.fail(f"{path} was read again"))
        assert add(root).fingerprint == first
    start_again()
    Image.new("RGB", (9, 9), "white").save(root / "train" / "red" / "0.png")
    assert add(root).fingerprint != first


def test_a_name_that_comes_to_mean_another_folder_gives_its_images(root: Path, tmp_path: Path) -> None:
    first = add(root).fingerprint
    other = shutil.copytree(root, tmp_path / "other")
    Image.new("RGB", (9, 9), "white").save(other / "train" / "red" / "0.png")
    assert add(other).fingerprint != first


def test_a_picture_is_turned_as_its_camera_says(tmp_path: Path) -> None:
    picture, exif = Image.new("RGB", (64, 32), "blue"), Image.Exif()
    picture.paste("red", (0, 0, 32, 32))
    exif[ExifTags.Base.Orientation] = 6  # the left of the file is the top of the picture
    picture.save(tmp_path / "turned.jpg", exif=exif)
    turned = pictures.read_picture(tmp_path / "turned.jpg")
    assert (turned[0].argmax(1) == 0).all()
    assert (turned[-1].argmax(1) == 2).all()


def test_every_bad_file_is_named_and_left_out_only_on_request(root: Path) -> None:
    whole = (root / "train" / "red" / "0.png").read_bytes()
    (root / "train" / "red" / "0.png").write_bytes(whole[: len(whole) // 2])
    (root / "train" / "green" / "notes.txt").write_text("not a picture")
    (root / "train" / "green" / ".hidden").write_text("passed over")
    with pytest.raises(DataRefused) as refused:
        add(root)
    told = str(refused.value)
    assert "2 bad files" in told
    assert f"{root}/train/red/0.png: broken" in told
    assert f"{root}/train/green/notes.txt: not a PNG, JPEG or BMP file" in told
    assert "--skip-bad-images" in told
    assert "pets" not in datasets.names()
    loaded = add(root, skip_bad=True)
    assert set(loaded.bad) == {f"{root}/train/red/0.png", f"{root}/train/green/notes.txt"}
    assert loaded.spec.train_counts == (4, 4, 3)
    assert "2 bad files left out" in loaded.origin
    start_again()
    with pytest.raises(DataRefused, match="2 bad files"):  # the cached copy was asked for without them
        add(root)


def test_what_belongs_to_no_class_is_named(root: Path) -> None:
    (root / "train" / "stray.png").write_bytes((root / "train" / "red" / "0.png").read_bytes())
    (root / "test" / "notes.txt").write_text("not a picture")
    (root / "train" / ".DS_Store").write_text("passed over")
    with pytest.raises(DataRefused, match="2 bad files") as refused:
        add(root)
    assert f"{root}/train/stray.png: in no class's folder; expected {root}/train/CLASS/*" in str(
        refused.value
    )
    loaded = add(root, skip_bad=True)
    assert set(loaded.bad) == {f"{root}/train/stray.png", f"{root}/test/notes.txt"}
    assert loaded.spec.train_counts == (4, 4, 4)


def test_a_changed_folder_leaves_one_entry_in_the_cache(root: Path) -> None:
    add(root)
    others = {_cache.cache_directory() / name for name in (f"own-pets_too-{'0' * 16}", "own-pets-in-colour")}
    for other in others:
        other.mkdir()
    Image.new("RGB", (9, 9), "white").save(root / "train" / "red" / "0.png")
    start_again()
    add(root)
    kept = set(_cache.cache_directory().iterdir())
    assert kept > others
    assert len(kept) == len(others) + 1


def bomb(path: Path, side: int) -> None:
    """A PNG of one colour: a few kilobytes that would unpack to gigabytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    header = side.to_bytes(4, "big") * 2 + bytes((8, 2, 0, 0, 0))
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(1000)))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("side", [8_000, 20_000])
def test_decompression_bombs_are_refused_before_they_unpack(root: Path, side: int) -> None:
    bomb(root / "train" / "red" / "bomb.png", side)
    with pytest.raises(DataRefused, match=r"bomb\.png: .*decompression bomb"):
        add(root)


def test_links_pipes_and_large_files_are_not_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    red = root / "train" / "red"
    (red / "link.png").symlink_to(red / "1.jpg")
    os.mkfifo(red / "pipe.png")
    (red / "folder.png").mkdir()
    Image.fromarray(np.zeros((4, 4), np.uint16)).save(red / "deep.png")
    monkeypatch.setattr(pictures, "MAX_BYTES", 9_000)
    (red / "large.png").write_bytes(bytes(9_001))
    bad = add(root, skip_bad=True).bad
    assert {Path(path).name: why for path, why in bad.items() if Path(path).name != "large.png"} == {
        "link.png": "a symbolic link",
        "pipe.png": "not a plain file",
        "folder.png": "not a plain file",
        "deep.png": "more than 8 bits per channel",
    }
    assert bad[str(red / "large.png")] == "9,001 bytes, more than 9,000"


@pytest.mark.parametrize("count", [1, 257])
def test_fewer_than_two_classes_or_more_than_labels_can_hold_are_refused(count: int, tmp_path: Path) -> None:
    for split in ("train", "test"):
        for number in range(count):
            (tmp_path / split / str(number)).mkdir(parents=True)
    with pytest.raises(DataRefused, match=rf"train: class folders: {count}; expected 2 to 256"):
        add(tmp_path)


def test_folders_that_are_no_data_set_are_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataRefused, match=r"test/red/train: cannot be read .*expected .*/train/CLASS/\*"):
        add(root / "test" / "red")
    (root / "test" / "purple").mkdir()
    with pytest.raises(DataRefused, match="classes that train does not have: purple"):
        add(root)
    (root / "test" / "purple").rmdir()
    (root / "train" / "purple").symlink_to(root / "train" / "red")
    with pytest.raises(DataRefused, match="purple: a symbolic link"):
        add(root)
    (root / "train" / "purple").unlink()
    (root / "train" / "purple").mkdir()
    with pytest.raises(DataRefused, match="no images in train for purple"):
        add(root)
    monkeypatch.setattr(folder, "MAX_IMAGES", 17)
    with pytest.raises(DataRefused, match="18 files; at most 17 are taken"):
        add(root)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda train: (train / "purple").mkdir(), "no images in train for purple"),
        (lambda train: (train / "stray.png").touch(), r"stray\.png: in no class's folder"),
    ],
    ids=["an empty class", "a stray file"],
)
def test_what_is_added_is_noticed_though_all_else_is_cached(
    root: Path, make: Callable[[Path], object], said: str
) -> None:
    add(root)
    start_again()
    make(root / "train")
    with pytest.raises(DataRefused, match=said):
        add(root)


def test_a_class_whose_name_no_result_can_hold_is_refused(root: Path) -> None:
    try:
        for split in ("train", "test"):
            (root / split / "blue").rename(root / split / os.fsdecode(b"caf\xe9"))
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    with pytest.raises(DataRefused, match=r"train: the class folder 'caf\\udce9' .* not UTF-8"):
        add(root)


def test_test_images_that_are_trained_on_are_counted(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for split, name, count in (("train", "a", 3), ("train", "b", 3), ("test", "a", 2), ("test", "b", 2)):
        (tmp_path / split / name).mkdir(parents=True)
        for i in range(count):
            pixels = rng.integers(0, 256, (20, 40, 3), np.uint8)
            Image.fromarray(pixels).save(tmp_path / split / name / f"{i}.png")
    found = add(tmp_path)
    assert (found.repeated, found.warning, "also in train" in found.origin) == (0, "", False)
    shutil.copy(tmp_path / "train" / "a" / "2.png", tmp_path / "test" / "b" / "copy.png")
    for _ in ("read", "from the cache"):
        start_again()
        found = add(tmp_path)
        assert found.warning.startswith(
            "pets: test images with the same pixels as a training image: 1 of 5. "
        )
        assert found.origin.endswith("; test images also in train: 1")


@pytest.mark.parametrize("text", ["pets", "=x", "pets=", "Pets=x", "my-pets=x", "all=x", "../x=y"])
def test_what_is_not_a_name_and_a_place_is_refused(text: str) -> None:
    with pytest.raises(DataRefused, match="expected NAME=DIR"):
        OwnImages.parse(text)


def test_a_name_is_given_once() -> None:
    with pytest.raises(DataRefused, match="pets: named 2 times"):
        OwnImages.parse_all(["pets=a", "pets=b"])


def test_names_of_other_data_sets_are_taken(root: Path) -> None:
    with pytest.raises(DataRefused, match="a data set has this name"):
        datasets.add_own(OwnImages.parse(f"mnist={root}"))


@pytest.mark.parametrize("name", ["no-folder", "no-file.npz"])
def test_a_path_that_does_not_exist_is_named_itself(name: str, tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match=rf"^{re.escape(str(tmp_path / name))}: no such file or folder\.$"):
        add(tmp_path / name)


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (f"{'x' * 300}.npz", "cannot be read (File name too long)"),
        ("~no_such_user/own", "Could not determine home directory"),
    ],
)
def test_a_path_that_cannot_be_read_is_refused(place: str, said: str) -> None:
    with pytest.raises(DataRefused, match=re.escape(said)):
        datasets.add_own(OwnImages.parse(f"pets={place}"))


def test_a_class_folder_that_may_be_listed_and_not_entered_is_refused(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(path: Path) -> os.stat_result:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "lstat", locked)
    with pytest.raises(DataRefused, match=r"train/blue/0\.png: cannot be read \(Permission denied\)"):
        add(root)
