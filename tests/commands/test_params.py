"""Parameters beside the study's."""

import importlib.util
from types import ModuleType

import pytest

from benchmarks.commands.main import main
from benchmarks.experiment import published


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
    err = capsys.readouterr().err
    assert err.startswith("lenet 28x28x1: ")
    assert "(1, 1, 0) in the study" in err


def test_all_means_every_architecture(
    engine: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("models.names", lambda: ("lenet", "linear"))
    assert main(["params", "--arch", " all"]) == 0
    assert {line.partition(" ")[0] for line in capsys.readouterr().out.splitlines()} >= {"lenet", "linear"}


def test_an_unknown_architecture_is_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["params", "--arch", "lenot"]) == 2
    assert "--arch lenot: unknown; did you mean lenet? Expected one of " in capsys.readouterr().err


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
