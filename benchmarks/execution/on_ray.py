"""Jobs on Ray: tasks whose results are streams of messages, on this machine or on a cluster's nodes.

Ray's own retries are off: they would begin again at the first epoch, while the driver has the last checkpoint. A task, unlike an actor,
needs no pool to be looked after, and Ray gives it a process that has already run one, with its framework and programs.
"""

from __future__ import annotations

import itertools
import math
import queue
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from benchmarks.engine.interface import Threads
from benchmarks.execution import messages, ray_cluster, worker
from benchmarks.execution.cell_data import CellData
from benchmarks.execution.dispatcher import ENDED, STARTED, Event, Lost
from benchmarks.execution.environment import PYTHON
from benchmarks.execution.job import Job
from benchmarks.execution.worker import Conditions, Order, Send

NODE_SECONDS = 2.0
"""How often the cluster is asked which nodes live: a node that froze does not end its tasks, and Ray does not say so by itself."""
GET_SECONDS = 60.0
"""How long a message that was announced may take to arrive."""
WAIT_FOR_NODES_SECONDS = 120.0
"""How long a cluster may have no node that can run a job, at the start and later."""
CHECKPOINT_BYTES_PER_SECOND = 50e6
"""Most that all jobs together may send: the driver stores the checkpoints."""
_TAIL = 4000

Target = Callable[[Order, Send], None]


@dataclass(frozen=True)
class Resources:
    """What a job asks for. Ray counts them; only the number of threads is a limit."""

    cpus: int = 1
    gpus: float = 0.0
    memory: int = 0
    """Bytes; 0 asks for none."""

    @property
    def amounts(self) -> dict[str, float]:
        """Amounts by Ray's names of the resources."""
        wanted = {"CPU": float(self.cpus), "GPU": self.gpus, "memory": float(self.memory)}
        return {name: amount for name, amount in wanted.items() if amount}

    def fit(self, node: dict[str, Any]) -> int:
        """Return how many jobs a node of `ray.nodes()` holds at a time."""
        there: dict[str, float] = node["Resources"]
        return math.floor(min(there.get(name, 0.0) / amount + 1e-9 for name, amount in self.amounts.items()))


@dataclass
class _Running:
    """A job that has been handed over."""

    job: Job
    stream: Any
    """A `ray.ObjectRefGenerator`."""
    node: str | None = None
    """Id of the node that has begun with it."""


class RayWorkers:
    """Runs jobs as Ray's tasks: see `dispatcher.Workers`. The connection starts with the first job."""

    restarts = 3

    def __init__(
        self,
        address: str | None,
        resources: Resources,
        notify: Callable[[str], None],
        target: Target | None = None,
    ) -> None:
        """Start nothing yet.

        Args:
            address: As for `ray_cluster.check_address`.
            resources: What each job asks for.
            notify: Called with each notice.
            target: What a worker does with a job; by default it trains.
        """
        self._address = address
        self._resources = resources
        self._notify = notify
        self._target = target
        self._stack = ExitStack()
        self._task: Any = None
        self._running: dict[int, _Running] = {}
        self._tickets = itertools.count()
        self._nodes: dict[str, int] = {}
        """Jobs at a time by id of each living node that is not excluded."""
        self._living: set[str] = set()
        """Ids of all nodes that live; excluded ones finish what they have begun."""
        self._excluded: set[str] = set()
        self._excluded_from: dict[str, set[str]] = {}
        """Ids of the nodes whose images of a data set are not the driver's, by its name."""
        self._asked_at = -math.inf
        self._without_nodes_since: float | None = None

    @property
    def slots(self) -> int:
        """How many jobs run at a time on all nodes; 0 before the first job."""
        return sum(self._nodes.values())

    @property
    def window(self) -> int:
        """How many jobs may be handed over: one waits at each worker that runs one, so that none is idle."""
        return 2 * max(1, self.slots)

    def start(self, job: Job, checkpoint: bytes | None) -> int:
        """Hand a job over to Ray.

        Raises:
            ClusterRefused: There is no such cluster, or none of its nodes can run a job.
        """
        if self._task is None:
            self._connect()
        ticket = next(self._tickets)
        options: dict[str, Any] = {}
        unfit = self._excluded_from.get(job.cell.dataset, set())
        # Where no node has the images, any may refuse the job: none would be given it otherwise.
        if barred := self._excluded | (unfit if self._nodes.keys() - unfit else set()):
            options["label_selector"] = {"ray.io/node-id": f"!in({','.join(sorted(barred))})"}
        stream = self._task.options(**options).remote(
            Order(job, self._conditions(), checkpoint), self._target
        )
        self._running[ticket] = _Running(job, stream)
        return ticket

    def poll(self, timeout: float) -> Iterator[tuple[int, Event]]:
        """Wait until something happens, and yield it; nodes that have died are looked for every few seconds."""
        if not self._running:
            return
        import ray

        if time.monotonic() - self._asked_at > NODE_SECONDS:
            yield from self._lost_with_nodes()
        tickets = {running.stream: ticket for ticket, running in self._running.items()}
        if not tickets:
            return
        streams = list(tickets)
        ray.wait(streams, num_returns=1, timeout=timeout)
        ready, _ = ray.wait(streams, num_returns=len(streams), timeout=0)
        for stream in ready:
            if (ticket := tickets[stream]) in self._running and (event := self._next(ticket)) is not None:
                yield ticket, event
                # The task raised: its stream brings nothing more.
                if isinstance(event, bytes) and ticket not in self._running:
                    yield ticket, ENDED

    def cancel(self, ticket: int) -> None:
        """Kill the process of a job, or take the job back."""
        import ray

        running = self._running.pop(ticket, None)
        if running is not None:
            ray.cancel(running.stream, force=True)

    def exclude(self, ticket: int, dataset: str | None = None) -> bool:
        """Give no more jobs, or none of this data set, to the node of this job, and return whether another is left for them."""
        running = self._running.get(ticket)
        excluded = self._excluded if dataset is None else self._excluded_from.setdefault(dataset, set())
        if running is not None and running.node is not None:
            excluded.add(running.node)
            if dataset is None:
                self._nodes.pop(running.node, None)
        return bool(self._nodes.keys() - excluded)

    def close(self) -> None:
        """Cancel all jobs and leave the cluster; one that was started for this run ends."""
        for ticket in list(self._running):
            self.cancel(ticket)
        self._task = None
        self._nodes, self._living = {}, set()
        self._stack.close()

    def _connect(self) -> None:
        self._stack.enter_context(ray_cluster.connected(self._address))
        import ray

        while not self._ask_nodes():
            time.sleep(NODE_SECONDS)
        resources = self._resources
        options: dict[str, Any] = {"memory": resources.memory} if resources.memory else {}
        if resources.gpus:
            options["max_calls"] = 0  # by default the process of a job with a GPU ends with it, warm as it is
        self._task = ray.remote(
            num_returns="streaming",
            max_retries=0,
            num_cpus=resources.cpus,
            num_gpus=resources.gpus,
            **options,
        )(_stream)

    def _conditions(self) -> Conditions:
        """Return how a job trains on the nodes that there are now."""
        cpus = self._resources.cpus
        return Conditions(
            Threads(cpus, cpus),
            parallel=max(self._nodes.values(), default=1) > 1,
            checkpoint_rate=CHECKPOINT_BYTES_PER_SECOND / max(1, self.slots),
            elsewhere=True,
            versions={"python": PYTHON},
        )

    def _ask_nodes(self) -> int:
        """Learn which nodes live, and return how many jobs they run at a time.

        Raises:
            ClusterRefused: No node could run a job for too long; Ray itself would wait forever and say nothing.
        """
        import ray

        self._asked_at = now = time.monotonic()
        living = [node for node in ray.nodes() if node["Alive"]]
        fit = {node["NodeID"]: self._resources.fit(node) for node in living}
        self._nodes = {name: jobs for name, jobs in fit.items() if jobs and name not in self._excluded}
        self._living = set(fit)
        if self._nodes or any(running.node in self._living for running in self._running.values()):
            self._without_nodes_since = None
        elif self._address is None or now - (self._without_nodes_since or now) > WAIT_FOR_NODES_SECONDS:
            raise ray_cluster.ClusterRefused(self._refusal(living))
        elif self._without_nodes_since is None:
            self._without_nodes_since = now
            self._notify(
                f"no node of the cluster can run a job now; waiting up to {WAIT_FOR_NODES_SECONDS:g} s for one"
            )
        return self.slots

    def _refusal(self, living: list[dict[str, Any]]) -> str:
        """Say why no node can run a job."""
        wanted = ", ".join(f"{amount:g} {name}" for name, amount in self._resources.amounts.items())
        found = [_described(node) for node in living if node["NodeID"] not in self._excluded]
        if self._excluded and not found:
            return f"no node is left: {len(self._excluded)} had other code or versions than the driver's; see the notices"
        return f"no node can run a job that asks for {wanted}; ask for less or add a node. The nodes have: {'; '.join(found) or 'nothing'}"

    def _lost_with_nodes(self) -> Iterator[tuple[int, Event]]:
        """Ask which nodes live, and yield the jobs that were lost with others.

        A job that has not begun may be on its way to a node that has died, so those are all handed over again.
        """
        before = self._living
        self._ask_nodes()
        gone = before - self._living
        if not gone:
            return
        for ticket, running in list(self._running.items()):
            if running.node is None or running.node in gone:
                self.cancel(ticket)
                yield ticket, Lost("its node has died or does not answer", counts=running.node is not None)

    def _next(self, ticket: int) -> Event | None:
        """Return the next event of a job's stream; None if it is not there yet."""
        import ray

        running = self._running[ticket]
        try:
            content = ray.get(next(running.stream), timeout=GET_SECONDS)
        except StopIteration:
            del self._running[ticket]
            return ENDED
        except ray.exceptions.RayTaskError as error:  # raised by the task's own code, so it would be again
            del self._running[ticket]
            return messages.encode(messages.Failed(f"{running.job.name}: {str(error)[-_TAIL:]}"))
        except ray.exceptions.RayError as error:
            self.cancel(ticket)
            return Lost(_reason(error))
        if running.node is None:
            running.node = str(content)
            return STARTED
        if isinstance(content, bytes):
            return content
        reason = f"{running.job.name}: its worker sent something other than a message"
        return messages.encode(messages.Failed(reason))


def _reason(error: Exception) -> str:
    """Return what happened to a worker, in a line."""
    import ray

    known = {
        ray.exceptions.OutOfMemoryError: "Ray killed it because its node ran out of memory",
        ray.exceptions.NodeDiedError: "its node has died",
        ray.exceptions.WorkerCrashedError: "its worker process died (crashed, killed, or out of memory)",
    }
    for kind, text in known.items():
        if isinstance(error, kind):
            return text
    return f"its worker was lost ({type(error).__name__}: {' '.join(str(error).split())[:200]})"


def _described(node: dict[str, Any]) -> str:
    kept = {name: amount for name, amount in node["Resources"].items() if name in ("CPU", "GPU", "memory")}
    amounts = ", ".join(f"{amount:g} {name}" for name, amount in sorted(kept.items())) or "nothing"
    return f"{node['NodeManagerHostname']}: {amounts}"


# --- in the worker ---

_data = CellData()
"""The images of the last job, for the next one of this process."""


def _stream(order: Order, target: Target | None) -> Iterator[object]:
    """Run a job, and yield the id of its node, then the job's messages as they come."""
    import ray

    yield ray.get_runtime_context().get_node_id()
    sent: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    work = target or (lambda order, send: worker.run(order, send, _data))

    def run() -> None:
        try:
            work(order, sent.put)
        except BaseException:  # a thread's errors reach nobody by themselves
            text = f"{order.job.name}:\n{traceback.format_exc()[-_TAIL:]}"
            sent.put(messages.encode(messages.Failed(text)))
        finally:
            sent.put(None)

    threading.Thread(target=run, daemon=True).start()
    while (content := sent.get()) is not None:
        yield content
