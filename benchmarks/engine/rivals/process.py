"""A trainer in a process of its own: it reads numbers of images to train on, one per line, and answers with the seconds taken.

python -m benchmarks.engine.rivals.process suite resnet20v1 32x32x3 float32
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile

from benchmarks.engine.interface import Shape
from benchmarks.engine.rivals.trainers import ENVIRONMENT, TRAINERS

_USERS = dict(os.environ)
"""The environment before any engine starts in this process: rivals must not inherit what an engine sets for itself."""


class RivalProcess:
    """A trainer's process, seen from outside."""

    def __init__(self, name: str, architecture: str, shape: Shape, precision: str) -> None:
        """Start the process.

        Args:
            name: One of `TRAINERS`.
            architecture: A name of `models.names()`; PyTorch has only the study's.
            shape: Height, width and channels of an image.
            precision: `float32` or `mixed_bfloat16`.
        """
        self.name = name
        size = "x".join(map(str, shape))
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed with the process
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter, this module
            [sys.executable, "-m", "benchmarks.engine.rivals.process", name, architecture, size, precision],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env=_USERS | ENVIRONMENT.get(name, {}),
        )

    def seconds(self, images: int) -> float:
        """Train on this many images and return the seconds this took.

        Raises:
            RuntimeError: The process has ended.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(f"{images}\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass
        answer = self._process.stdout.readline()
        if not answer:
            status = self._process.wait()
            self._errors.seek(0)
            lines = [line.strip() for line in self._errors if line.strip()]
            why = f": {lines[-1][:200]}" if lines else ""
            raise RuntimeError(f"the process of {self.name} ended with status {status}{why}")
        return float(json.loads(answer))

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()
        self._errors.close()


def serve(name: str, architecture: str, size: str, precision: str) -> None:
    """Train on each number of images that standard input asks for, until it ends."""
    height, width, channels = map(int, size.split("x"))
    train = TRAINERS[name](architecture, (height, width, channels), precision)
    for line in sys.stdin:
        print(json.dumps(train(int(line))), flush=True)


if __name__ == "__main__":
    serve(*sys.argv[1:])
