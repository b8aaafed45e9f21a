"""Cells that do not finish for reasons outside of them."""

from __future__ import annotations


class CellFailed(Exception):
    """A cell whose process did not finish it; the message says why."""
