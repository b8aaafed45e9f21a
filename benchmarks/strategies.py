"""One network on several devices: which strategy was asked for, and who is who in a cluster. Nothing here imports TensorFlow."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

NAMES = ("mirrored", "multiworker")
_EXPECTED = '{"cluster": {"worker": ["host0:port", "host1:port"]}, "task": {"type": "worker", "index": 0}}'
_JOBS = ("chief", "worker")


@dataclass(frozen=True)
class Cluster:
    """The workers of ``TF_CONFIG``, the chief first."""

    addresses: tuple[str, ...]
    """``host:port`` of each worker."""
    index: int
    """Which of them this process is."""

    @property
    def chief(self) -> bool:
        """Whether this process is the one that writes."""
        return self.index == 0

    @classmethod
    def parse(cls, text: str | None) -> Cluster:
        """The cluster that the value of ``TF_CONFIG`` describes.

        The chief is the task ``chief`` or, where there is none, the first ``worker``, as in TensorFlow.

        :raises ValueError: for what is none, with what was received and what was expected.
        """
        try:
            if not text:
                raise ValueError("it is not set")
            addresses, index = _read(text)
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
            why = "a key is missing: " + str(error) if isinstance(error, LookupError) else str(error)
            raise ValueError(
                f"--strategy multiworker: TF_CONFIG does not describe a cluster, {why}."
                f" Received: {'nothing' if not text else text[:300]}."
                f" Expected, in each worker's environment with its own index: {_EXPECTED}"
            ) from None
        return cls(addresses, index)

    def __str__(self) -> str:
        chief = ", the chief" if self.chief else ""
        return f"worker {self.index} of {len(self.addresses)} ({self.addresses[self.index]}{chief})"


@dataclass(frozen=True)
class Strategy:
    """How one network is divided."""

    name: str
    """Of :data:`NAMES`."""
    devices: int | None = None
    """``mirrored``: logical devices that the processor is divided into; None takes the GPUs, or the processor as one."""
    cluster: Cluster | None = None
    """``multiworker``: the workers."""

    @classmethod
    def parse(cls, name: str | None, devices: int | None, environment: Mapping[str, str]) -> Strategy | None:
        """What was typed; None where no strategy was asked for.

        :raises ValueError: for a name that does not exist, a number out of range, or a cluster that is none.
        """
        if name not in (None, *NAMES):
            raise ValueError(f"--strategy {name}: unknown; there are: {', '.join(NAMES)}")
        if devices is not None and name != "mirrored":
            raise ValueError(f"--devices {devices} needs --strategy mirrored: only it divides one machine")
        if devices is not None and not 1 <= devices <= 64:
            raise ValueError(f"--devices {devices}: expected 1 to 64 logical devices")
        if name is None:
            return None
        cluster = Cluster.parse(environment.get("TF_CONFIG")) if name == "multiworker" else None
        return cls(name, devices, cluster)

    @property
    def writes(self) -> bool:
        """Whether this process stores and saves what was trained: of several workers the chief alone does."""
        return self.cluster is None or self.cluster.chief

    @property
    def words(self) -> list[str]:
        """What was typed."""
        return ["--strategy", self.name] + (["--devices", str(self.devices)] if self.devices else [])


def _read(text: str) -> tuple[tuple[str, ...], int]:
    config = json.loads(text)
    jobs, task = dict(config["cluster"]), dict(config["task"])
    if strangers := [job for job in jobs if job not in _JOBS]:
        raise ValueError(f"it has {', '.join(strangers)}, where workers and at most one chief are trained")
    if len(jobs.get("chief", [])) > 1:
        raise ValueError(f"it has {len(jobs['chief'])} chiefs")
    places = [(job, i, address) for job in _JOBS for i, address in enumerate(jobs.get(job, []))]
    addresses = tuple(_address(address) for _, _, address in places)
    if len(set(addresses)) < len(addresses):
        raise ValueError("two workers have the same address")
    mine = [at for at, (job, i, _) in enumerate(places) if job == task["type"] and i == int(task["index"])]
    if not mine:
        raise ValueError(f"it has no task {task['type']} {task['index']}")
    return addresses, mine[0]


def _address(address: Any) -> str:
    host, _, port = str(address).rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError(f"{address!r} is no host:port")
    return str(address)
