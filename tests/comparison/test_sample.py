"""A cell's seeds and accuracies as the tests take them."""

from tests.support.gate_runs import sample


def test_the_order_of_seeds_does_not_matter() -> None:
    one, other = sample([0.9, 0.8, 0.7]), sample([0.7, 0.9, 0.8], seeds=[2, 0, 1])
    assert (one.seeds, one.values) == (other.seeds, other.values)


def test_a_dead_seed_counts_as_guessing_whatever_it_reached() -> None:
    one = sample([0.9, None, 0.098], diverged=[None, 2, 1])
    assert one.values == (0.9, 0.1, 0.1)
    assert one.alive == (True, False, False)
    assert one.living == (0.9,)
    assert sample([0.9, None], class_names=["a", "b", "c", "d"]).values == (0.9, 0.25)
    # A low accuracy alone is no death.
    assert sample([0.1]).alive == (True,)


def test_more_seeds_are_joined_in_order() -> None:
    joined = sample([0.9, 0.8], seeds=[3, 1]).plus(sample([0.7], seeds=[2]))
    assert (joined.seeds, joined.values) == ((1, 2, 3), (0.8, 0.7, 0.9))
