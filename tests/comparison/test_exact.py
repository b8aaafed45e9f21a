"""Equal weights, equal answers, missing epochs: what needs no statistics."""

from typing import Any

import pytest

from benchmarks.comparison.exact import identity_of, unfinished
from benchmarks.comparison.verdict import Identity
from benchmarks.results.run import from_dict
from benchmarks.results.schema import CellResult
from benchmarks.results.seed_result import answers_digest
from tests.support.gate_runs import compare, only
from tests.support.run_factory import bits, cell, run

DIGESTS = [f"{i:02x}" * 32 for i in (11, 12, 13)]
OTHERS = [f"{i:02x}" * 32 for i in (21, 22, 23)]
ANSWERS = [bits(900), bits(910), bits(890)]
ACCURACIES = (0.9, 0.91, 0.89)


def trained(**changes: Any) -> dict[str, Any]:
    return cell(ACCURACIES) | {"weights_sha256": DIGESTS, "correct": ANSWERS} | changes


def result(info: dict[str, Any]) -> CellResult:
    return from_dict(run(info), "run.json").cells["lenet-mnist"]


def identity(base: dict[str, Any], new: dict[str, Any]) -> Identity:
    found = identity_of(result(base), result(new))
    assert found is not None
    return found


def history(*accuracies: float) -> dict[str, Any]:
    return {"val_accuracy": list(accuracies), "seconds": [1.0] * len(accuracies)}


def test_equal_weights_and_answers_are_identical() -> None:
    assert identity(trained(), trained()) == Identity("identical", 3, 3)
    pinned = [digest[:32] for digest in DIGESTS]
    assert identity(trained(weights_sha256=pinned), trained()).state == "identical"
    # Seeds are matched by number, not by place; those of one side alone do not count.
    swapped = cell([0.91, 0.9, 0.5], seeds=[1, 0, 9], weights_sha256=[DIGESTS[1], DIGESTS[0], "f" * 64],
                   correct=[ANSWERS[1], ANSWERS[0], bits(500)])  # fmt: skip
    assert identity(trained(), swapped) == Identity("identical", 2, 2)
    assert identity_of(result(trained()), result(cell([0.9], seeds=[9]))) is None


def test_equal_weights_that_answer_otherwise_are_a_changed_evaluation() -> None:
    other = trained(accuracies=[0.9, 0.93, 0.89], correct=[bits(900), bits(930), bits(890)])
    found = identity(trained(), other)
    assert (found.state, found.alike, found.changed_images) == ("evaluation changed", 1, 20)
    # Without answers of one side the accuracies tell, and how many answers changed is not known.
    found = identity(trained(correct=[]), other)
    assert (found.state, found.alike, found.changed_images) == ("evaluation changed", 1, None)


@pytest.mark.parametrize(("apart", "state"), [(1e-4, "training changed"), (5e-7, "same accuracies")])
def test_epochs_differ_by_an_image_and_not_by_what_pinned_files_round(apart: float, state: str) -> None:
    base, new = (
        cell(ACCURACIES, history=[history(0.5 + a, last) for last in ACCURACIES]) for a in (0.0, apart)
    )
    assert identity(base, new).state == state


def test_other_weights_are_a_changed_training_from_an_epoch_on() -> None:
    base = trained(history=[history(0.5, 0.8, 0.9), history(0.5, 0.8, 0.91), history(0.5, 0.8, 0.89)])
    new = trained(
        weights_sha256=[DIGESTS[0], "e" * 64, "f" * 64],
        accuracies=[0.9, 0.92, 0.88],
        correct=[bits(900), bits(920), bits(880)],
        history=[history(0.5, 0.8, 0.9), history(0.5, 0.7, 0.92), history(0.5, 0.8, 0.88)],
    )
    assert identity(base, new) == Identity("training changed", 3, 1, first_differing_epoch=2)
    # Rounding alone may give other weights and the same answers.
    assert identity(trained(), trained(weights_sha256=["e" * 64] * 3)).state == "training changed"


def test_without_digests_equal_accuracies_are_no_proof_of_equal_bits() -> None:
    assert identity(cell(ACCURACIES), cell(ACCURACIES)).state == "same accuracies"
    assert identity(cell(ACCURACIES), cell([0.9, 0.92, 0.89])).state == "training changed"
    # One equal accuracy may be a coincidence.
    assert identity_of(result(cell([0.9])), result(cell([0.9]))) is None
    assert (
        identity(cell([0.9], correct=[bits(900)]), cell([0.9], correct=[bits(900)])).state
        == "same accuracies"
    )
    for epochs, state in (((0.9,), None), ((0.8, 0.9), "same accuracies")):
        kept = result(cell([0.9], history=[history(*epochs)]))
        found = identity_of(kept, kept)
        assert (found and found.state) == state, "a single epoch says no more than its accuracy"
    short = ["abc"] * 3
    assert identity(trained(weights_sha256=short), trained(weights_sha256=short)).state == "same accuracies"


@pytest.mark.parametrize("kept", ["accuracies", "epochs", "answers"])
def test_dead_seeds_guess_alike_and_tell_by_their_weights_alone(kept: str) -> None:
    dead: dict[str, Any] = cell([0.1] * 3, diverged=[1] * 3)
    if kept == "epochs":
        dead |= {"history": [history(0.1, 0.1, 0.1)] * 3}
    if kept == "answers":
        dead |= {"correct": [bits(100)] * 3}
    assert identity_of(result(dead), result(dead)) is None
    assert identity_of(result(dead | {"diverged": [None] * 3}), result(dead)) is None
    verdict = only(dead, dead)
    assert (verdict.verdict, verdict.test) == ("undecided", "labelings")
    digests = dead | {"weights_sha256": DIGESTS, "divergence": ["dead"] * 3}
    assert identity(digests, digests).state == "identical"


def test_seeds_that_died_of_nan_have_equal_weights_whatever_was_trained() -> None:
    dead: dict[str, Any] = cell([0.1] * 3, diverged=[1] * 3, weights_sha256=[DIGESTS[0]] * 3)
    nan = dead | {"divergence": ["nan"] * 3}
    for other in (
        nan,
        dead,
        dead | {"divergence": ["dead"] * 3},
    ):  # pinned files do not keep of what they died
        assert identity_of(result(other), result(nan)) is None
        assert identity_of(result(nan), result(other)) is None
    assert identity_of(result(dead), result(dead)) is None
    assert identity(dead, dead | {"divergence": ["dead"] * 3}).state == "identical"
    assert only(nan, nan).verdict == "undecided"
    living = trained(diverged=[None, 2, 2], divergence=[None, "nan", "nan"])
    assert identity(living, living) == Identity("identical", 3, 3)  # by the seed that lives
    assert not only(living, living).of_living, "its means are of all seeds"
    other = living | {"accuracies": [0.9, 0.8, 0.89], "correct": [ANSWERS[0], bits(800), ANSWERS[2]]}
    assert identity(living, other).state == "evaluation changed"


def test_seeds_that_died_of_nan_at_other_epochs_are_no_other_evaluation() -> None:
    """Without answers only their epochs are compared, and these differ since the training did."""
    nan: dict[str, Any] = {"weights_sha256": [DIGESTS[0]] * 3, "divergence": ["nan"] * 3}
    late = cell([0.1] * 3, diverged=[3] * 3, history=[history(0.5, 0.8, 0.1)] * 3, **nan)
    soon = cell([0.1] * 3, diverged=[2] * 3, history=[history(0.5, 0.1, 0.1)] * 3, **nan)
    assert identity(late, soon) == Identity("training changed", 3, 0, None, 2)


def test_living_seeds_tell_beside_dead_ones() -> None:
    two, one = (cell([0.1, 0.9, a], diverged=[1, None, died]) for a, died in ((0.91, None), (0.1, 2)))
    assert identity(two, two) == Identity("same accuracies", 3, 3)
    assert identity_of(result(one), result(one)) is None  # one equal accuracy may be a coincidence
    kept = one | {"history": [history(0.1, 0.1, 0.1), history(0.5, 0.8, 0.9), history(0.5, 0.1, 0.1)]}
    assert identity(kept, kept).state == "same accuracies"


def test_a_pinned_digest_of_the_answers_is_compared_with_the_bits() -> None:
    digests = [answers_digest(one) for one in ANSWERS]
    assert [len(digest) for digest in digests] == [32] * 3
    pinned = result(trained(correct=[], correct_sha256=digests))
    assert identity_of(pinned, result(trained())) == Identity("identical", 3, 3)
    found = identity_of(
        pinned, result(trained(accuracies=[0.001, 0.91, 0.89], correct=[bits(1), *ANSWERS[1:]]))
    )
    assert found == Identity("evaluation changed", 3, 1)
    swapped = trained(correct=[], correct_sha256=[digests[1], digests[0], digests[2]])
    assert identity(swapped, trained()) == Identity("evaluation changed", 3, 2)


def test_a_changed_evaluation_fails_up_or_down_unless_another_platform_rounds_otherwise() -> None:
    base = run(trained())
    better = compare(base, run(trained(accuracies=[0.95] * 3, correct=[bits(950)] * 3)))
    assert (better.cells[0].verdict, better.status) == ("changed", 1)
    few = {"accuracies": [0.9, 0.912, 0.89], "correct": [bits(900), bits(912), bits(890)]}
    same_platform = compare(base, run(trained(**few)))
    assert same_platform.status == 1
    other = run(trained(**few)) | {"machine_info": {"cpu": {"brand_raw": "Other CPU"}}}
    # Two answers of the one seed's thousand are more than one in a thousand.
    assert compare(base, other).status == 1
    many = {"test_images": 10_000, "accuracies": [0.9001] * 3, "correct": [bits(9_001, 10_000)] * 3}
    other["benchmarks"][0]["extra_info"] |= many
    large = run(trained(**many | {"accuracies": [0.9] * 3, "correct": [bits(9_000, 10_000)] * 3}))
    report = compare(large, other)
    assert (report.cells[0].verdict, report.status) == ("suspect", 2)
    assert "different answers for 3 of 30,000 images" in report.cells[0].suspicions[0]
    same_machine = other | {"machine_info": large["machine_info"]}
    assert compare(large, same_machine).cells[0].verdict == "changed"


def test_epochs_that_did_not_run_are_findings() -> None:
    one, two, three = (history(0.5, 0.8, a) for a in ACCURACIES)
    lacking = cell(ACCURACIES, history=[one, history(0.5, ACCURACIES[1]), three], diverged=[None, None, None])
    assert list(unfinished(result(lacking))) == ["seed 1 trained 2 epochs, its recipe has 3"]
    assert only(cell(ACCURACIES), lacking).findings == ("seed 1 trained 2 epochs, its recipe has 3",)
    # A training that diverged may stop early.
    assert list(unfinished(result(lacking | {"diverged": [None, 2, None]}))) == []
    idle = two | {"val_loss": [0.5, 0.4, 0.4]}
    losses = [0.3, 0.4, 0.3]
    (finding,) = unfinished(result(cell(ACCURACIES, history=[one, idle, three], losses=losses)))
    assert "the last epoch changed nothing" in finding


def ordered(
    epochs: list[int], steps: list[int], loss: list[float | None] | None = None, **changes: Any
) -> list[str]:
    """What is said of three seeds of 100 images in batches of 30, whose second one ran these epochs and steps."""
    one, two, three = (
        {
            "val_accuracy": [0.5, 0.8, a][-n:],
            "seconds": [1.0] * n,
            "epoch": [*range(1, n + 1)],
            "steps": [4] * n,
        }
        for a, n in zip(ACCURACIES, (3, len(epochs), 3), strict=True)
    )
    two |= {"epoch": epochs, "steps": steps} | ({} if loss is None else {"loss": loss})
    recipe = {"train_images": 100, "recipe": {"batch_size": 30}}
    return list(unfinished(result(cell(ACCURACIES, history=[one, two, three], **(recipe | changes)))))


def test_epochs_out_of_order_and_steps_left_out_are_findings() -> None:
    assert ordered([1, 2, 3], [4, 4, 4]) == []
    swapped = ["seed 1 ran its epochs in the order 1, 3, 2, expected 1 to 3"]
    assert ordered([1, 3, 2], [4, 4, 4]) == swapped
    assert ordered([1, 1, 2], [4, 4, 4]) == ["seed 1 ran its epochs in the order 1, 1 to 2, expected 1 to 3"]
    assert ordered([2, 3, 4], [4, 4, 4]) == ["seed 1 ran its epochs in the order 2 to 4, expected 1 to 3"]
    assert ordered([1, 2, 3], [4, 3, 4]) == ["seed 1 took 3 steps in epoch 2, expected 4"]
    assert ordered([1, 2, 3], [5, 5, 5]) == ["seed 1 took 5 steps in epoch 1, expected 4"]
    assert ordered([1, 2, 3], [5, 5, 5], recipe={"batch_size": "20"}) == [  # a pinned recipe is text
        "seed 0 took 4 steps in epoch 1, expected 5",
        "seed 2 took 4 steps in epoch 1, expected 5",
    ]
    assert ordered([1, 3, 2], [4, 4, 4], diverged=[None, 1, None]) == swapped


def test_without_a_recipe_all_epochs_have_equally_many_steps() -> None:
    unknown: list[dict[str, Any]] = [
        {"recipe": {}},
        {"train_images": None},
        {"recipe": {"batch_size": "9" * 5000}},
    ]
    for changes in unknown:
        assert ordered([1, 2, 3], [5, 5, 5], **changes) == []
        assert ordered([1, 2, 3], [5, 4, 5], **changes) == ["seed 1 took 4 steps in epoch 2, expected 5"]


def test_only_a_loss_that_is_not_finite_ends_an_epoch_or_a_training_early() -> None:
    died: dict[str, Any] = {"diverged": [None, 2, None], "divergence": [None, "nan", None]}
    assert ordered([1, 2], [4, 2], [0.5, None], **died) == []
    assert ordered([1, 2], [4, 5], [0.5, None], **died) == ["seed 1 took 5 steps in epoch 2, expected 4"]
    assert ordered([1, 2], [2, 4], [0.5, None], **died) == ["seed 1 took 2 steps in epoch 1, expected 4"]
    assert ordered([1, 2], [4, 2], [0.5, 0.4], **died) == ["seed 1 took 2 steps in epoch 2, expected 4"]
    dead: dict[str, Any] = died | {"divergence": [None, "dead", None]}
    assert ordered([1, 2], [4, 4], **dead) == ["seed 1 trained 2 epochs, its recipe has 3"]
    assert ordered([1, 2, 3], [4, 4, 4], **dead) == []


def test_epochs_out_of_order_fail_the_gate() -> None:
    swapped = cell(ACCURACIES, history=[history(0.5, 0.8, a) | {"epoch": [1, 3, 2]} for a in ACCURACIES])
    report = compare(run(cell(ACCURACIES)), run(swapped))
    assert report.status == 1
    assert "seed 0 ran its epochs in the order 1, 3, 2, expected 1 to 3" in report.cells[0].findings


def test_a_seed_that_is_not_reproducible_any_more_is_a_suspicion() -> None:
    base, new = run(trained()), run(trained(weights_sha256=["e" * 64] * 3))
    told = compare(base, new).cells[0]
    assert "3 of 3 shared seeds trained differently" in told.notes
    assert told.suspicions == ()  # the runs do not say with which code they trained
    base, new = (
        run(trained(code=["1" * 16] * 3)),
        run(trained(code=["1" * 16] * 3, weights_sha256=["e" * 64] * 3)),
    )
    report = compare(base, new)
    assert "not reproducible any more" in report.cells[0].suspicions[0]
    assert report.status == 2
    for seeds in ("222", "112"):  # one that was trained with other code is enough
        changed = run(trained(code=[each * 16 for each in seeds], weights_sha256=["e" * 64] * 3))
        assert compare(base, changed).cells[0].suspicions == ()


def test_other_kernels_on_the_same_machine_are_no_suspicion() -> None:
    base = run(trained(code=["1" * 16] * 3))
    new = run(trained(code=["1" * 16] * 3, weights_sha256=["e" * 64] * 3))
    for recorded, now, suspects in ((None, "0", 1), ("1", "1", 1), ("1", "0", 0)):
        base["machine_info"]["onednn"], new["machine_info"]["onednn"] = recorded, now
        assert len(compare(base, new).cells[0].suspicions) == suspects


def test_the_epoch_of_other_weights_is_known_without_answers() -> None:
    one = trained(correct=[], history=[history(0.5, 0.8, a) for a in ACCURACIES])
    two = trained(correct=[], weights_sha256=OTHERS, history=[history(0.5, 0.7, a) for a in ACCURACIES])
    assert identity(one, two) == Identity("training changed", 3, 0, None, 2)
    shorter = trained(correct=[], weights_sha256=OTHERS, history=[history(0.5, a) for a in ACCURACIES])
    assert identity(one, shorter).first_differing_epoch == 2


def test_an_accuracy_that_is_missing_on_one_side_differs() -> None:
    one = trained(history=[history(0.5, 0.0, a) for a in ACCURACIES])
    lost = [{"val_accuracy": [0.5, None, a], "seconds": [1.0] * 3} for a in ACCURACIES]
    assert identity(one, trained(weights_sha256=OTHERS, history=lost)).first_differing_epoch == 2
    assert (
        identity(trained(history=lost), trained(weights_sha256=OTHERS, history=lost)).first_differing_epoch
        is None
    )


def test_every_seed_is_looked_at_for_epochs_that_did_not_run() -> None:
    died, short = history(0.5, 0.8, 0.9), history(0.5, 0.91)
    idle, busy = (
        history(0.5, 0.8, 0.89) | {"val_loss": losses} for losses in ([0.5, 0.4, 0.4], [0.4, 0.4, 0.3])
    )
    found = cell(ACCURACIES, history=[died, short, idle], diverged=[1, None, None], losses=[0.3, 0.3, 0.4])
    assert list(unfinished(result(found))) == [
        "seed 1 trained 2 epochs, its recipe has 3",
        "seed 2: the last epoch changed nothing, its loss on the test images is that of the one before",
    ]
    moving = cell(ACCURACIES, history=[died, history(0.5, 0.8, 0.91), busy], losses=[0.3, 0.3, 0.3])
    assert list(unfinished(result(moving))) == []


def test_a_changed_evaluation_says_how_many_answers_changed_as_far_as_that_is_known() -> None:
    other = trained(accuracies=[0.9, 0.93, 0.89], correct=[bits(900), bits(930), bits(890)])
    said = "EVALUATION CHANGED: 1 of 3 seeds have the baseline's weights and give "
    assert f"{said}different answers for 20 of 1,000 images" in only(trained(), other).findings
    assert f"{said}other answers" in only(trained(correct=[]), other).findings


def test_the_epoch_from_which_on_seeds_trained_differently_is_said() -> None:
    base = trained(history=[history(0.5, 0.8, a) for a in ACCURACIES])
    new = trained(weights_sha256=OTHERS, history=[history(0.5, 0.7, a) for a in ACCURACIES])
    assert "3 of 3 shared seeds trained differently, from epoch 2 on" in only(base, new).notes
