"""Two small cells, trained once as users train them; tests that ask for the output in other ways resume the same trainings."""

import json
import subprocess
from collections.abc import Iterable
from typing import Any, NoReturn

import pytest
from filelock import FileLock

from tests.support.suite_runs import SMALL, TRAINED, Place


def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """Whatever reads the one training runs end to end with it."""
    for item in items:
        if "trained" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.end_to_end)


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Place:
    """The same folder for all of xdist's workers."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "place"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            folder.mkdir()
            (folder / "small.py").write_text(SMALL)
    return Place(folder)


@pytest.fixture(scope="session")
def trained(place: Place) -> subprocess.CompletedProcess[str]:
    """Two cells, two seeds each; CIFAR-10's floor cannot be reached. The first worker that asks trains them, for all."""
    said = place.folder / "trained.json"
    with FileLock(f"{said}.lock"):
        if not said.exists():
            done = place.run(*TRAINED, "--benchmark-json", str(place.folder / "run.json"))
            said.write_text(json.dumps([done.args, done.returncode, done.stdout, done.stderr]))
    return subprocess.CompletedProcess(*json.loads(said.read_text()))


@pytest.fixture(scope="session")
def saved(place: Place, trained: object) -> dict[str, Any]:
    def refuse(constant: str) -> NoReturn:
        raise AssertionError(f"{constant} is not JSON")

    saved: dict[str, Any] = json.loads((place.folder / "run.json").read_text(), parse_constant=refuse)
    return saved


@pytest.fixture(scope="session")
def cells(saved: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {entry["extra_info"]["dataset"]: entry["extra_info"] for entry in saved["benchmarks"]}
