"""One network on several devices: what is asked for, that it learns the same, and that a worker that dies takes nothing with it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from benchmarks.failures import WorkerLost
from benchmarks.recipes import Augmentation, Recipe
from benchmarks.rendezvous import meet
from benchmarks.running import Conduct, Workshop
from benchmarks.strategies import Cluster, Strategy
from tests import grids

ALL_AT_ONCE = Recipe(
    "adam",
    3e-3,
    epochs=2,
    batch_size=23,  # three batches of 23 and one of a single image
    augmentation=Augmentation(shift=0.13, subpixel=True, mirror=True),
)


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def addresses(count: int) -> list[str]:
    return [f"127.0.0.1:{port}" for port in free_ports(count)]


def config(workers: list[str], index: int) -> str:
    return json.dumps({"cluster": {"worker": workers}, "task": {"type": "worker", "index": index}})


# --- what is asked for ---


def test_no_strategy_is_the_default() -> None:
    assert Strategy.parse(None, None, {"TF_CONFIG": "of no concern"}) is None


def test_the_chief_comes_first() -> None:
    text = json.dumps(
        {"cluster": {"worker": ["b:2", "c:3"], "chief": ["a:1"]}, "task": {"type": "worker", "index": 1}}
    )
    cluster = Cluster.parse(text)
    assert (cluster.addresses, cluster.index, cluster.chief) == (("a:1", "b:2", "c:3"), 2, False)
    assert Cluster.parse(config(["b:2", "c:3"], 0)).chief


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "it is not set. Received: nothing. Expected"),
        ("", "it is not set"),
        ("{", "Received: {. Expected"),
        ("[]", "Received: "),
        ("[" * 100_000, "does not describe a cluster"),
        ('{"cluster": {}}', "a key is missing: 'task'"),
        (config(["a:1"], 1), "it has no task worker 1"),
        (config(["a:1", "a:1"], 0), "two workers have the same address"),
        (config(["a"], 0), "'a' is no host:port"),
        (config(["a:0"], 0), "'a:0' is no host:port"),
        (config([":7"], 0), "':7' is no host:port"),
        ('{"cluster": {"ps": ["a:1"]}, "task": {"type": "ps", "index": 0}}', "it has ps"),
        ('{"cluster": {"chief": ["a:1", "b:1"]}, "task": {"type": "chief", "index": 0}}', "it has 2 chiefs"),
    ],
)
def test_what_is_no_cluster_is_refused(text: str | None, said: str) -> None:
    with pytest.raises(ValueError, match="--strategy multiworker: TF_CONFIG") as refusal:
        Strategy.parse("multiworker", None, {} if text is None else {"TF_CONFIG": text})
    assert said in str(refusal.value)
    assert len(str(refusal.value)) < 1000


@pytest.mark.parametrize(
    ("name", "devices", "said"),
    [
        ("mirrorred", None, "--strategy mirrorred: unknown; there are: mirrored, multiworker"),
        ("mirrored", 0, "expected 1 to 64"),
        (None, 2, "--devices 2 needs --strategy mirrored"),
        ("multiworker", 2, "--devices 2 needs --strategy mirrored"),
    ],
)
def test_what_does_not_exist_is_refused(name: str | None, devices: int | None, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Strategy.parse(name, devices, {})


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return grids.copy_project(tmp_path_factory.mktemp("project"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("mirrored", "-n", "2"), "--strategy mirrored does not go with -n"),
        (("mirrored", "--isolate"), "--strategy mirrored does not go with --isolate"),
        (("multiworker",), "--strategy multiworker: TF_CONFIG does not describe a cluster, it is not set"),
    ],
)
def test_a_run_is_refused_before_it_trains(project: Path, arguments: tuple[str, ...], said: str) -> None:
    status, output = grids.run(project, "--strategy", *arguments)
    assert status == pytest.ExitCode.USAGE_ERROR, output
    assert f"ERROR: {said}" in " ".join(output.split())


# --- workers meet ---


def test_workers_wait_for_each_other() -> None:
    workers = tuple(addresses(3))
    with ThreadPoolExecutor(3) as pool:
        waiting = []
        for index in (2, 0, 1):  # in any order
            waiting.append(pool.submit(meet, Cluster(workers, index), lambda message: None, 20))
            time.sleep(0.1)
        for one in waiting:
            one.result()


def test_strangers_and_those_who_leave_do_not_count() -> None:
    workers = tuple(addresses(2))
    with ThreadPoolExecutor(1) as pool:
        chief = pool.submit(meet, Cluster(workers, 0), lambda message: None, 1)
        while True:
            try:
                stranger = socket.create_connection(("127.0.0.1", int(workers[0].rpartition(":")[2])))
                break
            except ConnectionRefusedError:
                time.sleep(0.02)
        with stranger:
            stranger.sendall(b"GET / HTTP/1.1\r\n\r\n" + b"x" * 5000)
            with pytest.raises(WorkerLost, match=f"worker 1 \\({workers[1]}\\) did not come"):
                chief.result()


def test_a_chief_that_does_not_come_is_named() -> None:
    workers = tuple(addresses(2))
    with pytest.raises(WorkerLost, match=f"the chief \\({workers[0]}\\) did not come"):
        meet(Cluster(workers, 1), lambda message: None, 0.1)


def test_an_address_in_use_is_named() -> None:
    with socket.create_server(("", 0)) as taken:
        cluster = Cluster((f"127.0.0.1:{taken.getsockname()[1]}", "127.0.0.1:1"), 0)
        with pytest.raises(WorkerLost, match="cannot listen there"):
            meet(cluster, lambda message: None, 1)


# --- the same network ---


@pytest.mark.parametrize("name", ["tiny", "dropping"])
def test_one_replica_computes_the_same_bits(engine: ModuleType, name: str) -> None:
    from benchmarks.distribution import assemble
    from benchmarks.program import program_for
    from benchmarks.training import Resident, train

    build = getattr(engine, name)
    data = Resident.of(engine.Images.drawn(), ALL_AT_ONCE.pixels)
    team = assemble(Strategy("mirrored"), print)
    with engine.registered(name, build):
        one, _ = program_for(name, engine.SHAPE, ALL_AT_ONCE)
        mirrored, _ = program_for(name, engine.SHAPE, ALL_AT_ONCE, make=team.program)
        expected = train(one, data, ALL_AT_ONCE, 5)
        assert train(mirrored, data, ALL_AT_ONCE, 5).weights_sha256 == expected.weights_sha256


THREE = """
import numpy as np
from benchmarks import distribution, runtime
from benchmarks.strategies import Strategy
teams = []
runtime.start(
    prepare=lambda: teams.append(distribution.assemble(Strategy("mirrored", 3), print))
)
from benchmarks.program import program_for
from benchmarks.training import Resident, train
from tests import engine
from tests.test_distribution import ALL_AT_ONCE as recipe
data = Resident.of(engine.Images.drawn(), recipe.pixels)
with engine.registered("plain", engine.plain), engine.registered("dropping", engine.dropping):
    for name in ("plain", "dropping"):
        for make in (program_for.__defaults__[-1], teams[0].program):
            program, _ = program_for(name, engine.SHAPE, recipe, make=make)
            training = train(program, data, recipe, 5)
            state = program.state()
            print(name, training.history[-1].loss, np.abs(state.weights).sum(), np.abs(state.moving).sum(), *state.dice.ravel())
"""


def test_three_replicas_with_uneven_shares_learn_the_same() -> None:
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", THREE], cwd=grids.PROJECT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    assert [row[0] for row in rows] == ["plain", "plain", "dropping", "dropping"]
    plain, divided, _, dropping = (np.array(row[1:], np.float64) for row in rows)
    # Neither batch norm nor dropout: only the rounding of sums differs.
    np.testing.assert_allclose(divided, plain, rtol=1e-4)
    # Statistics of another third of the batch, and of a single image; other masks, from the same dice.
    assert np.isfinite(dropping).all()
    assert rows[3][4:] == rows[2][4:]
    assert rows[3][1:4] != rows[2][1:4]


@pytest.fixture(scope="module")
def alone(engine: ModuleType) -> dict[str, Any]:
    """What LeNet comes to on one device."""
    return Workshop(grids.settings(), Conduct()).prepare(grids.LENET).finish()


def same_within_noise(info: dict[str, Any], alone: dict[str, Any]) -> None:
    assert info["accuracies"] == pytest.approx(alone["accuracies"], abs=0.03)
    assert info["losses"] == pytest.approx(alone["losses"], rel=1e-3)


def test_mirrored_on_two_logical_devices(project: Path, alone: dict[str, Any]) -> None:
    asked = ("--arch", "lenet", "--dataset", "mnist", "--strategy", "mirrored", "--devices", "2")
    status, output = grids.run(project, *asked, "--benchmark-json", "mirrored.json")
    assert status == 0, output
    info = grids.infos(project / "mirrored.json")["lenet-mnist"]
    same_within_noise(info, alone)
    assert (info["strategy"], info["replicas"]) == ("mirrored", 2)
    assert (alone["strategy"], alone["replicas"]) == (None, 1)
    assert info["fingerprint"] != alone["fingerprint"]
    assert json.loads((project / "mirrored.json").read_text())["suite"]["settings"]["strategy"] == "mirrored"


# --- two workers ---


class Pair:
    """Two workers, each in a copy of the project of its own: they share no folder."""

    def __init__(self, folder: Path) -> None:
        self.projects = [grids.copy_project(folder / f"worker-{i}") for i in range(2)]
        self.processes: list[subprocess.Popen[str]] = []

    def start(self, *arguments: str, target: str = "run.json") -> None:
        asked = ("--arch", "lenet", "--dataset", "mnist", "--seeds", "3", "--strategy", "multiworker")
        saving = ("--benchmark-autosave", "--benchmark-json", target)
        workers = addresses(2)
        self.processes = [
            grids.start(project, *asked, *saving, *arguments, TF_CONFIG=config(workers, i))
            for i, project in enumerate(self.projects)
        ]

    def end(self) -> list[tuple[int, str]]:
        """Exit status and output of each."""
        outputs = [process.communicate(timeout=300)[0] for process in self.processes]
        return [(p.returncode, output) for p, output in zip(self.processes, outputs, strict=True)]

    def stop(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()

    def stored(self, worker: int, what: str) -> list[Path]:
        return list((self.projects[worker] / ".benchmarks").glob(what))


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    pair = Pair(tmp_path)
    yield pair
    pair.stop()


@pytest.mark.slow
@pytest.mark.parametrize("victim", [1, 0])
def test_a_worker_that_dies_ends_the_run_which_can_be_taken_up(
    pair: Pair, alone: dict[str, Any], victim: int
) -> None:
    pair.start(target="whole.json")
    for status, output in pair.end():
        assert status == 0, output
    whole = grids.infos(pair.projects[0] / "whole.json")["lenet-mnist"]
    assert (whole["strategy"], whole["replicas"]) == ("multiworker", 2)
    same_within_noise({key: whole[key][:1] for key in ("accuracies", "losses")}, alone)

    # Without --resume it begins anew, with the first epoch of the first seed.
    for path in pair.stored(0, "resume/*/*/*"):
        path.unlink()
    pair.start()
    while not pair.stored(0, "resume/*/*/seed-0.*"):
        assert pair.processes[0].poll() is None, pair.end()
        time.sleep(0.02)
    os.killpg(pair.processes[victim].pid, signal.SIGKILL)
    status, output = pair.end()[1 - victim]
    assert status == pytest.ExitCode.TESTS_FAILED, output
    assert "another worker is gone" in output
    assert "--resume" in output
    assert "Traceback" not in output
    assert pair.stored(0, "resume/*/*/seed-0.*")
    assert not pair.stored(0, "resume/*/*/seed-2.training")

    pair.start("--resume")
    for status, output in pair.end():
        assert status == 0, output
    info = grids.infos(pair.projects[0] / "run.json")["lenet-mnist"]
    assert grids.outcome(info) == grids.outcome(whole)
    # The chief alone has written.
    assert not (pair.projects[1] / "run.json").exists()
    assert pair.stored(1, "**/*.*") == []


@pytest.mark.slow
def test_workers_that_train_something_else_do_not_go_on(pair: Pair) -> None:
    protocols = pair.projects[1] / "benchmarks" / "protocols.py"
    protocols.write_text(protocols.read_text().replace("epochs=4", "epochs=5"))
    pair.start()
    (chief, said_by_chief), (other, said_by_other) = pair.end()
    assert (chief, other) == (1, 1)
    assert "recipe.epochs: 4 -> 5" in said_by_other
    assert "another worker is gone" in said_by_chief
