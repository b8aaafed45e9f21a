"""What is refused of pytest-benchmark's options, and what the suite reads from them."""

from pathlib import Path

import pytest

from benchmarks.plugin import benchmark_options
from tests.support.typed_options import config


@pytest.mark.parametrize(
    ("location", "folder"),
    [
        ("runs", "runs"),
        ("file://runs", "runs"),
        ("file:///data/runs", "/data/runs"),
        ("elasticsearch+https://host/index", ".benchmarks"),
    ],
)
def test_seeds_and_numbered_runs_are_in_the_storage_if_it_is_a_folder(
    pytestconfig: pytest.Config, location: str, folder: str
) -> None:
    assert benchmark_options.storage(config(pytestconfig, "--benchmark-storage", location)) == Path(folder)


@pytest.mark.parametrize(
    ("option", "wanted"),
    [
        ("--benchmark-autosave", False),
        ("--benchmark-columns=min", True),
        ("--benchmark-sort=mean", True),
        ("--benchmark-group-by=func", True),
        ("--benchmark-name=short", True),
        ("--benchmark-time-unit=ms", True),
        ("--benchmark-verbose", True),
        ("--benchmark-compare", True),
        ("--benchmark-histogram", True),
    ],
)
def test_an_option_that_shapes_the_table_asks_for_it(
    pytestconfig: pytest.Config, option: str, wanted: bool
) -> None:
    given = config(pytestconfig, option)
    given.invocation_params.args = ()  # such as from PYTEST_ADDOPTS
    assert benchmark_options.wants_table(given) == wanted
