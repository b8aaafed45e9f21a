"""What is refused of pytest-benchmark's options, and what the suite reads from them."""

import importlib.util
import re
from pathlib import Path

import pytest

from benchmarks.plugin import benchmark_options, options
from tests.support.typed_options import config


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("benchmarks/ --benchmark-cprofile=cumtime", "--benchmark-cprofile: no training is profiled"),
        (
            "benchmarks/ --benchmark-group-by=dataset",
            "--benchmark-group-by dataset: unknown; expected one of group, name, ",
        ),
        ("benchmarks/ --benchmark-group-by=group,param:arch", "--benchmark-group-by param:arch: unknown"),
        ("benchmarks/bench_inference.py --benchmark-group-by=shape", "--benchmark-group-by shape: unknown"),
        (
            "benchmarks/ --benchmark-histogram",
            "--benchmark-histogram: pygal is not installed; install it with",
        ),
    ],
)
def test_what_would_end_in_a_traceback_after_the_training_is_refused_before_it(
    pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch, words: str, said: str
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "pygal" else find(name))
    with pytest.raises(pytest.UsageError, match=re.escape(said)):
        options.check(config(pytestconfig, *words.split()))


@pytest.mark.parametrize(
    "words",
    [
        "benchmarks/bench_inference.py --benchmark-cprofile=cumtime",
        "benchmarks/bench_inference.py --benchmark-group-by=group,param:batch",
        "benchmarks/ --benchmark-group-by=param:cell_run,fullfunc",
        "benchmarks/ --benchmark-histogram",
    ],
)
def test_what_can_be_met_is_not_refused(
    pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    options.check(config(pytestconfig, *words.split()))


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
