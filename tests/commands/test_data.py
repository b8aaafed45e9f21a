"""`python -m benchmarks data` and `characteristics`."""

import os
from dataclasses import asdict, replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image

import datasets
from benchmarks.commands import data as command
from benchmarks.commands.data import characteristics_of
from benchmarks.commands.main import main
from benchmarks.experiment import protocols
from benchmarks.metrics.image_measures import measure
from benchmarks.results import characteristics
from datasets import mnist, svhn
from tests.support.official_files import sealed, small, write


def loaded(**changes: object) -> datasets.Dataset:
    generated = datasets.load("mnist", "synthetic", train=300, test=100)
    return replace(generated, **changes)  # type: ignore[arg-type]


# ---- data


def test_missing_files_are_status_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "--dataset", "mnist", "--data-dir", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert "mnist: MNIST" in out
    assert "11.5 MB  missing" in out
    assert (
        "--fetch downloads what is missing; a run of the grid tries to as well, and trains on synthetic"
        in out
    )
    assert "'found' means" not in out


def test_an_empty_variable_does_not_mean_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = small("svhn")
    assert spec.published is not None
    monkeypatch.chdir(write(spec, spec.published, tmp_path))
    monkeypatch.setenv("BENCH_DATA_DIR", "")
    assert main(["data", "--dataset", "svhn"]) == 1
    assert "missing" in capsys.readouterr().out


def test_a_data_set_without_files_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(svhn, "SPEC", replace(svhn.SPEC, layouts=()))
    assert main(["data", "--dataset", "svhn"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "  no files: its images are generated"


def test_whole_files_are_status_0_and_copies_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    call = ["data", "--dataset", "svhn", "--data-dir", str(tmp_path)]
    spec = small("svhn")
    assert spec.published is not None
    folder = write(spec, spec.published, tmp_path)
    assert main(call) == 0
    assert "'found' means that the file is there but was not checked" in capsys.readouterr().out
    assert main([*call, "--verify"]) == 1
    assert f"copy        {folder / 'test_32x32.mat'}" in capsys.readouterr().out
    monkeypatch.setattr(svhn, "SPEC", sealed(spec, folder))
    assert main([*call, "--verify"]) == 0
    out = capsys.readouterr().out
    assert out.count("verified") == 2
    assert "missing (optional)" in out


def test_what_a_run_would_refuse_is_named_and_the_other_data_sets_are_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(tmp_path / "mnist.npz")
    assert main(["data", "--dataset", "mnist,svhn", "--data-dir", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert (
        "mnist.npz: a pipe, a device or a socket; expected a file of about 11,490,434 bytes. Move it away."
        in out
    )
    assert "svhn: SVHN" in out


def test_names_of_own_files_and_classes_do_not_control_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for split in ("train", "test"):
        for name in ("cat", "d\x1b[31mog"):
            (tmp_path / split / name).mkdir(parents=True)
            Image.new("RGB", (9, 9)).save(tmp_path / split / name / "0.png")
    (tmp_path / "train" / "cat" / "a\x1b]0;title\x07\n.txt").touch()
    assert main(["data", "--own-data", f"pets={tmp_path}", "--dataset", "pets", "--skip-bad-images"]) == 0
    out = capsys.readouterr().out
    assert "class 1 d?[31mog: 1 to train, 1 to test" in out
    assert f"left out {tmp_path}/train/cat/a?]0;title??.txt: not a PNG" in out
    assert "pets: test images with the same pixels as a training image: 2 of 2. " in out


@pytest.mark.parametrize("name", ["data", "characteristics"])
def test_unknown_data_sets_are_status_2(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--dataset", "mnist,minst"]) == 2
    assert "--dataset minst: unknown; did you mean mnist? Expected one of " in capsys.readouterr().err


# ---- characteristics


def test_real_images_are_counted() -> None:
    half = np.zeros((300, 4, 4, 3), np.uint8)
    half[:, :2] = 255
    half[:, 0, 0] = np.random.default_rng(0).integers(250, 256, (300, 3))
    real = loaded(source="real", verified=True, x_train=half, x_test=half[:100])
    measured = characteristics_of(real)
    assert (measured.height, measured.width, measured.channels, measured.classes) == (4, 4, 3, 10)
    assert (measured.train_images, measured.test_images, measured.pixels) == (300, 100, 16)
    assert measured.fingerprints == (real.fingerprint,)
    assert msgspec.structs.asdict(measured).items() >= asdict(measure(real)).items()


def test_synthetic_data_count_as_the_whole_that_they_stand_for() -> None:
    measured = characteristics_of(loaded())
    assert (measured.train_images, measured.test_images) == (60_000, 10_000)


def test_shares_that_protocols_take_are_known_by_their_fingerprints(monkeypatch: pytest.MonkeyPatch) -> None:
    protocol = replace(protocols.PROTOCOLS["quick"], train=200, test=50, train_of={"vgg": 250})
    monkeypatch.setattr(protocols, "PROTOCOLS", {"p": protocol})
    real = loaded(source="real")
    shares = [real.subset(train, 50).fingerprint for train in (200, 250)]
    assert characteristics_of(real).fingerprints == (real.fingerprint, *shares)


def test_a_data_set_with_fewer_images_than_are_measured_is_measured_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mnist, "SPEC", replace(mnist.SPEC, train_counts=(30,) * 10, test_counts=(10,) * 10))
    path = tmp_path / "c.json"
    assert main(["characteristics", "--into", str(path), "--data", "synthetic", "--dataset", "mnist"]) == 0
    assert characteristics.load(path)["mnist", "synthetic"].train_images == 300


def test_the_command_measures_and_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "MEASURED_IMAGES", (300, 100))
    path = tmp_path / "c.json"
    call = ["characteristics", "--into", str(path), "--data-dir", str(tmp_path)]
    assert main([*call, "--data", "synthetic", "--dataset", "mnist,svhn"]) == 0
    assert set(characteristics.load(path)) == {("mnist", "synthetic"), ("svhn", "synthetic")}
    assert "mnist (synthetic): training images 60000" in capsys.readouterr().out
    assert main([*call, "--data", "real", "--dataset", "mnist"]) == 1
    assert "mnist: MNIST: no real data" in capsys.readouterr().out
    nowhere = tmp_path / "none" / "c.json"
    assert main(["characteristics", "--into", str(nowhere), "--data", "synthetic", "--dataset", "mnist"]) == 2
    out, err = capsys.readouterr()
    assert out.startswith("mnist (synthetic): training images 60000")  # not lost with the file
    assert f"{nowhere}: No such file or directory" in err


@pytest.mark.parametrize(
    "call",
    [
        ("data", "--dataset", "mnist"),
        ("data", "--fetch"),
        ("characteristics",),
        ("tune", "lenet", "mnist"),
        ("report", "pinned"),
    ],
)
def test_a_folder_that_is_not_there_is_refused_by_every_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], call: tuple[str, ...]
) -> None:
    folder = tmp_path / "none"
    monkeypatch.setenv("BENCH_DATA_DIR", "")
    assert main([*call, "--data-dir", str(folder)]) == 2
    monkeypatch.setenv("BENCH_DATA_DIR", str(folder))
    assert main([*call]) == 2
    said = f"{folder}: does not exist; expected the folder of the real files."
    named = f"--data-dir {said}", f"BENCH_DATA_DIR {said}"
    lines = capsys.readouterr().err.splitlines()
    assert [one in line for one, line in zip(named, lines, strict=True)] == [True, True]
    assert not folder.exists()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("data --skip-bad-images", "--skip-bad-images needs --own-data NAME=DIR"),
        ("tune lenet mnist --skip-bad-images", "--skip-bad-images needs --own-data NAME=DIR"),
        ("data --everything", "--everything needs --fetch"),
    ],
)
def test_options_without_effect_are_refused(capsys: pytest.CaptureFixture[str], call: str, said: str) -> None:
    assert main(call.split()) == 2
    assert said in capsys.readouterr().err
