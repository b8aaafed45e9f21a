"""Parameters beside the study's, and the floors of a run."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from benchmarks.commands.main import main
from benchmarks.experiment import published
from tests.support.run_factory import cell, run, save


def test_parameters_are_those_of_the_study(engine: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["params", "--arch", "lenet"]) == 0
    out = capsys.readouterr().out
    for dataset in ("mnist", "cifar10"):
        assert f"{published.PARAMETERS['lenet', dataset][0]:,}" in out
    assert out.count("as the study's") == 2


def test_a_count_that_differs_from_the_studys_is_status_1(
    engine: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(published, "PARAMETERS", {("lenet", "mnist"): (1, 1, 0)})
    assert main(["params", "--arch", "lenet"]) == 1
    assert "(1, 1, 0) in the study" in capsys.readouterr().err


def test_all_means_every_architecture(
    engine: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("models.names", lambda: ("lenet", "linear"))
    assert main(["params", "--arch", " all"]) == 0
    assert {line.partition(" ")[0] for line in capsys.readouterr().out.splitlines()} >= {"lenet", "linear"}


def test_an_unknown_architecture_is_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["params", "--arch", "lenot"]) == 2
    assert "--arch lenot: unknown; did you mean lenet? Expected one of alexnet" in capsys.readouterr().err


def test_a_backend_that_is_not_installed_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    installed = importlib.util.find_spec
    monkeypatch.setattr(
        "importlib.util.find_spec",
        lambda name, *rest: None if name == "tensorflow" else installed(name, *rest),
    )
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    for command in (["params"], ["profile", "lenet"], ["tune", "lenet", "mnist"]):
        assert main(command) == 2
        assert "tensorflow is not installed; pip install -e '.' (docs/backends.md)" in capsys.readouterr().err


def test_floors_follow_from_a_runs_seeds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = save(tmp_path / "run.json", run(cell([0.9] * 5), cell([0.93], architecture="vgg")))
    assert main(["floors", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        f"{'lenet-mnist':<26} 0.87   mean 0.900, sd 0.000, n 5",
        f"{'vgg-mnist':<26} 0.83   mean 0.930, n 1",
    ]
