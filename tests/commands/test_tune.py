"""Tuning: on training images only, each recipe as it was asked for."""

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import datasets
import models
from benchmarks.commands import tune
from benchmarks.commands.main import main
from benchmarks.experiment.recipe import Augmentation, Recipe

RECIPE = Recipe("adam", 1e-3, epochs=2, augmentation=Augmentation(shift=0.1))


def test_candidates_are_every_combination() -> None:
    found = dict(tune.candidates(RECIPE, ["learning_rate=0.1,0.2", "augmentation.mirror=true,false"]))
    assert list(found) == [
        f"learning_rate={rate} augmentation.mirror={mirror}"
        for rate in ("0.1", "0.2")
        for mirror in ("true", "false")
    ]
    assert found["learning_rate=0.2 augmentation.mirror=true"] == Recipe(
        "adam", 0.2, epochs=2, augmentation=Augmentation(shift=0.1, mirror=True)
    )
    assert dict(tune.candidates(RECIPE, [])) == {"as it is": RECIPE}


def test_an_augmentation_comes_and_goes() -> None:
    ((_, without),) = tune.candidates(RECIPE, ["augmentation=none"])
    assert without.augmentation is None
    ((_, again),) = tune.candidates(without, ["augmentation.fill=reflect"])
    assert again.augmentation == Augmentation(fill="reflect")


def test_a_field_without_a_value_is_given_one() -> None:
    ((_, candidate),) = tune.candidates(RECIPE, ["norm_momentum=0.9"])
    assert (RECIPE.norm_momentum, candidate.norm_momentum) == (None, 0.9)


@pytest.mark.parametrize(
    ("varied", "message"),
    [
        ("learning_rate", "expected FIELD=VALUE"),
        ("speed=1", "no such field; available: optimizer"),
        ("augmentation.speed=1", "no such field; available: .*augmentation.shift"),
        ("augmentation=some", "expected none, or a field of it"),
        ("epochs=many", "expected a whole number"),
        ("norm_momentum=none", "expected a number"),
        ("optimizer=lion", "expected one of sgd, adam, adadelta"),
        ("augmentation.mirror=yes", "expected one of true, false"),
    ],
)
def test_what_cannot_be_varied_is_refused(varied: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        list(tune.candidates(RECIPE, [varied]))


@pytest.mark.parametrize(("most", "expected"), [(10_000, 60), (50, 50)])
def test_a_fifth_is_held_out_but_not_more_than_is_needed(
    most: int, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tune, "MOST_HELD_OUT", most)
    divided = tune.HeldOut.of(datasets.load("mnist", "synthetic", train=300, test=20), None)
    assert (len(divided.y_train), len(divided.y_test)) == (300 - expected, expected)


def test_held_out_images_are_training_images_that_are_not_trained_on() -> None:
    data = datasets.load("mnist", "synthetic", train=300, test=20)
    divided = tune.HeldOut.of(data, 100)
    rows = [np.ascontiguousarray(x).reshape(len(x), -1) for x in (divided.x_train, divided.x_test)]
    trained, judged = ({row.tobytes() for row in part} for part in rows)
    assert [len(part) for part in rows] == [200, 100]
    assert trained | judged == {image.tobytes() for image in np.asarray(data.x_train)}
    assert not trained & judged
    again = tune.HeldOut.of(data, 100)
    assert np.array_equal(again.x_test, divided.x_test)
    with pytest.raises(ValueError, match="1 to 299"):
        tune.HeldOut.of(data, 300)


@pytest.mark.end_to_end
def test_the_command_prints_a_line_a_candidate_and_sees_no_test_image(
    engine: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    load, seen = datasets.load, []

    def watched(*args: object, **options: object) -> object:
        data = load(*args, **options)  # type: ignore[arg-type]
        seen.append(data)
        object.__setattr__(data, "x_test", None)
        object.__setattr__(data, "y_test", None)
        return data

    monkeypatch.setattr(datasets, "load", watched)
    words = [
        "tune",
        "lenet",
        "mnist",
        "--data",
        "synthetic",
        "--images",
        "600",
        "--hold-out",
        "200",
        "--seeds",
        "2",
    ]
    assert main([*words, "--vary", "learning_rate=0.002,0.0", "--vary", "epochs=2"]) == 0
    lines = [line.split("|") for line in capsys.readouterr().out.splitlines() if line.startswith("| learn")]
    assert len(seen) == 1
    assert [line[1].split()[0] for line in lines] == ["learning_rate=0.002", "learning_rate=0.0"]
    learnt, not_learnt = (float(line[2]) for line in lines)
    assert learnt > 0.4 > not_learnt
    assert all(line[4].count(",") == 1 for line in lines)


@pytest.mark.slow
def test_settled_moving_averages_are_judged_beside_those_that_lag(
    engine: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    # 25 steps leave an average with momentum 0.99 at a quarter of its way; 100 more bring it to seven tenths.
    words = (
        "tune resnet20v1 mnist --protocol quick --data synthetic --images 400 --hold-out 200 --vary epochs=1"
    )
    assert main([*words.split(), "--settle", "4"]) == 0
    head, _, line = capsys.readouterr().out.strip().splitlines()[-3:]
    row = dict(zip((name.strip() for name in head.split("|")), line.split("|"), strict=True))
    assert float(row["settled"]) > float(row["held-out accuracy"]) + 0.05


@pytest.mark.end_to_end
def test_settling_leaves_the_weights_as_they_are(engine: ModuleType) -> None:
    from benchmarks.engine.backend import load_engine
    from benchmarks.engine.loop import train

    tensorflow = load_engine()
    data = tune.HeldOut.of(datasets.load("mnist", "synthetic", train=40, test=20), 20)
    recipe = Recipe("adam", 1e-3, epochs=1, batch_size=8)
    program, _ = tensorflow.program_for("resnet20v1", (28, 28, 1), recipe)
    images = tensorflow.to_device(data, recipe.pixels)
    train(program, images, recipe, 0)
    before = program.state()
    tune.settled_accuracy(program, images, recipe, 0, 1)
    after = program.state()
    assert np.array_equal(before.weights, after.weights)
    assert not np.array_equal(before.moving_statistics, after.moving_statistics)


def test_images_that_are_too_small_are_refused_before_any_is_loaded(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(models, "smallest_size", lambda name: 29)
    assert main(["tune", "vgg", "mnist", "--data", "synthetic"]) == 2
    assert "mnist: vgg takes images of 29x29 pixels or more, these are 28x28" in capsys.readouterr().err


def test_own_images_are_known_and_their_bad_files_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = ["--own-data", f"tune_pets={tmp_path}"]
    assert main(["tune", "lenet", "tune_pets", *own]) == 2
    assert f"--own-data {tmp_path}/train: cannot be read" in capsys.readouterr().err
    rng = np.random.default_rng(0)
    np.savez(
        tmp_path / "own.npz",
        x_train=rng.integers(0, 256, (4, 9, 9), dtype=np.uint8),
        y_train=np.arange(4) % 2,
        x_test=rng.integers(0, 256, (4, 9, 9), dtype=np.uint8),
        y_test=np.arange(4) % 2,
    )
    own = ["--own-data", f"tune_pets={tmp_path / 'own.npz'}"]
    assert main(["tune", "lenet", "tune_pets", *own, "--hold-out", "4"]) == 2
    assert "--hold-out 4: expected 1 to 3 of 4 training images" in capsys.readouterr().err
    assert main(["tune", "lenet", "tune_pets", *own]) == 2
    assert "--hold-out 0: expected 1 to 3 of 4 training images" in capsys.readouterr().err, "a fifth"
    assert main(["tune", "lenet", "tune_pets", *own, "--data", "synthetic"]) == 2
    assert "--own-data has no synthetic images" in capsys.readouterr().err
