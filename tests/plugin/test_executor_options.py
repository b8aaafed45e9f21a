"""Options that say where jobs run: what is refused before anything trains, and what is made of the rest."""

import importlib.util
import multiprocessing
import socket
from pathlib import Path
from typing import Any

import pytest

from benchmarks.execution import environment, on_ray, processes, run_job
from benchmarks.execution.cell_data import CellData
from benchmarks.execution.dispatcher import Dispatcher
from benchmarks.execution.local import Local
from benchmarks.execution.store import ResumeStore
from benchmarks.plugin import executor_options, xdist
from tests.support.typed_options import config


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--executor slurm", "--executor slurm: unknown; expected one of local, process, ray"),
        ("--executor local --isolate", "--isolate means --executor process, not local"),
        ("--executor local --cell-timeout 5", "--cell-timeout 5 needs --isolate"),
        (
            "--isolate --cell-timeout 0",
            "--cell-timeout 0: expected more than 0 and at most 9.22337e+09 seconds",
        ),
        ("--isolate --cell-timeout nan", "--cell-timeout nan: expected more than 0"),
        ("--isolate --cell-timeout inf", "--cell-timeout inf: expected more than 0 and at most"),
        ("--isolate --cell-timeout 1e300", "--cell-timeout 1e+300: expected more than 0 and at most"),
        ("--jobs 2", "--jobs 2 needs --executor process"),
        ("--executor process --jobs 0", "--jobs 0: expected 1 to 1000"),
        ("--executor process --jobs 1001", "--jobs 1001: expected 1 to 1000"),
        ("--executor process --jobs 2 --tx popen", "leave out pytest-xdist's -n and --tx"),
        ("--executor ray --tx popen", "leave out pytest-xdist's -n and --tx"),
        ("--dist each --tx popen", "--dist each would train every cell once per worker"),
        ("--ray-address 10.0.0.1:6379", "--ray-address needs --executor ray"),
        ("--executor process --ray-gpus 0.5", "--ray-gpus needs --executor ray"),
        ("--executor ray --ray-cpus 0", "--ray-cpus 0: expected 1 to 4096"),
        ("--executor ray --ray-gpus=-1", "--ray-gpus -1: expected 0 to 1024"),
        ("--executor ray --ray-address ray://head:10001", "expected HOST:PORT of the head node"),
        ("--executor ray --ray-address auto", "expected HOST:PORT of the head node"),
    ],
)
def test_what_cannot_be_met_is_refused_at_once(
    pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch, words: str, said: str
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    with pytest.raises(pytest.UsageError) as refusal:
        executor_options.check(config(pytestconfig, *words.split()))
    assert said in str(refusal.value)


def test_without_ray_one_line_says_how_to_install_it(
    pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(pytest.UsageError) as refusal:
        executor_options.check(config(pytestconfig, "--executor", "ray"))
    assert str(refusal.value) == (
        "--executor ray: Ray is not installed; install it with: pip install -e '.[ray]'"
    )


def test_a_cluster_without_a_token_is_refused(
    pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    for name in ("RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(pytest.UsageError, match=r"10\.0\.0\.1:6379: no token; set RAY_AUTH_MODE=token"):
        executor_options.check(config(pytestconfig, *["--executor", "ray", "--ray-address", "10.0.0.1:6379"]))


def test_an_address_where_nobody_listens_is_refused(
    pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    monkeypatch.setenv("RAY_AUTH_TOKEN", "secret")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(pytest.UsageError, match=f"--ray-address {address}: no answer"):
        executor_options.check(config(pytestconfig, "--executor", "ray", "--ray-address", address))


@pytest.mark.parametrize(
    ("words", "kind", "concurrent"),
    [
        ("", Local, False),
        ("--isolate", Dispatcher, False),
        ("--executor process --cell-timeout 5", Dispatcher, False),
        ("--executor process --jobs 3", Dispatcher, True),
        ("--executor ray", Dispatcher, True),
    ],
)
def test_an_executor_starts_nothing_before_its_first_job(
    pytestconfig: pytest.Config, words: str, kind: type, concurrent: bool, tmp_path: Path
) -> None:
    typed = config(pytestconfig, *words.split())
    before = multiprocessing.active_children()
    made = executor_options.create(typed, CellData(), ResumeStore(tmp_path), print, print)
    assert type(made) is kind
    assert made.concurrent == concurrent
    assert set(multiprocessing.active_children()) <= set(before)
    made.close()


@pytest.mark.parametrize(
    ("words", "workers", "here"),
    [
        ("", 1, 1),
        ("", 3, 3),
        ("--isolate", 1, 1),
        ("--isolate", 3, 3),
        ("--executor process --jobs 4", 1, 4),
    ],
)
def test_all_processes_of_a_machine_share_its_cores_and_say_that_they_trained_beside_each_other(
    pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch, words: str, workers: int, here: int
) -> None:
    found: dict[str, Any] = {}
    monkeypatch.setattr(environment, "usable_cores", lambda: 12)
    monkeypatch.setattr(run_job, "JobRunner", lambda data, **options: found.update(options))
    monkeypatch.setattr(
        processes, "ChildProcesses", lambda jobs, conditions, limit: found.update(vars(conditions))
    )
    typed = config(pytestconfig, *words.split())
    typed.workerinput = {xdist.WORKERS_HERE: workers}
    executor_options.create(typed, CellData(), ResumeStore(Path()), print, print)
    assert (found["threads"], found["parallel"]) == (environment.share_threads(here), here > 1)


def test_ray_is_asked_for_what_a_training_needs(
    pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(on_ray, "RayWorkers", lambda address, resources, notify: asked.append(resources))
    for words in ("", "--ray-cpus 3 --ray-gpus 0.5 --ray-memory 1.5"):
        typed = config(pytestconfig, "--executor", "ray", *words.split())
        executor_options.create(typed, CellData(), ResumeStore(Path()), print, print)
    assert asked == [on_ray.Resources(1, 0.0, 0), on_ray.Resources(3, 0.5, 3 * 2**29)]
