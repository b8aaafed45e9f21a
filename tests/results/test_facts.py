"""Facts of several machines as one mapping."""

from benchmarks.results.facts import merge_facts


def test_what_differs_is_joined_and_what_is_equal_stays() -> None:
    merged = merge_facts([{"cores": 2, "cpu": {"brand": "A"}}, {"cores": 2, "cpu": {"brand": "B"}}])
    assert merged == {"cores": 2, "cpu": {"brand": "A | B"}}


def test_a_value_that_one_lacks_is_unknown() -> None:
    assert merge_facts([{}, {"family": 6}]) == {"family": "unknown | 6"}


def test_merging_again_adds_only_new_values() -> None:
    once = merge_facts([{"brand": "A"}, {"brand": "B"}])
    assert merge_facts([once, {"brand": "B"}]) == once
    assert merge_facts([once, {"brand": "C"}]) == {"brand": "A | B | C"}
