"""What differs between two mappings, and why times do not compare."""

from benchmarks.results.differences import FieldDifference, differences, time_differences


def test_every_differing_field_is_listed_in_order() -> None:
    before, after = {"b": 1, "a": "x", "gone": 0}, {"a": "y", "b": 1, "came": None, "new": 2}
    assert differences(before, after) == [
        FieldDifference("a", "x", "y"), FieldDifference("gone", 0, None), FieldDifference("new", None, 2),
    ]  # fmt: skip
    assert differences(before, before) == []


def test_values_of_several_machines_are_named_as_such() -> None:
    assert str(FieldDifference("cores", "2 | 4", "4")) == "cores 2 or 4 -> 4"


def test_times_differ_by_machine_and_by_what_trained_concurrently() -> None:
    here, there = {"threads": "2", "device": "CPU"}, {"threads": "4", "device": "CPU", "cores": "8"}
    assert time_differences(here, there, ["a.json"]) == [
        "cores unknown -> 8",
        "threads 2 -> 4",
        "a.json was timed while other cells trained concurrently",
    ]
    assert time_differences(here, here) == []
