"""The CI's workflows and scripts: what runs where, on which versions, and with which rights."""

import json
import re
import subprocess
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.shell_calls import calls, workflow_text

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted((ROOT / ".ci").iterdir())
GITHUB = ROOT / ".github" / "workflows"
ACCURACY, CHECKS, NEWEST = (GITHUB / f"{name}.yml" for name in ("accuracy", "checks", "newest"))
GITLAB = ROOT / "docs" / "gitlab-ci.yml"


def jobs_of(workflow: Path) -> Mapping[str, Any]:
    jobs: Mapping[str, Any] = yaml.safe_load(workflow.read_text())["jobs"]
    return jobs


def pytest_calls(shell: str) -> list[list[str]]:
    """The arguments of each call of pytest."""
    return [arguments for program, arguments in calls(shell) if program == "pytest"]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_bash(script: Path) -> None:
    done = subprocess.run(["bash", "-n", str(script)], capture_output=True, text=True)  # noqa: S603, S607
    assert (done.returncode, done.stderr) == (0, "")


def test_the_workflows_shards_are_all_there() -> None:
    shards = jobs_of(ACCURACY)["tuned"]["strategy"]["matrix"]["shard"]
    assert shards == list(range(1, len(shards) + 1))
    assert f"--shard ${{{{ matrix.shard }}}}/{len(shards)} " in workflow_text(ACCURACY)
    assert f"$CI_NODE_INDEX/{yaml.safe_load(GITLAB.read_text())['tuned']['parallel']}" in (
        workflow_text(GITLAB).replace("$CI_NODE_TOTAL", "4")
    )


def test_jobs_wait_for_jobs_that_exist_and_take_what_these_leave() -> None:
    jobs = jobs_of(ACCURACY)
    assert {job["needs"] for job in jobs.values() if "needs" in job} <= set(jobs)
    steps = [step for job in jobs.values() for step in job["steps"]]
    left = [step["with"]["name"] for step in steps if "upload-artifact" in step.get("uses", "")]
    (taken,) = [step["with"]["pattern"] for step in steps if "download-artifact" in step.get("uses", "")]
    assert any(Path(name).match(taken) for name in left)


@pytest.mark.parametrize("path", sorted(GITHUB.glob("*.yml")), ids=lambda path: path.stem)
def test_workflows_pin_actions_by_commit_and_have_least_permissions(path: Path) -> None:
    text = path.read_text()
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assert job["permissions"] == {"contents": "read"}
        assert job["timeout-minutes"] <= 360
        assert all(("uses" in step) != ("run" in step) for step in job["steps"])
    uses = re.findall(r"uses: (.*)", text)
    assert uses
    assert all(re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", use) for use in uses)


def test_tests_run_on_every_python_that_the_project_names() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = re.findall(r"Python :: (3\.\d+)\"", json.dumps(project["classifiers"]))
    assert jobs_of(CHECKS)["tests"]["strategy"]["matrix"]["python"] == named


def test_a_pull_request_gets_every_test_that_decides_what_lands() -> None:
    texts = (ROOT / ".ci" / "run").read_text(), workflow_text(CHECKS)
    ours, checks = (set(map(tuple, pytest_calls(text))) for text in texts)
    trainings = {call for call in ours if call[0] == "benchmarks/"}
    shown = ("--durations", "12")  # for whoever reads the log
    tests = {
        call[:-2] if call[-2:] == shown else call for call in ours - trainings if "real_data" not in call
    }
    assert len(tests) == 4
    assert tests <= checks
    assert ("-n", "auto", "--dist", "loadfile", "-rs") in checks
    steps = jobs_of(CHECKS)["end_to_end"]["steps"]
    (whole,) = [step for step in steps if "end_to_end and not slow" in step.get("run", "")]
    assert whole["env"] == {"REQUIRE_BROWSER": 1}  # pages are tested there, not skipped


def test_the_newest_libraries_train_on_both_backends() -> None:
    every = pytest_calls(workflow_text(NEWEST))
    trained = [call for call in every if "benchmarks/" in call]
    assert sorted("jax" if "--backend" in call else "tensorflow" for call in trained) == ["jax", "tensorflow"]
    assert [call for call in every if call not in trained] == [
        ["-n", "auto", "--dist", "loadfile", "-m", "slow"],
        ["-m", "real_data", "-rs"],
    ]
