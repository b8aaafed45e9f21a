"""Collection and replay: what happens without a training."""

import json
import os
import re
import resource
from contextlib import ExitStack, nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import datasets
import models
from benchmarks.execution.job import JobFailed
from benchmarks.experiment.settings import Settings
from benchmarks.plugin import collection, hooks, terminal
from benchmarks.plugin.session import SESSION
from datasets import _cache
from datasets._contract import Splits
from tests.support import command_line
from tests.support.suite_runs import TRAINED, Place


def test_collection_is_quick_and_imports_no_tensorflow(place: Place) -> None:
    def spent() -> float:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    seconds: list[
        float
    ] = []  # of the processor; where others use it too, the second try may be the fairer one
    while not seconds or (min(seconds) >= 3 and len(seconds) < 3):
        begin = spent()
        done = place.run("benchmarks/", "--collect-only", "-q")
        seconds.append(spent() - begin)
    assert min(seconds) < 3
    assert "TENSORFLOW False" in done.stdout
    ids = re.findall(r"^benchmarks/bench_training.py::test_training\[(.*)\]$", done.stdout, re.MULTILINE)
    assert set(ids) == {f"{a}-{d}" for a in models.default_names() for d in datasets.default_names()}
    assert len(set(ids)) == 20  # the study's grid
    assert ids[:2] == ["lenet-mnist", "vgg-mnist"]  # data set by data set, in the study's order


def test_every_test_of_a_cell_is_collected(place: Place, tmp_path: Path) -> None:
    own = tmp_path / "test_own.py"
    own.write_text("def test_first(cell_run): ...\n\n\ndef test_second(cell_run): ...\n")
    outside = ("-c", "pyproject.toml", "--rootdir", ".", "-p", "benchmarks.plugin.hooks")
    done = place.run(*outside, str(own), "--collect-only", "-q", "--arch", "lenet", "--dataset", "mnist")
    assert re.findall(r"::(\w+)\[lenet-mnist\]", done.stdout) == ["test_first", "test_second"]


def test_the_plugin_loads_only_what_collection_needs() -> None:
    slow = {
        "numpy",
        "scipy",
        "tensorflow",
        "keras",
        "vl_convert",
        "rich",
        "pooch",
        "multiprocessing",
        "datasets",
    }
    code = f"import sys, conftest, benchmarks.plugin.hooks; print({slow} & set(sys.modules))"
    done = command_line.python(code)
    assert done.stdout == "set()\n", done.stdout + done.stderr


def test_a_cache_that_cannot_be_written_is_a_notice_of_the_run_that_trains(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[str] = []
    monkeypatch.setattr(terminal, "notify", lambda config, message: said.append(message))
    monkeypatch.setenv("BENCH_CACHE_DIR", "/dev/null/cache")
    image, label = np.zeros((1, 8, 8, 1), np.uint8), np.zeros(1, np.uint8)
    _cache.write("key", Splits(image, label, image, label), {})
    assert said == []  # this session has no cells: it is no business of its terminal
    with ExitStack() as ended:
        config: Any = SimpleNamespace(add_cleanup=ended.callback)
        collection.notify_of_warnings(config)
        _cache.write("key", Splits(image, label, image, label), {})
    _cache.write("key", Splits(image, label, image, label), {})
    assert said == [
        "/dev/null/cache: images are not cached there (Not a directory) and will be prepared again next time"
    ]


def test_test_images_of_ones_own_that_are_trained_on_are_named_before_the_training(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    images, labels = np.zeros((2, 8, 8), np.uint8), np.arange(2)
    np.savez(tmp_path / "own.npz", x_train=images, y_train=labels, x_test=images, y_test=labels)
    said: list[str] = []
    monkeypatch.setattr(terminal, "notify", lambda config, message: said.append(message))
    settings = Settings.parse(
        protocol="quick", architectures="lenet,linear", datasets="pets,mnist", own_data=[f"pets={tmp_path}/own.npz"],
        first_seed=0, seeds=1, data="auto", data_dir=None, accept_copies=False, precision="float32",
    )  # fmt: skip
    config: Any = SimpleNamespace(
        stash={SESSION: SimpleNamespace(settings=settings)},
        getoption=lambda name: None,
        pluginmanager=SimpleNamespace(get_plugin=lambda name: None),
    )
    for cells, times in ((["lenet-mnist"], 0), (["lenet-pets", "linear-pets"], 1)):
        collection.announce(config, cells)
        assert sum("same pixels as a training image: 2 of 2" in message for message in said) == times


HOSTILE, SHOWN = "\x1b[2J\x1b]0;title\x07hello\n\x1b[1;36mand\x1b[39m more", "?[2J?]0;title?hello\nand more"


def test_a_notice_does_not_control_the_terminal() -> None:
    kept: list[str] = []
    shown: list[str] = []
    plugins = {
        "terminalreporter": SimpleNamespace(
            ensure_newline=lambda: None, write_line=lambda line, **_: shown.append(line)
        ),
        "capturemanager": SimpleNamespace(global_and_fixture_disabled=nullcontext),
    }

    def keep(text: str) -> bool:
        kept.append(text)
        return True

    config: Any = SimpleNamespace(
        stash={SESSION: SimpleNamespace(add_notice=keep, progress=None)},
        pluginmanager=SimpleNamespace(get_plugin=plugins.get),
    )
    terminal.notify(config, HOSTILE)
    assert kept == shown == [SHOWN]


def test_the_reason_of_a_failed_job_does_not_control_the_terminal() -> None:
    item: Any = SimpleNamespace(config=None)
    case = hooks.pytest_pyfunc_call(item)
    next(case)
    with pytest.raises(pytest.fail.Exception) as failed:
        case.throw(JobFailed(HOSTILE))
    assert failed.value.msg == SHOWN


@pytest.mark.parametrize(
    ("more", "status", "times"), [((), 4, 1), (("-n", "1"), 1, 2), (("--executor", "process"), 1, 2)]
)
def test_a_broken_library_is_named_without_a_traceback(
    more: tuple[str, ...], status: int, times: int, place: Place, tmp_path: Path
) -> None:
    """After an upgrade, libraries may not fit together. Without other processes, the first cell says so for all."""
    reason = "libcudart.so.12: cannot open shared object file"
    (tmp_path / "tensorflow.py").write_text(f"raise ImportError({reason!r})")
    path = os.pathsep.join(map(str, (tmp_path, place.folder, command_line.ROOT)))
    ended = place.run(
        "benchmarks/", "--arch", "lenet", "--dataset", "mnist,cifar10", *more, env={"PYTHONPATH": path}
    )
    assert ended.returncode == status
    assert ended.stdout.count(f"ImportError: {reason} (installed: tensorflow 2.") == times
    assert "Traceback" not in ended.stdout + ended.stderr
    assert "INTERNALERROR" not in ended.stdout
    assert "engine.start" not in ended.stdout, "the suite's own code is shown"


def test_missing_real_data_are_an_error_before_tensorflow(place: Place) -> None:
    done = place.run("benchmarks/", "--arch", "lenet", "--dataset", "mnist", data="real")
    assert done.returncode == 1
    assert "MNIST: no real data" in done.stdout
    assert "Traceback" not in done.stdout
    assert "session.begin" not in done.stdout, "the suite's own code is shown"
    last = [line for line in done.stdout.splitlines() if not line.startswith("TENSORFLOW")][-1]
    assert last.startswith(
        "no cell finished; images of mnist could not be loaded. Get them with python -m benchmarks data --fetch"
    )
    assert last.endswith("--data synthetic.")
    assert "TENSORFLOW False" in done.stdout


LIKE_LAST_FAILED = """
import pytest


class LastFailed:
    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, config, items):
        yield
        config.hook.pytest_deselected(items=items[1:])
        del items[1:]


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    config.pluginmanager.register(LastFailed())
"""
"""What pytest does for --lf, with the first test as the only failure."""


def test_cells_that_passed_last_time_are_not_missed_by_last_failed(place: Place) -> None:
    (place.folder / "like_last_failed.py").write_text(LIKE_LAST_FAILED)
    words = ("benchmarks/", "-p", "like_last_failed", "--arch", "lenet", "--dataset", "mnist,svhn")
    ended = place.run(*words, data="real")
    assert "1 deselected" in ended.stdout, ended.stdout + ended.stderr
    assert "\nno cell finished; images of mnist could not be loaded." in ended.stdout


CHOOSY = """
import models

models.smallest_size = lambda name: 29 if name == "vgg" else 1
models.default_names = lambda: ("lenet", "vgg")
"""


def test_an_architecture_that_was_named_and_takes_larger_images_is_refused(place: Place) -> None:
    (place.folder / "choosy.py").write_text(CHOOSY)
    done = place.run("benchmarks/", "-p", "choosy", "--arch", "lenet,vgg", "--dataset", "mnist")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    said = "--arch: vgg-mnist (vgg takes images of 29x29 pixels or more, these are 28x28); choose other architectures"
    assert said in " ".join(done.stderr.split())
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.end_to_end
def test_an_architecture_that_was_not_named_is_left_out_and_the_run_says_so(place: Place) -> None:
    (place.folder / "choosy.py").write_text(CHOOSY)
    saved = place.folder / "left-out.json"
    done = place.run("benchmarks/", "-p", "choosy", "--dataset", "mnist", "--benchmark-json", str(saved))
    assert done.returncode == 0, done.stdout
    said = "left out of the grid: vgg-mnist (vgg takes images of 29x29 pixels or more, these are 28x28)"
    assert said in " ".join(done.stdout.split())
    suite = json.loads(saved.read_text())["suite"]
    assert suite["expected"] == ["lenet-mnist"]


def test_quiet_runs_print_little_and_replay_without_tensorflow(place: Place, trained: object) -> None:
    quiet = place.run(*TRAINED, "--resume", "-q")
    assert "Accuracy on the test images" not in quiet.stdout
    assert quiet.stdout.count("mnist: SYNTHETIC data, not the real images") == 1
    assert quiet.stdout.count("cifar10: SYNTHETIC data, not the real images") == 1
    assert "TENSORFLOW False" in quiet.stdout


def test_a_disabled_run_does_not_advise_the_option_that_was_given(place: Place, trained: object) -> None:
    ended = place.run(*TRAINED, "--resume", "--benchmark-disable", "--benchmark-autosave")
    assert "Nothing saved: benchmarks are disabled." in ended.stderr
    assert (
        "\nnot saved; repeat with --resume --benchmark-autosave, without --benchmark-disable, to save"
        in ended.stdout
    )


BROKEN = """
import pytest


def pytest_collection_modifyitems(session):
    session.testsfailed += 1  # as a module does that cannot be imported
"""


def test_an_error_of_collection_is_not_said_to_be_mended_by_resuming(place: Place) -> None:
    (place.folder / "broken.py").write_text(BROKEN)
    words = ("benchmarks/", "--arch", "lenet", "--dataset", "mnist", "-p", "broken")
    ended = place.run(*words, "--accuracy-compare", "pinned")
    assert (ended.returncode, "error during collection" in ended.stdout) == (2, True), (
        ended.stdout + ended.stderr
    )
    assert "--resume" not in ended.stdout
    assert "\naccuracy gate: cannot be compared: no cell finished (exit status 2)" in ended.stdout


def test_without_pytests_capture_notices_are_printed_at_once(place: Place) -> None:
    words = ("benchmarks/", "--arch", "lenet", "--dataset", "mnist", "-p", "no:capture", "--setup-only")
    ended = place.run(*words, "-W", "ignore")
    said = "\nmnist: SYNTHETIC data, not the real images, as --data synthetic asks\n"
    assert ended.stdout.partition("= grid =")[0].count(said) == 1, ended.stdout + ended.stderr


def test_a_run_without_a_terminal_ends_without_a_traceback(place: Place) -> None:
    words = ("benchmarks/", "--arch", "lenet", "--dataset", "mnist", "-p", "no:terminal")
    ended = place.run(*words, data="real")
    assert (ended.returncode, ended.stderr) == (1, "")


def test_workers_whose_images_are_missing_say_at_the_end_how_to_get_them(place: Place) -> None:
    ended = place.run("benchmarks/", "--arch", "lenet", "--dataset", "mnist", "-n", "1", data="real")
    assert "\nno cell finished; images of mnist could not be loaded." in ended.stdout
