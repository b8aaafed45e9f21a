"""Pairs of runs that `merge` refuses: hostile ones and ones that do not belong together, each by the name of a field."""

import json
import re
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import pytest

from benchmarks.results.merge import merge
from benchmarks.results.parsing import RunRefused
from tests.support import run_factory
from tests.support.run_factory import bits

Changes = dict[str, Any]
CELL = run_factory.cell(
    [0.9, 0.8], losses=[0.3, 0.6], ece=[0.1, 0.1], train_images=2000, recipe={"batch_size": 32},
    train_fingerprint="a" * 16, test_fingerprint="b" * 16, class_names=["cat", "dog"],
    robustness_definition="one", second_test_set="CIFAR-10.1 one",
    weights_sha256=["1" * 64, "2" * 64], correct=[bits(900), bits(800)],
    confusion=[[[450, 50], [50, 450]], [[400, 100], [100, 400]]],
    history=[
        {"val_accuracy": [0.5, 0.9], "val_loss": [1.0, 0.3], "seconds": [1.0, 1.0]},
        {"val_accuracy": [0.5, 0.8], "val_loss": [1.0, 0.6], "seconds": [1.0, 1.0]},
    ],
)  # fmt: skip
OTHERS_RIGHT = [b64encode(b64decode(each)[::-1]).decode() for each in CELL["correct"]]
"""As many right answers, on other images."""
NO_ANSWERS: Changes = {"correct": [], "confusion": []}


def saved(path: Path, first_seed: int, changes: Changes) -> Path:
    data = run_factory.run(CELL | {"seeds": [first_seed, first_seed + 1]} | changes)
    data["suite"] |= {"settings": {"protocol": "quick"}, "code": "c0de"}
    return run_factory.save(path, data)


def pair(folder: Path, second: Changes, *, first: Changes | None = None, seed: int = 2) -> list[Path]:
    """Two runs of one cell: seeds 0 and 1, and those from `seed` on, changed."""
    return [saved(folder / "one.json", 0, first or {}), saved(folder / "two.json", seed, second)]


@pytest.mark.parametrize("seed", [0, 2])
def test_the_pair_is_merged_as_it_is(tmp_path: Path, seed: int) -> None:
    (entry,) = merge(pair(tmp_path, {}, seed=seed))["benchmarks"]
    assert list(entry["extra_info"]["seeds"]) == list(range(seed + 2))


MISMATCHED: dict[str, Changes] = {
    "protocol": {"protocol": "study"},
    "data_source": {"data_source": "synthetic"},
    "precision": {"precision": "mixed_bfloat16"},
    "backend": {"backend": "jax"},
    "data_fingerprint": {"data_fingerprint": "e" * 16},
    "train_fingerprint": {"train_fingerprint": "e" * 16},
    "test_fingerprint": {"test_fingerprint": "e" * 16},
    "fingerprint": {"fingerprint": "e" * 16},
    "epochs": {"epochs": 4},
    "train_images": {"train_images": 7},
    "test_images": {"test_images": 999, **NO_ANSWERS},
    "params_total": {"params_total": 1},
    "params_trainable": {"params_trainable": 1},
    "params_non_trainable": {"params_non_trainable": 1},
    "flops_per_image": {"flops_per_image": 1},
    "class_names": {"class_names": ["cat", "cow"]},
    "set_fields": {"set_fields": {"epochs": "3"}},
    "recipe.batch_size": {"recipe": {"batch_size": 64}},
    "robustness_definition": {"robustness_definition": "other"},
    "second_test_set": {"second_test_set": "CIFAR-10.1 other"},
}
"""What decides the outcome, other than in the first run."""


@pytest.mark.parametrize("field", MISMATCHED)
def test_seeds_of_another_training_are_refused(tmp_path: Path, field: str) -> None:
    words = rf"^lenet-mnist: not seeds of one cell; \S*one\.json and \S*two\.json differ in {re.escape(field)} \(.+, .+\)$"
    with pytest.raises(RunRefused, match=words):
        merge(pair(tmp_path, MISMATCHED[field]))


@pytest.mark.parametrize("field", ["test_fingerprint", "class_names", "flops_per_image", "recipe.batch_size"])
def test_what_the_first_run_does_not_know_still_sets_others_apart(tmp_path: Path, field: str) -> None:
    """The second and the third differ."""
    unknown: Changes = {"test_fingerprint": "", "class_names": [], "flops_per_image": None, "recipe": {}}
    paths = pair(tmp_path, {}, first=unknown)
    assert merge(paths)
    with pytest.raises(RunRefused, match=rf"two\.json and \S*three\.json differ in {re.escape(field)} \("):
        merge([*paths, saved(tmp_path / "three.json", 4, MISMATCHED[field])])


HOSTILE: dict[str, tuple[str, Changes]] = {
    "a seed twice": ("seeds", {"seeds": [2, 2]}),
    "no seed": ("seeds", {"seeds": []}),
    "a seed that is no number": ("seeds[1]", {"seeds": [2, "3"]}),
    "an accuracy above 1": ("accuracies[1]", {"accuracies": [0.9, 1.2]}),
    "an accuracy too few": ("accuracies", {"accuracies": [0.9]}),
    "an accuracy that was edited": ("accuracies[0]", {"accuracies": [0.95, 0.8]}),
    "a measure too few": ("ece", {"ece": [0.1]}),
    "a measure out of its range": ("ece", {"ece": [0.1, 1.5]}),
    "a death too few": ("diverged", {"diverged": [None]}),
    "a digest that is no text": ("weights_sha256[0]", {"weights_sha256": [5, 6]}),
    "a digest too many": ("weights_sha256", {"weights_sha256": ["1", "2", "3"]}),
    "answers of other images": ("correct[0]", {"correct": [bits(900, 2000), bits(800, 2000)]}),
    "answers that were edited": ("correct[1]", {"correct": [bits(900), bits(801)]}),
    "a confusion that was edited": ("confusion[0]", {"confusion": [[[900, 0], [0, 100]]] * 2}),
    "a confusion of more classes": ("confusion[0]", {"confusion": [[[1, 0, 0]] * 3] * 2}),
    "a confusion with a row too few": ("confusion[0]", {"confusion": [[[900, 100]]] * 2}),
    "a history too few": ("history", {"history": CELL["history"][:1]}),
    "a history with an epoch without time": ("val_accuracy", {"history": [{"val_accuracy": [0.5, 0.9], "seconds": [1.0]}] * 2}),
    "a history that ends elsewhere": ("history[1].val_accuracy", {"history": CELL["history"][:1] * 2}),
    "a loss that was edited": ("losses[1]", {"losses": [0.3, 0.5]}),
    "a count below 0": ("params_total", {"params_total": -1}),
    "a source that there is not": ("data_source", {"data_source": "imagined"}),
    "a name that is a path": ("architecture", {"architecture": "../lenet"}),
}  # fmt: skip
"""What no run holds, and the field that is named."""


@pytest.mark.parametrize("what", HOSTILE)
def test_runs_that_contradict_themselves_are_refused(tmp_path: Path, what: str) -> None:
    field, changes = HOSTILE[what]
    words = rf"two\.json: benchmarks\[0\]\.extra_info.*: .*'{re.escape(field)}'"
    with pytest.raises(RunRefused, match=words):
        merge(pair(tmp_path, changes))


@pytest.mark.parametrize(
    ("field", "both", "second"),
    [
        ("weights_sha256", {}, {"weights_sha256": ["3" * 64, "2" * 64]}),
        ("accuracies", NO_ANSWERS | {"history": []}, {"accuracies": [0.91, 0.8]}),
        ("losses", {"history": []}, {"losses": [0.4, 0.6]}),
        ("diverged", {}, {"diverged": [2, None]}),
        ("correct", {}, {"correct": OTHERS_RIGHT}),
        ("correct_sha256", NO_ANSWERS | {"correct_sha256": ["a" * 32] * 2}, {"correct_sha256": ["b" * 32] * 2}),
        ("confusion", {}, {"confusion": [[[440, 60], [40, 460]], CELL["confusion"][1]]}),
    ],
)  # fmt: skip
def test_the_same_seed_with_another_outcome_is_refused(
    tmp_path: Path, field: str, both: Changes, second: Changes
) -> None:
    words = rf"lenet-mnist: seed 0 is in .*one\.json and in .*two\.json, .* not the same training: {field} "
    with pytest.raises(RunRefused, match=words):
        merge(pair(tmp_path, both | second, first=both, seed=0))


def test_a_seed_whose_first_run_keeps_no_digests_is_compared_in_the_others(tmp_path: Path) -> None:
    paths = pair(tmp_path, {}, first={"weights_sha256": []}, seed=0)
    other = saved(tmp_path / "three.json", 0, {"weights_sha256": ["3" * 64, "2" * 64]})
    with pytest.raises(RunRefused, match=r"seed 0 is in .*two\.json and in .*three\.json.*weights_sha256"):
        merge([*paths, other])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("protocol", "study"),
        ("precision", "mixed_bfloat16"),
        ("backend", "jax"),
        ("data_fingerprint", "e" * 16),
    ],
)
def test_pinned_cells_that_no_run_holds_side_by_side_are_refused(
    tmp_path: Path, field: str, value: str
) -> None:
    def file(name: str, **changes: str) -> Path:
        cell = CELL | {"protocol": "quick"} | changes
        head = {"pinned": 1, "protocol": cell["protocol"], "data_source": "real"}
        return run_factory.save(tmp_path / name, head | {"cells": [cell]})

    one = file("one.json")
    assert merge([one, file("two.json", architecture="vgg")])
    words = rf"vgg-mnist: not of one run; {field} .+ in .*one\.json, .+ in .*two\.json"
    with pytest.raises(RunRefused, match=words):
        merge([one, file("two.json", architecture="vgg", **{field: value})])


def test_real_and_synthetic_images_of_a_data_set_are_refused_whatever_their_number(tmp_path: Path) -> None:
    made = CELL | {"architecture": "vgg", "data_source": "synthetic", "train_images": 1500}
    paths = [
        run_factory.save(tmp_path / f"{name}.json", data)
        for name, data in (
            ("real", run_factory.run(CELL)),
            ("made", run_factory.run(made, CELL | {"seeds": [2, 3]})),
        )
    ]
    for path in paths:
        data = json.loads(path.read_text())
        data["suite"] |= {"settings": {"protocol": "quick", "data": "auto"}, "code": "c0de"}
        run_factory.save(path, data)
    with pytest.raises(
        RunRefused,
        match=r"vgg-mnist: not of one run; data_source 'real' in .*real\.json, 'synthetic' in .*made\.json",
    ):
        merge(paths)
