"""Which nodes a run on Ray counts on, with a made-up `ray`: nothing is started."""

import contextlib
import dataclasses
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks.execution import on_ray, ray_cluster
from benchmarks.execution.on_ray import RayWorkers, Resources
from benchmarks.execution.worker import Order
from benchmarks.experiment.cell import Cell
from tests.support.stored_seeds import job


class MadeUpRay(SimpleNamespace):
    """As much of Ray as a run asks for: nodes of one core, and tasks that never begin."""

    def __init__(self) -> None:
        super().__init__()
        self.living = ["a", "b"]
        self.orders: list[Order] = []
        self.barred: list[str] = []
        """The nodes that each job may not run on, as Ray is told."""

    def nodes(self) -> list[dict[str, Any]]:
        return [
            {"NodeID": name, "Alive": True, "Resources": {"CPU": 1.0}, "NodeManagerHostname": name}
            for name in self.living
        ]

    def remote(self, **options: Any) -> Any:
        def take(order: Order, target: object) -> object:
            self.orders.append(order)
            return object()

        task = SimpleNamespace(remote=take)

        def chosen(label_selector: dict[str, str] | None = None) -> Any:
            self.barred.append((label_selector or {}).get("ray.io/node-id", ""))
            return task

        task.options = chosen
        return lambda function: task

    def wait(self, streams: list[object], **how: Any) -> tuple[list[object], list[object]]:
        return [], streams

    def cancel(self, stream: object, *, force: bool) -> None:
        pass


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> MadeUpRay:
    ray = MadeUpRay()
    monkeypatch.setitem(sys.modules, "ray", ray)
    monkeypatch.setattr(ray_cluster, "connected", lambda address: contextlib.nullcontext())
    monkeypatch.setattr(on_ray, "NODE_SECONDS", 0.0)
    return ray


def test_a_run_whose_nodes_are_all_gone_ends(ray: MadeUpRay, monkeypatch: pytest.MonkeyPatch) -> None:
    notices: list[str] = []
    workers = RayWorkers("10.0.0.1:6379", Resources(), notices.append)
    workers.start(job(0), None)
    assert workers.slots == 2
    ray.living = []
    assert [lost.reason for _, lost in workers.poll(0)] == ["its node has died or does not answer"]  # type: ignore[union-attr]
    assert notices == ["no node of the cluster can run a job now; waiting up to 120 s for one"]
    workers.start(job(0), None)  # waits for a node, as the driver hands it over again
    assert list(workers.poll(0)) == []
    monkeypatch.setattr(on_ray, "WAIT_FOR_NODES_SECONDS", 0.0)
    with pytest.raises(
        ray_cluster.ClusterRefused,
        match=r"no node can run .* 1 CPU; ask for less or add a node. The nodes have: nothing$",
    ):
        list(workers.poll(0))
    assert len(notices) == 1


def test_a_node_that_comes_in_time_goes_on_with_the_run(
    ray: MadeUpRay, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers = RayWorkers("10.0.0.1:6379", Resources(), lambda text: None)
    workers.start(job(0), None)
    ray.living = []
    list(workers.poll(0))
    ray.living = ["c"]
    workers.start(job(0), None)
    list(workers.poll(0))
    assert workers.slots == 1
    ray.living = []
    monkeypatch.setattr(on_ray, "WAIT_FOR_NODES_SECONDS", 0.0)
    list(workers.poll(0))  # the wait begins again


def test_excluded_nodes_finish_what_they_have_begun(ray: MadeUpRay, monkeypatch: pytest.MonkeyPatch) -> None:
    workers = RayWorkers("10.0.0.1:6379", Resources(), lambda text: None)
    tickets = [workers.start(job(seed), None) for seed in range(3)]
    for ticket, node in zip(tickets[:2], "ab", strict=True):
        workers._running[ticket].node = node  # what the first message of a stream says
    assert workers.exclude(tickets[0])
    workers.cancel(tickets[0])
    assert not workers.exclude(tickets[1])
    monkeypatch.setattr(on_ray, "WAIT_FOR_NODES_SECONDS", -1.0)
    list(workers.poll(0))
    workers.cancel(tickets[1])
    with pytest.raises(ray_cluster.ClusterRefused, match="no node is left: 2 had other code or versions"):
        list(workers.poll(0))


def test_a_node_without_a_data_set_trains_the_others(ray: MadeUpRay) -> None:
    workers = RayWorkers("10.0.0.1:6379", Resources(), lambda text: None)
    tickets = [workers.start(job(seed), None) for seed in range(2)]
    for ticket, node in zip(tickets, "ab", strict=True):
        workers._running[ticket].node = node
    assert workers.exclude(tickets[0], "mnist")
    workers.start(job(), None)
    other = dataclasses.replace(job().spec, cell=Cell("lenet", "cifar10"))
    workers.start(dataclasses.replace(job(), spec=other), None)
    assert ray.barred == ["", "", "!in(a)", ""]
    assert not workers.exclude(tickets[1], "mnist")
    workers.start(job(), None)  # any node refuses it: it must not wait forever for one with its images
    assert ray.barred[-1] == ""
    assert workers.slots == 2


def test_an_excluded_node_that_freezes_loses_its_jobs(ray: MadeUpRay) -> None:
    workers = RayWorkers("10.0.0.1:6379", Resources(), lambda text: None)
    tickets = [workers.start(job(seed), None) for seed in range(3)]
    for ticket, node in zip(tickets, "aab", strict=True):
        workers._running[ticket].node = node
    workers.exclude(tickets[0])
    workers.cancel(tickets[0])
    ray.living = ["b"]
    assert [ticket for ticket, _ in workers.poll(0)] == [tickets[1]]


def test_nodes_that_join_later_share_the_rate_of_checkpoints(ray: MadeUpRay) -> None:
    workers = RayWorkers("10.0.0.1:6379", Resources(), lambda text: None)
    workers.start(job(0), None)
    ray.living = ["a", "b", "c", "d"]
    list(workers.poll(0))
    workers.start(job(1), None)
    before, after = (order.conditions.checkpoint_rate for order in ray.orders)
    assert after == before / 2


def test_a_cluster_that_does_not_start_here_is_no_question_of_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    def late(**options: Any) -> None:
        raise TimeoutError("the raylet did not answer in 30 s")

    stopped: list[bool] = []
    made_up = SimpleNamespace(init=late, shutdown=lambda: stopped.append(True))
    monkeypatch.setitem(sys.modules, "ray", made_up)
    for name in (*ray_cluster._ALWAYS, *ray_cluster._LOOPBACK, "RAY_AUTH_TOKEN"):
        monkeypatch.setenv(name, "")  # set by `connected`, and restored after the test
    with (
        pytest.raises(ray_cluster.ClusterRefused, match=r"did not start on this machine; .* did not answer"),
        ray_cluster.connected(None),
    ):
        pass
    assert stopped == [True]
