"""`.ci/gate` judges once with pytest and once more for its files: both are asked the same. `.ci/night` judges what shards trained."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PYTHON = """#!/bin/sh
echo "$@" >> "$LOG"
for argument in "$@"; do
    [ "$last" = --benchmark-json ] && echo {} > "$argument"
    last=$argument
done
case "$2 $3" in pytest*) exit "${STATUS:-0}";; "benchmarks compare") exit "${JUDGED:-0}";; esac
"""


def gate(folder: Path, *arguments: str, **environment: str) -> tuple[int, list[str]]:
    """Return the exit status and how the script called `python`."""
    return script(folder, *arguments, **environment)[:2]


def script(folder: Path, *arguments: str, **environment: str) -> tuple[int, list[str], str]:
    """Run the script with a `python` that only writes down how it was called; return that with the exit status and stderr."""
    programs = folder / "bin"
    programs.mkdir()
    (programs / "python").write_text(PYTHON)
    (programs / "python").chmod(0o755)
    given = {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "LOG": str(folder / "log"),
        "GATE_OUTPUT": str(folder / "out"),
        "GITHUB_STEP_SUMMARY": "",
    }
    done = subprocess.run(  # noqa: S603
        ["bash", str(ROOT / ".ci" / "gate"), *arguments],  # noqa: S607
        env=os.environ | given | environment,
        capture_output=True,
        text=True,
    )
    assert "unbound variable" not in done.stderr
    log = folder / "log"
    return done.returncode, log.read_text().splitlines() if log.exists() else [], done.stderr


@pytest.mark.parametrize(
    ("asked", "judging"),
    [
        ([], "--allow-missing unselected"),
        (["--seeds", "5"], "--allow-missing unselected"),
        (["--accuracy-max-drop", "0.3", "--accuracy-strict"], "--allow-missing unselected --max-drop 0.3 --strict"),
        (["--accuracy-alpha=0.01", "--seeds", "5"], "--allow-missing unselected --alpha=0.01"),
    ],
)  # fmt: skip
def test_all_judgements_are_asked_for_alike(tmp_path: Path, asked: list[str], judging: str) -> None:
    status, (trained, compared, reported) = gate(tmp_path, "pinned", *asked)
    run = tmp_path / "out" / "run.json"
    assert status == 0
    assert trained.split()[:3] == ["-m", "pytest", "benchmarks/"]
    assert trained.endswith(f"--benchmark-json {run} --accuracy-compare pinned")
    assert compared.startswith(f"-m benchmarks compare pinned {run} {judging} --markdown")
    assert reported.startswith(f"-m benchmarks report {run} --baseline pinned {judging} --html")


@pytest.mark.parametrize(("trained", "judged", "status"), [(1, 0, 1), (0, 2, 2), (2, 1, 2), (0, 0, 0)])
def test_the_exit_status_is_pytests_or_that_of_the_judgement(
    tmp_path: Path, trained: int, judged: int, status: int
) -> None:
    assert gate(tmp_path, "pinned", STATUS=str(trained), JUDGED=str(judged))[0] == status


def test_a_baseline_in_the_place_of_the_new_run_is_refused_and_kept(tmp_path: Path) -> None:
    baseline = tmp_path / "out" / "run.json"
    baseline.parent.mkdir()
    baseline.write_text("seeds of three hours")
    status, called, said = script(tmp_path, str(baseline), "--seeds", "5")
    assert (status, called) == (2, [])
    assert said.startswith(f"{baseline} would be replaced by the new run")
    assert baseline.read_text() == "seeds of three hours"


NIGHTLY = """#!/bin/sh
case "$*" in
    "- "*) exec {python} "$@";;
    *"benchmarks merge"*"--allow-partial"*) ;;
    *"benchmarks merge"*) exit 2;;
    *"benchmarks compare"*) [ -z "$TOLD" ] || echo "$TOLD" > out/judgement.json; exit "$JUDGED";;
esac
"""


def judged(verdict: str, *, compared: int = 1, suspicions: tuple[str, ...] = ()) -> str:
    cells = [{"verdict": "unchanged", "suspicions": []}, {"verdict": verdict, "suspicions": suspicions}]
    return json.dumps({"cells": cells, "compared": compared})


@pytest.mark.parametrize(
    ("status", "told", "expected"),
    [
        (0, judged("unchanged"), 0),
        (1, judged("regressed"), 1),
        (2, judged("undecided"), 0),
        (2, judged("suspect"), 2),
        (2, judged("incomparable"), 2),
        (2, judged("unchanged", suspicions=("a missed floor",)), 2),
        (2, judged("undecided", compared=0), 2),
        (2, "", 2),
        (2, "half writ", 2),
    ],
)
def test_only_a_night_that_lacks_nothing_but_seeds_is_let_pass(
    tmp_path: Path, status: int, told: str, expected: int
) -> None:
    (tmp_path / "python").write_text(NIGHTLY.format(python=sys.executable))
    (tmp_path / "python").chmod(0o755)
    given = {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "GATE_OUTPUT": "out"}
    done = subprocess.run(  # noqa: S603
        ["bash", str(ROOT / ".ci" / "night"), "shard-1.json", "shard-2.json"],  # noqa: S607
        cwd=tmp_path,
        env=given | {"JUDGED": str(status), "TOLD": told},
        capture_output=True,
        text=True,
    )
    assert done.returncode == expected
    assert ("not decided, for want of seeds" in done.stdout) == (status == 2 and expected == 0)


@pytest.mark.parametrize("name", ["accuracy.yml", "newest.yml"])
def test_no_workflow_writes_over_the_page_of_its_gate(name: str) -> None:
    workflow = (ROOT / ".github" / "workflows" / name).read_text()
    jobs = re.split(r"(?m)^  (?=\w+:$)", workflow)
    assert any(".ci/gate" in job for job in jobs)
    assert not any(".ci/gate" in job and "benchmarks report" in job for job in jobs)
    for judged in (job for job in jobs if "compare pinned" in job):
        assert "--baseline pinned --html accuracy/report.html" in judged
