"""A file system for one process alone, such as a small one, which fills up."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_PRIVATE = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
_MOUNTED = 'mount -t tmpfs -o "$1" none "$0" && shift && "$@"'


def run(
    disk: Path, options: str, *command: str | Path, cwd: Path = ROOT, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command that finds an empty file system at `disk`, mounted with these options."""
    if subprocess.run([*_PRIVATE, "mount -t tmpfs none /mnt"], capture_output=True).returncode:  # noqa: S603
        pytest.skip("no file system can be mounted here")
    disk.mkdir()
    return subprocess.run(  # noqa: S603
        [*_PRIVATE, _MOUNTED, disk, options, *command],
        cwd=cwd, env=env, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
