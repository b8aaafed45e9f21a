"""SIGTERM, with which schedulers and preemptible machines stop a job, ends a run as Ctrl-C does: what has finished is saved."""

import signal
import threading
from types import FrameType

import pytest


def end_like_ctrl_c(config: pytest.Config) -> None:
    """Take SIGTERM for Ctrl-C until pytest ends; a second one kills. Whoever handles it already keeps it."""
    main = threading.current_thread() is threading.main_thread()  # no other thread can handle signals
    if main and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _interrupt)
        config.add_cleanup(_restore)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    _restore()
    raise KeyboardInterrupt


def _restore() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
