"""Where a training step's time goes."""

import subprocess
import sys

import pytest

from benchmarks.commands import profile_step
from benchmarks.commands.main import main
from benchmarks.engine.profile import Profile
from benchmarks.paths import PROJECT
from benchmarks.report.writers import markdown


def test_another_backend_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert main(["profile", "lenet"]) == 2
    said = capsys.readouterr().err.strip()
    assert "profile is for TensorFlow only, and KERAS_BACKEND is 'jax'" in said
    assert "\n" not in said


@pytest.mark.slow
def test_a_profile_is_of_operations_alone() -> None:
    # In a process of its own, since it takes one thread only.
    words = [sys.executable, "-m", "benchmarks", "profile", "lenet", "--shape", "28x28x1"]
    done = subprocess.run(words, cwd=PROJECT, capture_output=True, text=True)  # noqa: S603
    assert done.returncode == 0, done.stderr
    rows = [
        [part.strip() for part in line.split("|")[1:4]]
        for line in done.stdout.splitlines()
        if line[:2] == "| "
    ]
    kinds = {name for name, *_ in rows}
    assert {"MaxPool", "MaxPoolGrad", "all others"} <= kinds
    assert not kinds & {"Run", "Process", "While"}
    assert sum(int(share.rstrip("%")) for _, _, share in rows[1:]) == pytest.approx(100, abs=len(rows) / 2)


def test_small_operations_stand_in_one_line() -> None:
    profile = Profile(100.0, {"A": 89.5, "B": 10.0, "C": 0.5}, 10**9, 1e11, 128)
    made = markdown.render_tables([profile_step.table("net", "8x8x1", profile)])
    assert "| A | 89.5 | 90% |" in made
    assert "| all others | 0.5 | 0% |" in made
    assert "it would take 60 ms" in made
