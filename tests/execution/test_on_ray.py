"""Jobs on Ray, on nodes of this machine: overhead, listeners, lost workers, Ctrl-C; each test starts a cluster."""

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from benchmarks.execution import messages, ray_cluster, store
from benchmarks.execution.dispatcher import Dispatcher
from benchmarks.execution.executors import results_of
from benchmarks.execution.job import JobFailed
from benchmarks.execution.on_ray import RayWorkers, Resources, Target
from benchmarks.execution.store import ResumeStore
from benchmarks.results.seed_result import SeedResult
from tests.support import small_project as grids
from tests.support.stored_seeds import finished, job

pytestmark = pytest.mark.slow

TOKEN = "5" * 64  # only the tests' own clusters know it
LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "RAY_USAGE_STATS_ENABLED": "0"}
ENVIRONMENT = LOOPBACK | {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": TOKEN}


@pytest.fixture(autouse=True, scope="module")
def environment() -> Iterator[None]:
    """Ray reads these as it is imported."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        yield


def made_up(seconds: float) -> Target:
    """What a worker does instead of a training: it waits, and makes a result up."""
    base = msgspec.to_builtins(finished(0))

    def work(order: Any, send: Callable[[bytes], None]) -> None:
        time.sleep(seconds)
        if order.job.seed == 13:
            raise ValueError("thirteen")
        if order.job.seed == 9 and order.checkpoint is None:
            os.kill(os.getpid(), signal.SIGKILL)
        result = msgspec.structs.replace(msgspec.convert(base, SeedResult), seed=order.job.seed)
        send(messages.encode(messages.Finished(store.encode(order.job, result))))

    return work


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder in memory, where there is one: a disk's own time is none of these tests'."""
    memory = Path("/dev/shm")  # noqa: S108
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


@pytest.fixture
def driver(folder: Path) -> Iterator[Dispatcher]:
    """The driver's queue over Ray, with jobs of ten milliseconds."""
    workers = RayWorkers(None, Resources(), print, made_up(0.01))
    dispatcher = Dispatcher(workers, ResumeStore(folder), resume=False, notify=print)
    yield dispatcher
    dispatcher.close()


def run_all(driver: Dispatcher, seeds: range) -> list[int]:
    handles = [driver.submit(job(seed), grids.ignore) for seed in seeds]
    return [result.seed for result in results_of(handles)]


def test_many_short_jobs_cost_little_time_and_memory(driver: Dispatcher, folder: Path) -> None:
    run_all(driver, range(1000, 1004))  # starts the cluster and its workers
    assert listeners_of_ray() == {"127.0.0.1"}
    memory, seconds, busy = [], [], []
    for first in (2000, 3000, 4000):
        start_time, processor = time.perf_counter(), time.process_time()
        assert run_all(driver, range(first, first + 200)) == list(range(first, first + 200))
        seconds.append(time.perf_counter() - start_time)
        busy.append(1000 * (time.process_time() - processor) / 200)
        memory.append(resident_mib())
    workers = driver.status().workers
    overhead = [1000 * (taken - 200 * 0.01 / workers) / 200 for taken in seconds]
    print(
        f"{workers} workers: overhead per job {overhead} ms, driver's processor {busy} ms; driver {memory} MiB"
    )
    # The best of three: several times as much while others use the cores.
    assert min(overhead) < 20
    assert min(busy) < 20
    assert memory[-1] - memory[0] < 5
    assert len(list(folder.rglob("*.training"))) == 604

    start_time = time.perf_counter()
    with pytest.raises(JobFailed, match=r"(?s)lenet-mnist seed 13.*ValueError: thirteen"):
        driver.submit(job(13), grids.ignore).result()
    with pytest.raises(
        JobFailed, match=r"lenet-mnist seed 9: its worker process died .* gave up after 3 restarts"
    ):
        driver.submit(job(9), grids.ignore).result()
    driver.close()
    print(f"two failures and the end of the cluster: {time.perf_counter() - start_time:.1f} s")
    assert processes_of_ray() == []


def test_a_job_that_fits_no_node_is_refused_at_once(tmp_path: Path) -> None:
    workers = RayWorkers(None, Resources(cpus=4096), print)
    dispatcher = Dispatcher(workers, ResumeStore(tmp_path), resume=False, notify=print)
    with pytest.raises(
        ray_cluster.ClusterRefused,
        match=r"asks for 4096 CPU; ask for less or add a node. The nodes have: .*CPU",
    ):
        dispatcher.submit(job(), grids.ignore).result()
    dispatcher.close()


LONGER = """
PROTOCOLS["tiny"] = dataclasses.replace(
    PROTOCOLS["tiny"], default=dataclasses.replace(PROTOCOLS["tiny"].default, epochs=8), train=6000
)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with trainings of some seconds."""
    project = grids.copy_project(tmp_path / "project")
    with (project / "benchmarks" / "experiment" / "protocols.py").open("a") as file:
        file.write("import dataclasses\n" + LONGER)
    return project


@pytest.fixture
def cluster(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Two nodes of one core; the second one may be lost."""
    from ray.cluster_utils import Cluster

    options: dict[str, Any] = {"num_cpus": 1, "object_store_memory": 100 * 1024**2}
    # A frozen node is noticed after some ten seconds, not after a minute; a busy machine starts no nodes under such checks.
    checks = {"period_ms": 1000, "timeout_ms": 2000, "failure_threshold": 3}
    strict = {"_system_config": {f"health_check_{name}": value for name, value in checks.items()}}
    head = {"include_dashboard": False, **options, **(strict if request.param == signal.SIGSTOP else {})}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    cluster.add_node(**options)
    yield cluster
    cluster.shutdown()


def weights(path: Path) -> dict[str, list[str]]:
    return {cell: info["weights_sha256"] for cell, info in grids.infos(path).items()}


@pytest.fixture
def one_core() -> Iterator[None]:
    """A run that is started has one core, and so one thread, as a job on Ray has."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    yield
    os.sched_setaffinity(0, cores)


@pytest.mark.usefixtures("one_core")
@pytest.mark.parametrize(
    ("datasets", "cluster", "how", "backend"),
    [
        pytest.param("mnist", signal.SIGKILL, signal.SIGKILL, "tensorflow", id="killed"),
        pytest.param("mnist,fashion_mnist", signal.SIGKILL, signal.SIGKILL, "tensorflow", id="long"),
        pytest.param("mnist", signal.SIGSTOP, signal.SIGSTOP, "tensorflow", id="frozen"),
        pytest.param("mnist", signal.SIGKILL, signal.SIGKILL, "jax", id="killed-jax"),
    ],
    indirect=["cluster"],
)
def test_a_node_lost_in_mid_training_changes_no_bit(
    cluster: Any, project: Path, datasets: str, how: signal.Signals, backend: str
) -> None:
    grid = ["--arch", "lenet", "--dataset", datasets, "--seeds", "2", "--backend", backend]
    process = grids.start(
        project, *grid, "--executor", "ray", "--ray-address", cluster.address, "--benchmark-json", "ray.json",
        **ENVIRONMENT,
    )  # fmt: skip
    stopped: list[int] = []
    try:
        resume = project / ".benchmarks" / "resume"
        wait_for(lambda: len(list(resume.rglob("*.checkpoint"))) == 2, process)
        raylet = cluster.worker_nodes.copy().pop().all_processes["raylet"][0].process.pid
        stopped = [raylet, *children(raylet)]
        for number in stopped if how == signal.SIGSTOP else [raylet]:
            os.kill(number, how)
        output, _ = process.communicate(timeout=240)
    finally:
        kill_group(process)
        for number in stopped if how == signal.SIGSTOP else []:  # they still have their numbers
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
    assert process.returncode == 0, output
    assert "starts again from its last checkpoint (restart 1 of 3)" in output

    status, here = grids.run(project, *grid, "--executor", "local", "--benchmark-json", "local.json")
    assert status == 0, here
    assert weights(project / "ray.json") == weights(project / "local.json")
    saved = grids.infos(project / "ray.json")
    assert all(len(info["machine"]) == 2 and info["machine"][0]["node"] for info in saved.values())


def stored(resume: Path, seeds: int) -> bool:
    return len(list(resume.rglob("*.training"))) >= seeds


@pytest.mark.usefixtures("one_core")
def test_ctrl_c_and_sigterm_leave_no_process_and_resume_goes_on(project: Path) -> None:
    grid = ["--arch", "lenet", "--dataset", "mnist", "--seeds", "4", "--executor", "ray", "--resume"]
    resume = project / ".benchmarks" / "resume"
    stopped = pytest.ExitCode.INTERRUPTED
    for seeds, (how, status) in enumerate(
        ((signal.SIGINT, stopped), (signal.SIGTERM, stopped), (signal.SIGKILL, -9)), 1
    ):
        process = grids.start(project, *grid, **LOOPBACK)
        try:
            wait_for(partial(stored, resume, seeds), process)
            os.kill(process.pid, how)
            output, _ = process.communicate(timeout=60)
        finally:
            kill_group(process)
        assert process.returncode == status, output
        if status == stopped:
            assert processes_of_ray() == [], output
    kept = {path: path.read_bytes() for path in resume.rglob("*.training")}
    status, output = grids.run(project, *grid, "--benchmark-json", "run.json", **LOOPBACK)
    assert status == 0, output
    assert all(path.read_bytes() == content for path, content in kept.items())
    assert len(weights(project / "run.json")["lenet-mnist"]) == 4


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Wait until something is so while a run goes on."""
    end = time.monotonic() + 200
    while not condition():
        assert time.monotonic() < end, "it has not happened in time"
        if process.poll() is not None:
            output, _ = process.communicate()
            raise AssertionError(f"the run ended with {process.returncode} before it happened:\n{output}")
        time.sleep(0.05)


def children(parent: int) -> list[int]:
    """Processes that this one has started."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(path.read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(path.parent.name))
    return found


def kill_group(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def processes_of_ray() -> list[str]:
    """Command lines of Ray's processes that live a few seconds after the end of their run."""
    for _ in range(50):
        found = [line for line in map(command_line, Path("/proc").glob("[0-9]*")) if is_ray(line)]
        if not found:
            break
        time.sleep(0.2)
    return found


def is_ray(line: str) -> bool:
    return any(name in line for name in ("raylet", "gcs_server", "ray::", "default_worker.py"))


def command_line(process: Path) -> str:
    try:
        return (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def listeners_of_ray() -> set[str]:
    """Addresses where a process of Ray's, or this one, listens."""
    mine = [path for path in Path("/proc").glob("[0-9]*") if is_ray(command_line(path))] + [
        Path("/proc/self")
    ]
    sockets = set()
    for path in mine:
        for descriptor in path.glob("fd/*"):
            try:
                sockets.add(str(descriptor.readlink()))
            except OSError:
                continue
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path("/proc/net", table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                found.add(address_of(fields[1].partition(":")[0]))
    return found


def address_of(digits: str) -> str:
    """Dotted form of an address as /proc/net writes it; IPv6 stays as it is, but for mapped IPv4."""
    if len(digits) == 32 and digits.startswith("0000000000000000FFFF0000"):
        digits = digits[24:]
    if len(digits) != 8:
        return digits
    return ".".join(str(int(digits[i : i + 2], 16)) for i in (6, 4, 2, 0))


def resident_mib() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
