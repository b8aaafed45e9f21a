"""The file that keeps what was measured of the data sets."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.results import characteristics


def test_the_file_reads_back_and_keeps_one_entry_per_data_set_and_source(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    assert characteristics.load(path) == {}
    one = characteristics.load()["mnist", "synthetic"]
    characteristics.save(path, [one, replace(one, dataset="cifar10", source="real", note="JPEG copies")])
    found = characteristics.load(path)
    assert list(found) == [("cifar10", "real"), ("mnist", "synthetic")]
    assert found["mnist", "synthetic"] == one
    path.write_text('[{"dataset": "mnist", "fingerprints": []}]')
    with pytest.raises(ValueError, match="measure again"):
        characteristics.load(path)


def test_measures_of_the_data_sets_are_kept_in_the_project() -> None:
    kept = characteristics.load()
    assert {"mnist", "fashion_mnist", "cifar10"} <= {name for name, source in kept if source == "real"}
    assert {name for name, source in kept if source == "synthetic"} >= {"mnist", "svhn"}
    for entry in kept.values():
        assert 0.1 < entry.linear_accuracy < 1
        assert 1 < entry.intrinsic_dimension < entry.pixels * entry.channels
