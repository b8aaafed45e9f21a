"""The file that keeps what was measured of the data sets."""

import json
import re
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from benchmarks.results import characteristics


def test_the_file_reads_back_and_keeps_one_entry_per_data_set_and_source(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    assert characteristics.load(path) == {}
    one = characteristics.load()["mnist", "synthetic"]
    characteristics.save(path, [one, replace(one, dataset="cifar10", source="real", note="JPEG copies")])
    found = characteristics.load(path)
    assert list(found) == [("cifar10", "real"), ("mnist", "synthetic")]
    assert found["mnist", "synthetic"] == one


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[{"dataset": "mnist", "fingerprints": []}]', "missing required field `source` - at `$[0]`"),
        ("{}", "Expected `array`, got `object`"),
        ("[", "Input data was truncated"),
        ("[\xff]", "JSON is malformed"),
        ("[ENTRY, 3]", "Expected `object`, got `int` - at `$[1]`"),
        ("[ENTRY+]", "Object contains unknown field `extra` - at `$[0]`"),
        ("[ENTRY?]", "Expected `float` <= 1.0 - at `$[0].linear_accuracy`"),
    ],
)
def test_what_does_not_fit_is_refused_by_file_and_field(tmp_path: Path, text: str, said: str) -> None:
    entry = msgspec.to_builtins(characteristics.load()["mnist", "synthetic"])
    for name, changes in (("ENTRY+", {"extra": 1}), ("ENTRY?", {"linear_accuracy": 7.0}), ("ENTRY", {})):
        text = text.replace(name, json.dumps(entry | changes))
    path = tmp_path / "c.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ValueError, match=rf"c\.json: .*{re.escape(said)}.*; measure again"):
        characteristics.load(path)


def test_measures_of_the_data_sets_are_kept_in_the_project() -> None:
    kept = characteristics.load()
    assert {"mnist", "fashion_mnist", "cifar10"} <= {name for name, source in kept if source == "real"}
    assert {name for name, source in kept if source == "synthetic"} >= {"mnist", "svhn"}
    for entry in kept.values():
        assert 0.1 < entry.linear_accuracy < 1
        assert 1 < entry.intrinsic_dimension < entry.pixels * entry.channels
