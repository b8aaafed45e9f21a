"""Joining a Ray cluster, or starting one on this machine: only what is needed listens, and nothing is reported to anyone."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.execution.environment import usable_cores
from benchmarks.execution.job import NoWorkers
from benchmarks.paths import PROJECT

PACKAGES = ("benchmarks", "models", "datasets")
"""Packages that the workers are sent; nothing else of the project's folder is."""
CONNECT_SECONDS = 5.0
_OBJECT_STORE_BYTES = 512 * 1024**2
"""Shared memory that Ray may use on this machine; only checkpoints go through it."""
_ALWAYS = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_AUTH_MODE": "token",
    # From a job that asks for no GPU, Ray would hide them all, and warn that a later version will not.
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}
_LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
"""Ray's processes listen on every interface, on Linux even if they are told an address; this alone binds them to 127.0.0.1.
It has to be set before Ray is imported."""


class ClusterRefused(NoWorkers):
    """A cluster that cannot or must not be used."""


def check_address(address: str | None) -> None:
    """Refuse an address at which Ray would wait in vain, or for which there is no token.

    Args:
        address: `HOST:PORT`; None starts a cluster on this machine.

    Raises:
        ClusterRefused: Its form is wrong, nobody listens there, or there is no token for it.
    """
    if address is None:
        return
    host, _, port = address.rpartition(":")
    if "://" in address or not host or not port.isdigit():
        raise ClusterRefused(
            f"--ray-address {address}: expected HOST:PORT of the head node, such as 10.0.0.1:6379; to use a cluster from"
            " outside of it, run pytest on one of its nodes"
        )
    named = os.environ.get("RAY_AUTH_TOKEN") or os.environ.get("RAY_AUTH_TOKEN_PATH")
    if not named and not Path("~/.ray/auth_token").expanduser().exists():
        raise ClusterRefused(
            f"--ray-address {address}: no token; set RAY_AUTH_MODE=token and the same secret RAY_AUTH_TOKEN (or RAY_AUTH_TOKEN_PATH)"
            " on every node and here, since whoever reaches a cluster without one can run anything on it"
        )
    try:
        socket.create_connection((host, int(port)), CONNECT_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise ClusterRefused(f"--ray-address {address}: no answer ({error}); start the head node") from None


@contextmanager
def _sigterm_kept() -> Iterator[None]:
    """Keep this process's handler of SIGTERM: Ray's would only fail the case that is training."""
    handler = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGTERM) is not handler:
            signal.signal(signal.SIGTERM, handler)


@contextmanager
def connected(address: str | None) -> Iterator[None]:
    """Connect this process to a cluster, or start one on this machine; at the end, disconnect and stop what was started.

    Args:
        address: As for `check_address`.

    Raises:
        ClusterRefused: The cluster does not let this process in.
    """
    check_address(address)
    here = address is None or address.startswith(("127.0.0.1:", "localhost:"))
    os.environ.update(_ALWAYS | (_LOOPBACK if here else {}))
    if address is None:
        # Ray reads it once per process: another cluster of this process needs the same one.
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    import ray

    with contextlib.ExitStack() as stack:
        # Paths of sockets may have 107 bytes, and a temporary folder of a test or a CI job is often longer than that leaves.
        folder = Path(tempfile.mkdtemp(prefix="ray-", dir="/tmp"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        code = _copy_code(folder / "code")
        local = {
            "num_cpus": usable_cores(),
            "include_dashboard": False,
            "object_store_memory": _OBJECT_STORE_BYTES,
            "_temp_dir": str(folder / "ray"),
        }
        try:
            with _sigterm_kept():
                ray.init(
                    address=address or "local",
                    runtime_env={"working_dir": str(code)},
                    log_to_driver=False,
                    logging_level="error",
                    **(local if address is None else {}),
                )
        except Exception as error:  # what Ray itself raises where one of its processes does not start in time
            ray.shutdown()  # of what had started
            cause = (
                f"Ray at {address} cannot be used; check that its token and versions are those of this process"
                if address
                else "Ray did not start on this machine; try again when its cores are free, or train without --executor ray"
            )
            raise ClusterRefused(f"{cause}: {error}") from None
        stack.callback(ray.shutdown)
        yield


def _copy_code(folder: Path) -> Path:
    """Copy the packages that training needs: a worker's code is the driver's, whatever lies beside it in its folder."""
    for package in PACKAGES:
        shutil.copytree(
            PROJECT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__", "*.pyc")
        )
    return folder
