"""Cells that do not come to their end for reasons outside of them."""

from __future__ import annotations


class CellFailed(Exception):
    """A cell whose process did not finish it; the message says why."""


class WorkerLost(CellFailed):
    """The workers of one network cannot go on together; the message says what is known."""
