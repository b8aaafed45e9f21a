"""What the command line may not ask for."""

import importlib.util
import re
from pathlib import Path

import pytest

from benchmarks.plugin import options
from benchmarks.results import standard
from tests.support import run_factory
from tests.support.suite_runs import Place
from tests.support.typed_options import config


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--arch", "lenet,lenett"), "--arch lenett: unknown; did you mean lenet? Expected one of "),
        (
            ("--protocol", "quik"),
            "--protocol quik: unknown; did you mean quick? Expected one of quick, study, tuned",
        ),
        (("--set", "epochs=0"), "--set epochs=0: epochs is 0; expected 1 to 10000"),
        (("--set", "epoch=3"), "--set epoch=3: no such field; available: optimizer, "),
        (
            ("--set", "epochs=3", "--accuracy-compare", "pinned"),
            "--accuracy-compare pinned: a run with --set is",
        ),
        (("--data", "fake"), "--data fake: unknown; expected one of real, synthetic, auto"),
        (("--backend", "pytorch"), "--backend pytorch: unknown; expected one of tensorflow, jax"),
        (("--accuracy-max-drop=0",), "--accuracy-max-drop needs --accuracy-compare REF"),
        (("--accuracy-alpha", "0.01"), "--accuracy-alpha needs --accuracy-compare REF"),
        (("--accuracy-strict",), "--accuracy-strict needs --accuracy-compare REF"),
        (
            ("--accuracy-compare", "pinned", "--accuracy-alpha", "2"),
            "--accuracy-compare pinned: alpha is 2.0",
        ),
        (
            ("--accuracy-compare", "nowhere.json"),
            "--accuracy-compare nowhere.json: nowhere.json: no such file",
        ),
        (("--benchmark-json", "/nowhere/run.json"), "/nowhere is not a writable folder; name a file in"),
        (("--benchmark-json", "/"), "--benchmark-json / is a folder; name a file"),
    ],
)
def test_what_would_fail_after_the_training_is_refused_before_it(
    pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    monkeypatch.delenv("KERAS_BACKEND", raising=False)  # an engine that has started here sets it
    with pytest.raises(pytest.UsageError, match=re.escape(said)):
        options.check(config(pytestconfig, "benchmarks/", *arguments))


def test_a_baseline_that_the_run_would_be_written_over_is_refused(
    pytestconfig: pytest.Config, tmp_path: Path
) -> None:
    baseline = run_factory.save(tmp_path / "0001_base.json", run_factory.run())
    asked = ["--benchmark-storage", str(tmp_path), "--benchmark-json", str(baseline)]
    for reference in (str(baseline), "0001"):
        with pytest.raises(
            pytest.UsageError, match=r"0001_base\.json is the baseline, which the new run would replace"
        ):
            options.check(config(pytestconfig, "benchmarks/", *asked, "--accuracy-compare", reference))
    options.check(config(pytestconfig, "benchmarks/", *asked, "--accuracy-compare", "pinned"))


@pytest.mark.parametrize(
    "path", ["benchmarks/", ".", "benchmarks/bench_training.py::test_training[lenet-mnist]"]
)
@pytest.mark.parametrize(("backend", "install"), [("jax", "'.[jax]'"), ("tensorflow", "'.'")])
def test_a_backend_that_is_not_installed_is_named_with_the_command_that_installs_it(
    pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch, path: str, backend: str, install: str
) -> None:
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == backend else object())
    with pytest.raises(
        pytest.UsageError, match=re.escape(f"pip install -e {install} (docs/backends.md), or")
    ):
        options.check(config(pytestconfig, path, "--backend", backend))


def test_a_usage_error_ends_a_run_in_one_line(place: Place) -> None:
    done = place.run("benchmarks/", "--arch", "lenet,lenett")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "--arch lenett: unknown; did you mean lenet? Expected one of " in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_a_broken_pinned_file_stops_a_run_before_it_trains(
    pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It has the floors, by which cells are judged only at their end."""
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    broken = tmp_path / "quick-synthetic.json"
    broken.write_text("{")
    monkeypatch.setattr(
        standard, "standard_files", lambda group: [broken] if group.source == "synthetic" else []
    )
    with pytest.raises(
        pytest.UsageError, match=r"floors cannot be read: .*quick-synthetic\.json.*restore the file"
    ):
        options.check(config(pytestconfig, "benchmarks/"))


def test_logs_of_tensorboard_go_to_a_folder(pytestconfig: pytest.Config) -> None:
    def folder(*words: str) -> Path | None:
        return options.tensorboard(config(pytestconfig, *words))

    assert folder() is None
    assert folder("--tensorboard", "logs") == pytestconfig.rootpath / "logs"
    assert folder("--tensorboard", "tests") == pytestconfig.rootpath / "tests"
    with pytest.raises(pytest.UsageError, match=r"--tensorboard conftest\.py: is a file; name a folder"):
        folder("--tensorboard", "conftest.py")
