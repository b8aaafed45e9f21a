"""The schema of a saved cell: what it refuses, and that it round-trips."""

from typing import Any

import pytest

from benchmarks.comparison.sample import Sample
from benchmarks.report.grid import accuracy
from benchmarks.results.parsing import RunRefused
from benchmarks.results.schema import CellResult
from tests.support.run_factory import bits, cell

WHERE = "run.json: benchmarks[0].extra_info"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"confusion": [[[1, 2], [3]]] * 5}, "'confusion[0]' is not a square table of counts"),
        ({"confusion": [[[1, -2], [3, 4]]] * 5}, "'confusion[0][0][1]' is -2"),
        ({"confusion": [[["a", "b"], ["c", "d"]]] * 5}, "'confusion[0][0][0]' is 'a'"),
        ({"confusion": [1, 2]}, "'confusion[0]' is 1"),
        (
            {"confusion": [[[900, 0], [100, 0]]] * 4 + [[[1, 0, 0]] * 3]},
            "'confusion[4]' has 3 classes, 'confusion[0]' 2",
        ),
        ({"history": [3] * 5}, "'history[0]' is 3"),
        ({"history": [{"val_accuracy": ["x"], "seconds": [1]}] * 5}, "'history[0].val_accuracy[0]' is 'x'"),
        ({"class_names": [1]}, "'class_names[0]' is 1"),
        ({"correct": ["!" * 168] * 5}, "'correct[0]' is not base64"),
        ({"losses": [0.1]}, "'losses' holds 1 values, expected one per seed of 5"),
        ({"floor": 80}, "'floor' is 80; expected float <= 1.0"),
        (
            {"seeds": [*range(2001)]},
            "'seeds' is [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16...; expected array of length <= 2000",
        ),
        ({"seeds": None}, "'seeds' is missing; was this run saved by this suite?"),
    ],
)
def test_what_does_not_fit_is_refused_by_field(change: dict[str, Any], message: str) -> None:
    with pytest.raises(RunRefused) as refused:
        CellResult.from_json(cell() | change, WHERE)
    assert str(refused.value).startswith(f"{WHERE}: {message}")


AGREEING = cell(
    [0.9], losses=[0.3], class_names=["a", "b"], correct=[bits(900)], confusion=[[[450, 50], [50, 450]]],
    history=[{"val_accuracy": [0.1, 0.9], "val_loss": [2.0, 0.3], "seconds": [1.0, 1.0]}],
)  # fmt: skip


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"accuracies": [0.91]}, "'confusion[0]' has 900 right answers, 'accuracies[0]' means 910"),
        ({"correct": [bits(899)]}, "'correct[0]' has 899 right answers, 'accuracies[0]' means 900"),
        ({"confusion": [[[449, 50], [50, 450]]]}, "'confusion[0]' counts 999 images, 'test_images' is 1000"),
        ({"class_names": ["a", "b", "c"]}, "'confusion[0]' has 2 classes, 'class_names' 3"),
        ({"losses": [0.4]}, "'history[0].val_loss' ends with 0.3, 'losses[0]' is 0.4"),
        ({"confusion": [], "correct": [], "accuracies": [0.8]}, "'history[0].val_accuracy' ends with 0.9"),
        ({"confusion": [], "correct": [], "accuracies": [None]}, "'history[0].val_accuracy' ends with 0.9"),
    ],
)
def test_figures_that_contradict_each_other_are_refused(change: dict[str, Any], message: str) -> None:
    CellResult.from_json(AGREEING, WHERE)
    with pytest.raises(RunRefused) as refused:
        CellResult.from_json(AGREEING | change, WHERE)
    assert str(refused.value).startswith(f"{WHERE}: seed 0: {message}")


def test_json_round_trips() -> None:
    history = [{"val_accuracy": [0.1, 0.9], "seconds": [1.5, 2.5], "loss": [2.0, None]}] * 5
    first = CellResult.from_json(cell([0.9] * 5, history=history, recipe={"rate": 1.0}), WHERE)
    saved = first.to_json()
    assert saved["accuracy"] == pytest.approx(0.9)
    assert CellResult.from_json(saved, WHERE) == first


def test_null_is_absent_and_12_0_is_a_count() -> None:
    found = CellResult.from_json(cell(params_total=12.0, flops_per_image=None), WHERE)
    assert (found.params_total, found.flops_per_image) == (12, None)
    assert isinstance(found.params_total, int)


def test_keys_that_earlier_versions_saved_are_passed_over() -> None:
    old = {"strategy": "MirroredStrategy", "replicas": 2}
    assert CellResult.from_json(cell() | old, WHERE) == CellResult.from_json(cell(), WHERE)


def test_the_recipe_is_kept_as_it_was_saved() -> None:
    saved = CellResult.from_json(cell(recipe={"rate": 1.0, "augmentation": None}), WHERE)
    pinned = CellResult.from_json(cell(recipe={"rate": "1.0", "augmentation": "null"}), WHERE)
    assert saved.recipe_text == pinned.recipe_text == {"rate": "1.0", "augmentation": "null"}


def test_a_mean_with_a_gap_is_none() -> None:
    assert CellResult.from_json(cell([0.25, 0.75]), WHERE).accuracy == 0.5
    gap = CellResult.from_json(cell([0.25, None], losses=[0.5, None]), WHERE)
    assert (gap.accuracy, gap.loss) == (None, None)
    assert CellResult.from_json(cell([0.25], losses=[]), WHERE).loss is None


def test_facts_that_only_merged_or_pinned_cells_have_are_left_out_of_others() -> None:
    plain = CellResult.from_json(cell(), WHERE)
    assert not {"commit", "versions", "machine", "resolution"} & plain.to_json().keys()
    merged = CellResult.from_json(cell(commit=["abc"] * 5), WHERE).to_json()
    assert list(merged["commit"]) == ["abc"] * 5
    assert CellResult.from_json(cell(resolution=0.0), WHERE).to_json()["resolution"] == 0.0


def test_a_dead_seed_counts_as_guessing_whatever_accuracy_it_has() -> None:
    """The gate, the report and whoever else asks take the same figures."""
    found = CellResult.from_json(cell([0.9, 0.0982, None], diverged=[None, 1, None]), WHERE)
    assert (found.died, found.diverged_seeds) == ([False, True, True], 2)
    assert found.values == dict(zip(found.seeds, (0.9, 0.1, 0.1), strict=True))
    assert Sample.of(found).values == tuple(found.values.values())
    assert Sample.of(found).mean == accuracy(found)


@pytest.mark.parametrize(
    ("history", "frozen", "rate"),
    [
        ([], [1] * 2, None),
        ([{"val_accuracy": [0.5, 0.9], "seconds": [2.0, 1.0]}] * 2, [], 4 * 300 / 6),
        ([{"val_accuracy": [0.5, 0.9], "seconds": [2.0, 1.0]}] * 2, [1, None], 3 * 300 / 5),
    ],
)
def test_images_per_second_leave_out_frozen_epochs_and_need_histories(
    history: list[Any], frozen: list[Any], rate: float | None
) -> None:
    found = CellResult.from_json(
        cell([0.9, 0.9], history=history, frozen=frozen, train_images=300, losses=[]), WHERE
    )
    assert found.to_json()["images_per_second"] == rate


@pytest.mark.parametrize("name", ["frozen", "history", "seed_seconds", "measured_at"])
def test_a_list_with_a_seed_too_few_is_refused_by_name(name: str) -> None:
    value = {"frozen": 1, "history": {"val_accuracy": [0.9], "seconds": [2.0]}, "seed_seconds": 2.0}.get(
        name, "a day"
    )
    with pytest.raises(RunRefused, match=f"'{name}' holds 2 values, expected one per seed of 3"):
        CellResult.from_json(cell([0.9] * 3) | {name: [value] * 2}, WHERE)


def died(*since: int | None, **rest: Any) -> CellResult:
    """A cell with a floor of 0.8, whose seeds died in these epochs or live with an accuracy of 0.9."""
    accuracies = [0.9 if epoch is None else 0.1 for epoch in since]
    return CellResult.from_json(cell(accuracies, diverged=list(since)) | rest, WHERE)


@pytest.mark.parametrize(
    ("since", "allowed", "below", "verdict"),
    [
        ((None, None), 0, [], "passed"),
        ((None, 1), 0, [1], "failed"),
        ((None, 1), 1, [], "passed"),
        ((2, 1, None), 1, [0, 1], "failed"),
        ((1, 1), 2, [], None),  # nothing is left to be asserted
        ((1, 1), 1, [0, 1], "failed"),
    ],
)
def test_dead_seeds_miss_the_floor_where_more_died_than_may(
    since: tuple[int | None, ...], allowed: int, below: list[int], verdict: str | None
) -> None:
    found = died(*since, deaths_allowed=allowed)
    assert found.seeds_below_floor == below
    assert found.verdict == verdict
    assert len(found.living_accuracies) == len(since) - found.diverged_seeds


def test_a_dead_seed_too_many_misses_the_floor_even_if_its_guess_reaches_it() -> None:
    found = died(None, 1, floor=0.05)
    assert found.seeds_below_floor == [1]
    assert found.verdict == "failed"


def test_a_living_seed_below_the_floor_fails_however_many_may_die() -> None:
    found = died(None, 1, deaths_allowed=2, accuracies=[0.5, 0.1])
    assert found.seeds_below_floor == [0]
    assert found.verdict == "failed"


def test_a_saved_verdict_does_not_count_against_the_seeds() -> None:
    low = CellResult.from_json(cell([0.5, 0.5], floor=0.8, verdict="passed"), WHERE)
    assert (low.verdict, low.to_json()["verdict"]) == ("failed", "failed")


@pytest.mark.parametrize(
    ("source", "verified", "own", "copies"),
    [
        ("real", True, False, False),
        ("real", False, False, True),
        ("real", None, True, False),
        ("synthetic", False, False, False),  # nothing is official of generated images, and nothing a copy
        ("synthetic", None, False, False),
    ],
)
def test_whose_images_a_cell_is_of(source: str, verified: bool | None, own: bool, copies: bool) -> None:
    found = CellResult.from_json(cell(data_source=source, data_verified=verified), WHERE)
    assert (found.own_images, found.accepted_copies) == (own, copies)
