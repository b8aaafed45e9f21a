"""Two small cells, trained once as users train them; tests that ask for the output in other ways resume the same trainings."""

import json
import subprocess
from collections.abc import Iterable
from typing import Any, NoReturn

import pytest

from tests.support.suite_runs import SMALL, TRAINED, Place


def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """Let one of xdist's workers run all tests that share the training (`--dist loadgroup`)."""
    for item in items:
        if "place" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("one training"))


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("place")
    (folder / "small.py").write_text(SMALL)
    return Place(folder)


@pytest.fixture(scope="session")
def trained(place: Place) -> subprocess.CompletedProcess[str]:
    """Two cells, two seeds each; CIFAR-10's floor cannot be reached."""
    return place.run(*TRAINED, "--benchmark-json", str(place.folder / "run.json"))


@pytest.fixture(scope="session")
def saved(place: Place, trained: object) -> dict[str, Any]:
    def refuse(constant: str) -> NoReturn:
        raise AssertionError(f"{constant} is not JSON")

    saved: dict[str, Any] = json.loads((place.folder / "run.json").read_text(), parse_constant=refuse)
    return saved


@pytest.fixture(scope="session")
def cells(saved: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {entry["extra_info"]["dataset"]: entry["extra_info"] for entry in saved["benchmarks"]}
