"""Images that most models get wrong: which they are, and their pictures."""

import base64
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

import datasets
from benchmarks.report.groups import group
from benchmarks.report.page import Gallery
from benchmarks.report.views import hard_images
from benchmarks.results.run import from_dict
from tests.support.run_factory import cell, run

TRAIN, TEST = 40, 30


def bits(wrong: list[int]) -> str:
    right = np.ones(TEST, bool)
    right[wrong] = False
    return base64.b64encode(np.packbits(right).tobytes()).decode()


def three_models(**changes: Any) -> dict[str, Any]:
    """Three models: image 7 is wrong in all, 3 in two, 5 in one."""
    correct = [bits([3, 7]), bits([7]), bits([3, 5, 7])]
    return cell(
        [1 - wrong / TEST for wrong in (2, 1, 3)],
        correct=correct,
        test_images=TEST,
        train_images=TRAIN,
        data_source="synthetic",
        **changes,
    )


def found(info: dict[str, Any], *more: dict[str, Any]) -> list[Gallery]:
    columns = group([from_dict(run(info, *more), "r")])[0].grid.columns
    return [hard_images.gallery(hard, None) for column in columns for hard in hard_images.find(column)]


def places(hard: Gallery) -> list[str]:
    return [picture.lines[0] for picture in hard.pictures]


def test_hard_images_come_from_the_bits_the_worst_first() -> None:
    (hard,) = found(three_models())
    assert places(hard) == ["no. 7, 3 of 3 wrong", "no. 3, 2 of 3 wrong"]
    assert hard.caption == "1 image of 30 missed by all 3 models, 2 by more than half. The worst 2:"
    assert hard.title == "MNIST (synthetic): lenet"


def test_what_one_model_missed_is_not_said_of_every_model() -> None:
    alone = three_models()
    for key, value in alone.items():
        if isinstance(value, list) and len(value) == 3:
            alone[key] = value[:1]
    hards = [
        hard
        for info in (three_models(), alone)
        for hard in hard_images.find(group([from_dict(run(info), "r")])[0].grid.columns[0])
    ]
    several, one = (hard_images.summary([hard]) for hard in hards)
    assert several == "missed by every model: 1 of 30 on MNIST (synthetic)"
    assert one.startswith("missed by the one model: ")
    assert hard_images.summary(hards) == f"{several}; {one.removeprefix('missed ')}"


def test_the_usual_mistake_of_a_class_is_named() -> None:
    data = datasets.load("mnist", "synthetic", train=TRAIN, test=TEST)
    true = int(data.y_test[7])
    names = list(data.class_names)
    info = three_models(data_fingerprint=data.fingerprint, class_names=names)
    whole = np.diag(np.bincount(data.y_test, minlength=10))
    info["confusion"] = [whole.tolist() for _ in range(3)]
    for counts, wrong in zip(info["confusion"], ([3, 7], [7], [3, 5, 7]), strict=True):
        for image in wrong:
            label = int(data.y_test[image])
            counts[label][label] -= 1
            counts[label][(label + 3) % 10] += 1
    (hard,) = found(info)
    assert hard.pictures[0].lines[1] == f"class mostly taken for {names[(true + 3) % 10]}"


def test_models_of_other_training_shares_are_counted_together_by_their_test_images() -> None:
    share = {"train_images": 2 * TRAIN, "data_fingerprint": "e" * 16}
    more = three_models(test_fingerprint="t" * 16) | {"architecture": "vgg"} | share
    (hard,) = found(three_models(test_fingerprint="t" * 16), more)
    assert hard.caption.startswith("1 image of 30 missed by all 6 models, 2 by more than half.")
    assert len(found(three_models(test_fingerprint="u" * 16), more)) == 2


def test_a_run_without_fingerprints_of_the_test_images_joins_those_of_the_same_data() -> None:
    old = three_models() | {"architecture": "vgg"}
    assert len(found(three_models(test_fingerprint="t" * 16), old)) == 1
    assert len(found(three_models(test_fingerprint="t" * 16), old | {"data_fingerprint": "e" * 16})) == 2


def test_pictures_are_those_of_the_very_same_data() -> None:
    data = datasets.load("mnist", "synthetic", train=TRAIN, test=TEST)
    (hard,) = found(three_models(data_fingerprint=data.fingerprint))
    assert hard.note == ""
    picture = hard.pictures[0]
    assert picture.title == data.class_names[data.y_test[7]]
    head, _, content = picture.uri.partition(",")
    assert head == "data:image/png;base64"
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(content))))
    assert np.array_equal(pixels, data.x_test[7, ..., 0])


def test_other_data_give_no_pictures_and_the_reason() -> None:
    (hard,) = found(three_models(data_fingerprint="e" * 16))
    assert [picture.uri for picture in hard.pictures] == ["", ""]
    assert "the images here differ from the run's" in hard.note


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"train_images": None}, "does not say how many training images"),
        ({"train_images": 50_000}, "are not generated again"),
        ({"dataset": "unheard_of"}, "no data set 'unheard_of'"),
        ({"data_source": "real"}, "MNIST: no real data"),
    ],
)
def test_without_pictures_the_places_are_still_listed(changes: dict[str, Any], reason: str) -> None:
    (hard,) = found(three_models() | changes)
    assert places(hard) == ["no. 7, 3 of 3 wrong", "no. 3, 2 of 3 wrong"]
    assert reason in hard.note


def test_models_tested_on_other_images_are_counted_apart() -> None:
    one, other = found(three_models(), three_models(architecture="vgg", data_fingerprint="e" * 16))
    assert all("by all 3 models" in hard.caption for hard in (one, other))


def test_an_error_without_a_message_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise OSError

    monkeypatch.setattr(datasets, "load", fails)
    (hard,) = found(three_models())
    assert hard.note.startswith("No pictures: OSError. ")
