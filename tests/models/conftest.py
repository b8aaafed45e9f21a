"""Networks that several tests look at and none changes."""

from types import ModuleType
from typing import Any

import pytest

import models


class Networks(dict[tuple[str, tuple[int, int, int]], Any]):
    """By name and shape, each built once, from seed 1, when it is first asked for."""

    def __missing__(self, key: tuple[str, tuple[int, int, int]]) -> Any:
        self[key] = models.build(*key, seed=1)
        return self[key]


@pytest.fixture(scope="session")
def built(engine: ModuleType) -> Networks:
    return Networks()
