"""One network on several devices through ``tf.distribute``: the suite's own program, each step divided among replicas.

A step's batch is cut into as many runs of neighbours as there are replicas, in their order. Each replica computes the gradient of
its share with its own copy of the weights; one all-reduce sums gradients, moving statistics and loss, each weighted by its share; each
replica makes the same update. So seeds, initial weights, order of images and augmentation are those of one device. The result is
the same but for three things: sums are rounded in another order, batch norm takes its statistics over a replica's share instead of the
whole batch (the moving ones are their mean), and replicas other than the first draw other dropout masks.
"""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from benchmarks.augmentation import change, draw
from benchmarks.failures import WorkerLost
from benchmarks.program import Found, Program
from benchmarks.recipes import Recipe
from benchmarks.rendezvous import meet
from benchmarks.strategies import Cluster, Strategy

_LENGTH = struct.Struct(">Q")
_FIGURE = struct.Struct(">d")


def assemble(strategy: Strategy, tell: Callable[[str], None]) -> Team:
    """The replicas that a strategy asks for. Before TensorFlow's first operation, since it fixes its devices then.

    :raises WorkerLost: where other workers do not come.
    """
    if strategy.cluster is None:
        return Team(_mirrored(strategy.devices), None)
    meet(strategy.cluster, tell)
    with _together(strategy.cluster):
        return Team(tf.distribute.MultiWorkerMirroredStrategy(), strategy.cluster)


def _mirrored(logical: int | None) -> Any:
    """A replica on each GPU, or on each of so many logical devices of the processor."""
    gpus = len(tf.config.list_physical_devices("GPU"))
    if logical is None and gpus:
        return tf.distribute.MirroredStrategy([f"/gpu:{i}" for i in range(gpus)])
    if logical is not None:
        parts = [tf.config.LogicalDeviceConfiguration() for _ in range(logical)]
        tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], parts)
    devices = [f"/cpu:{i}" for i in range(logical or 1)]
    # Within one memory a sum is nearer than a ring, and it is always made in the same order.
    return tf.distribute.MirroredStrategy(devices, tf.distribute.ReductionToOneDevice())


@contextlib.contextmanager
def _together(cluster: Cluster | None) -> Iterator[None]:
    """Say in our words that another worker is gone: TensorFlow fails with an error of its own, at once or after missed heartbeats."""
    try:
        yield
    except tf.errors.OpError as error:
        if cluster is None:
            raise
        found = [line for line in error.message.splitlines() if "aborted by" in line] or [error.message[:300]]
        raise WorkerLost(
            f"{cluster}: another worker is gone, and the run cannot go on without it ({found[0].strip()})."
            " What was finished is stored by the chief: start every worker again with the same command and --resume"
        ) from None


@dataclass(frozen=True, eq=False)
class Team:
    """All replicas of a network, on this machine or on several."""

    strategy: Any
    """A ``tf.distribute.Strategy``."""
    cluster: Cluster | None

    @property
    def replicas(self) -> int:
        return int(self.strategy.num_replicas_in_sync)

    def program(
        self, architecture: str, shape: tuple[int, int, int], recipe: Recipe, precision: str = "float32"
    ) -> Program:
        """The program of a network that these replicas train."""
        return DistributedProgram(self, architecture, shape, recipe, precision)

    def together(self) -> contextlib.AbstractContextManager[None]:
        """For what all workers do at the same time; raises WorkerLost where one does not."""
        return _together(self.cluster)

    def broadcast(self, payload: bytes) -> bytes:
        """The chief's bytes; all workers call this at the same place, with whatever they have."""
        if self.cluster is None:
            return payload
        size = _LENGTH.unpack(self._send(_LENGTH.pack(len(payload)), _LENGTH.size))[0]
        return self._send(payload, size) if size else b""  # an all-reduce of nothing crashes TensorFlow 2.21

    def _send(self, payload: bytes, size: int) -> bytes:
        """The chief's bytes, ``size`` of them, as the sum of integers to which the others add zeros."""
        padded = payload[:size].ljust(-(-size // 4) * 4, b"\0")
        words = np.frombuffer(padded, np.int32)
        with self.together():
            return bytes(_of_the_first(self.strategy, tf.constant(words)).numpy().tobytes()[:size])


@tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator]
def _of_the_first(strategy: Any, words: Any) -> Any:
    """The vector (n,) int32 of the first replica, which is the chief's, at every worker."""

    def replica() -> Any:
        context = tf.distribute.get_replica_context()
        first = tf.equal(context.replica_id_in_sync_group, 0)
        return context.all_reduce(tf.distribute.ReduceOp.SUM, words * tf.cast(first, tf.int32))

    return strategy.experimental_local_results(strategy.run(replica))[0]


class DistributedProgram(Program):
    """A program whose variables have a copy on each replica. Between steps all copies are the same."""

    def __init__(
        self, team: Team, architecture: str, shape: tuple[int, int, int], recipe: Recipe, precision: str
    ) -> None:
        self._team = team
        with team.together():
            super().__init__(architecture, shape, recipe, precision)

    def train(self, *arguments: Any) -> tuple[float, int]:
        with self._team.together():
            return super().train(*arguments)

    def agreed(self, figure: float) -> float:
        """The chief's figure: workers that run another number of steps a call would wait for each other for ever."""
        return float(_FIGURE.unpack(self._team.broadcast(_FIGURE.pack(figure)))[0])

    def _scope(self) -> contextlib.AbstractContextManager[Any]:
        scope: contextlib.AbstractContextManager[Any] = self._team.strategy.scope()
        return scope

    def _one_batch(
        self, images: Any, labels: Any, batch: Any, rate: Any, seed: Any, scale: Any, offset: Any
    ) -> Any:
        def replica() -> Any:
            context = tf.distribute.get_replica_context()
            rank, count = context.replica_id_in_sync_group, tf.size(batch)
            begin, end = (count * i // context.num_replicas_in_sync for i in (rank, rank + 1))
            share = tf.cast(end - begin, tf.float32) / tf.cast(count, tf.float32)
            # Without an image of its own it takes its neighbour's, which then counts nothing: no kernel has to cope with an empty batch.
            mine = slice(begin, tf.maximum(end, begin + 1))
            x = tf.cast(tf.gather(images, batch[mine]), tf.float32) * scale + offset
            y = tf.cast(tf.gather(labels, batch[mine]), tf.int32)
            if self._recipe.augmentation is not None:
                drawn = draw(count, tf.stack([seed, tf.cast(self._step, tf.int32)]))
                x = change(x, self._recipe.augmentation, drawn[mine])
            found = _summed(context, self._differentiate(x, y), share)
            if found.dice is not None:
                found = found._replace(dice=found.dice - _shift())
            self._update(found, rate)
            return found.loss, found.hits

        results = self._team.strategy.run(replica)
        return tuple(self._team.strategy.experimental_local_results(result)[0] for result in results)

    def _rolls(self) -> Any:
        return super()._rolls() + _shift()


def _summed(context: Any, found: Found, share: Any) -> Found:
    """What all replicas found, in one all-reduce: floats weighted by each one's share of the batch, hits added up."""
    size = tf.size(found.gradient)
    floats = [found.gradient, found.loss[None]] + ([] if found.moving is None else [found.moving])
    hits = tf.cast(found.hits, tf.float32) * tf.cast(share > 0, tf.float32)
    vector = tf.concat([tf.concat(floats, 0) * share, hits[None]], 0)
    vector = context.all_reduce(tf.distribute.ReduceOp.SUM, vector)
    return found._replace(
        gradient=vector[:size],
        loss=vector[size],
        moving=None if found.moving is None else vector[size + 1 : -1],
        hits=tf.cast(vector[-1], tf.int32),
    )


def _shift() -> Any:
    """(2,) int64, by which a replica's dropout generators stand beside the first one's, whose numbers are below 2**32."""
    context = tf.distribute.get_replica_context()
    rank = 0 if context is None else context.replica_id_in_sync_group
    return tf.stack([tf.cast(rank, tf.int64) * 2**32, tf.constant(0, tf.int64)])
