"""A cell of the grid: one architecture on one data set, and its names."""

from __future__ import annotations

import re
from dataclasses import dataclass

TEST = "benchmarks/bench_training.py::test_training[{}]"
"""Test id of the test that trains a cell, with a placeholder for the cell's id. pytest-benchmark finds earlier runs by it."""


@dataclass(frozen=True)
class Cell:
    """One architecture on one data set."""

    architecture: str
    dataset: str

    @property
    def id(self) -> str:
        """`ARCH-DATASET`; architecture names are Python identifiers, so the first `-` separates the two."""
        return f"{self.architecture}-{self.dataset}"

    @property
    def test_id(self) -> str:
        """Id of the test that trains the cell."""
        return TEST.format(self.id)

    @classmethod
    def parse(cls, name: str) -> Cell:
        """Read a cell from its id.

        Raises:
            ValueError: `name` is not `ARCH-DATASET`.

        """
        architecture, dash, dataset = name.partition("-")
        if not (architecture and dash and dataset):
            raise ValueError(f"{name!r} is not the id of a cell; expected ARCH-DATASET, such as lenet-mnist")
        return cls(architecture, dataset)

    @classmethod
    def from_test_id(cls, test_id: str) -> Cell | None:
        """Return the cell that the test with this id trains, or None for other tests."""
        found = re.search(r"::test_training\[([^][]+-[^][]+)\]$", test_id)
        return None if found is None else cls.parse(found[1])
