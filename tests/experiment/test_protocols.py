"""What a protocol says of the gate."""

import dataclasses
from typing import cast

import pytest

import datasets
import models
from benchmarks.experiment.protocols import PROTOCOLS, Protocol, max_drop


def test_the_full_protocols_count_drops_of_half_a_point() -> None:
    assert [PROTOCOLS[name].max_drop for name in ("study", "tuned")] == [0.5, 0.5]


def test_the_least_drop_of_the_compared_protocols_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    known = cast("dict[str, Protocol]", PROTOCOLS)
    monkeypatch.setitem(known, "rough", dataclasses.replace(PROTOCOLS["quick"], max_drop=3.0))
    monkeypatch.setitem(known, "fine", dataclasses.replace(PROTOCOLS["quick"], max_drop=0.2))
    assert max_drop(["rough"]) == 3.0
    assert max_drop(["rough", "fine", "rough"]) == 0.2
    assert max_drop(["of another version"]) == max_drop([]) == 0.5


@pytest.mark.parametrize("protocol", PROTOCOLS.values(), ids=PROTOCOLS)
def test_recipes_and_shares_are_of_architectures_and_data_sets_that_exist(protocol: Protocol) -> None:
    """Others would never be used, and the default would be, without a word."""
    cells = {f"{name}-{dataset}" for name in models.names() for dataset in datasets.names()}
    assert set(protocol.recipes) <= cells.union(models.names())
    assert set(protocol.train_of) <= set(models.names())
