"""Workers wait for each other before TensorFlow does, which holds Python still meanwhile: neither Ctrl-C nor a time limit gets through.

The chief listens at its own address of ``TF_CONFIG``; each worker says which one it is, and waits until all are there. Then the
address is free again, for TensorFlow's server.
"""

from __future__ import annotations

import contextlib
import hashlib
import socket
import time
from collections.abc import Callable

from benchmarks.failures import WorkerLost
from benchmarks.strategies import Cluster

PATIENCE = 600.0
"""Seconds that the first worker waits for the last one."""

_PULSE = 0.5
_GO = b"go\n"


def meet(cluster: Cluster, tell: Callable[[str], None], patience: float = PATIENCE) -> None:
    """Return once all workers of the cluster are here.

    :raises WorkerLost: where some did not come in time, by number and address, or where the chief's address cannot be used.
    """
    if len(cluster.addresses) == 1:
        return
    tell(f"{cluster}: waits for the others, {patience:g} s at most")
    end = time.monotonic() + patience
    if cluster.chief:
        _receive(cluster, end)
    else:
        _report(cluster, end)


def _receive(cluster: Cluster, end: float) -> None:
    """The chief's part."""
    here: dict[int, socket.socket] = {}
    greetings = {_greeting(cluster, i): i for i in range(1, len(cluster.addresses))}
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(_server(cluster))
        server.settimeout(_PULSE)
        while True:
            for index in [index for index, worker in here.items() if _has_left(worker)]:
                here.pop(index).close()
            if len(here) == len(greetings):
                break
            if time.monotonic() > end:
                missing = [i for i in greetings.values() if i not in here]
                names = ", ".join(f"worker {i} ({cluster.addresses[i]})" for i in missing)
                raise WorkerLost(f"{cluster}: {names} did not come; start every worker with the same command")
            with contextlib.suppress(OSError):  # nobody came, or left at once
                worker = stack.enter_context(server.accept()[0])
                worker.settimeout(_PULSE)
                index = greetings.get(worker.recv(len(_greeting(cluster, 0))), 0)
                if index:
                    here[index] = worker
        server.close()
        for worker in here.values():
            with contextlib.suppress(OSError):
                worker.settimeout(_PULSE)
                worker.sendall(_GO)
                worker.recv(1)  # it leaves first, so that the address is free at once


def _report(cluster: Cluster, end: float) -> None:
    """The part of the others."""
    host, _, port = cluster.addresses[0].rpartition(":")
    while time.monotonic() < end:
        with (
            contextlib.suppress(OSError),
            socket.create_connection((host.strip("[]"), int(port)), _PULSE) as chief,
        ):
            chief.sendall(_greeting(cluster, cluster.index))
            chief.settimeout(max(_PULSE, end - time.monotonic()))
            if chief.recv(len(_GO)) == _GO:
                return
        time.sleep(_PULSE)
    raise WorkerLost(
        f"{cluster}: the chief ({cluster.addresses[0]}) did not come; start every worker with the same command"
    )


def _server(cluster: Cluster) -> socket.socket:
    port = int(cluster.addresses[0].rpartition(":")[2])
    try:
        return socket.create_server(("", port))
    except OSError as error:
        raise WorkerLost(f"{cluster}: cannot listen there ({error.strerror}); name a free port") from None


def _greeting(cluster: Cluster, index: int) -> bytes:
    """32 bytes that only a worker of the same cluster sends."""
    return hashlib.sha256(f"cnn-benchmarks {cluster.addresses} {index}".encode()).digest()


def _has_left(worker: socket.socket) -> bool:
    worker.setblocking(False)
    try:
        return worker.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True
