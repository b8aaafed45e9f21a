"""What holds for every architecture, found by its file: a new one is covered as it is."""

import importlib
import re
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import models

SHAPES = GREY, COLOUR = (28, 28, 1), (32, 32, 3)
PARAMETERS = [
    ("lenet", GREY, 150_742, 150_742, 0),
    ("vgg", GREY, 1_505_034, 1_505_034, 0),
    ("resnet20v1", GREY, 274_090, 272_746, 1_344),
    ("resnet20v2", GREY, 573_738, 570_282, 3_456),
    ("squeezenet", GREY, 711_956, 711_956, 0),
    ("lenet", COLOUR, 204_098, 204_098, 0),
    ("vgg", COLOUR, 1_505_610, 1_505_610, 0),
    ("resnet20v1", COLOUR, 274_442, 273_066, 1_376),
    ("resnet20v2", COLOUR, 574_090, 570_602, 3_488),
    ("squeezenet", COLOUR, 720_084, 720_084, 0),
    ("linear", GREY, 7_850, 7_850, 0),
    ("linear", COLOUR, 30_730, 30_730, 0),
    ("alexnet", GREY, 24_735_434, 24_735_434, 0),
    ("alexnet", COLOUR, 24_740_234, 24_740_234, 0),
    ("mobilenetv2", GREY, 718_746, 700_202, 18_544),
    ("mobilenetv2", COLOUR, 719_034, 700_490, 18_544),
    ("cct", GREY, 280_394, 280_394, 0),
    ("cct", COLOUR, 283_466, 283_466, 0),
    ("cifarnet", GREY, 1_964_448, 1_962_112, 2_336),
    ("cifarnet", COLOUR, 1_973_920, 1_971_328, 2_592),
]
"""Total, trainable and non-trainable: the study's five from its table, each row for both data sets of its shape; the others as the
papers and public implementations have them: 0.70 million trainable in MobileNetV2, 0.28 in CCT, 1.97 in Jordan's network."""

SLOW_TO_BUILD = "alexnet", "mobilenetv2"
"""25 million weights to draw, and 150 layers: in colour alone at every change, and all the rest with the end-to-end tests."""
_later = pytest.mark.end_to_end


def marks(name: str, shape: tuple[int, int, int] = GREY) -> tuple[pytest.MarkDecorator, ...]:
    return (_later,) if name in SLOW_TO_BUILD and shape == GREY else ()


EVERY_NAME = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=marks(name)) for name in models.names()]
)
EVERY = pytest.mark.parametrize(
    ("name", "shape"),
    [pytest.param(name, shape, marks=marks(name, shape)) for name in models.names() for shape in SHAPES],
    ids=lambda value: value if isinstance(value, str) else "x".join(map(str, value)),
)


def images(shape: tuple[int, int, int], count: int) -> Any:
    """Standardized noise, as a network meets it."""
    return np.random.default_rng(0).normal(size=(count, *shape)).astype(np.float32)


def flat(model: Any) -> Any:
    return np.concatenate([np.asarray(w).ravel() for w in model.weights])


@EVERY
def test_answers_are_probabilities_and_the_same_in_any_batch(
    built: Any, name: str, shape: tuple[int, int, int]
) -> None:
    model = built[name, shape]
    assert model.input_shape == (None, *shape)
    some = images(shape, 3)
    together, alone = np.asarray(model(some)), np.asarray(model(some[1:2]))
    for count, answers in ((3, together), (1, alone)):
        assert answers.shape == (count, 10)
        assert answers.dtype == np.float32
        assert np.all(answers >= 0)
        np.testing.assert_allclose(answers.sum(1), 1.0, atol=1e-5)
    np.testing.assert_allclose(together[1:2], alone, atol=1e-5)


@EVERY_NAME
def test_a_seed_rebuilds_the_weights_and_another_does_not(built: Any, name: str) -> None:
    first, other = built[name, SHAPES[0]], models.build(name, SHAPES[0], seed=2)
    assert flat(models.build(name, SHAPES[0], seed=1)).tobytes() == flat(first).tobytes()
    pairs = zip(first.trainable_weights, other.trainable_weights, strict=True)
    # Biases and batch norms begin as constants.
    drawn = [(one, another) for one, another in pairs if np.ptp(np.asarray(one)) > 0]
    assert drawn
    for one, another in drawn:
        assert np.mean(np.asarray(one) != np.asarray(another)) > 0.9, one.path


@EVERY
def test_every_weight_gets_a_gradient(
    built: Any, tf: Any, keras: Any, name: str, shape: tuple[int, int, int]
) -> None:
    model = built[name, shape]
    labels = np.arange(4) % 10
    with tf.GradientTape() as tape:
        # As at inference: in training, a batch norm takes all effect from a bias before it.
        answers = model(images(shape, 4), training=False)
        loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(labels, answers))
    gradients = tape.gradient(loss, [w.value for w in model.trainable_weights])
    for weight, gradient in zip(model.trainable_weights, gradients, strict=True):
        assert gradient is not None, weight.path
        assert np.all(np.isfinite(gradient)), weight.path
        assert np.any(gradient != 0), weight.path


@EVERY_NAME
def test_it_can_be_written_down_and_rebuilt(built: Any, keras: Any, name: str) -> None:
    model = built[name, SHAPES[1]]
    twin = keras.models.model_from_json(model.to_json())
    assert [(layer.name, type(layer)) for layer in twin.layers] == [
        (layer.name, type(layer)) for layer in model.layers
    ]
    twin.set_weights(model.get_weights())
    some = images(SHAPES[1], 2)
    np.testing.assert_allclose(twin(some), model(some), atol=1e-6)


@pytest.mark.parametrize(
    ("name", "shape", "total", "trainable", "fixed"),
    [pytest.param(*row, marks=marks(row[0], row[1])) for row in PARAMETERS],
)
def test_parameter_counts_are_the_published_ones(
    built: Any, name: str, shape: tuple[int, int, int], total: int, trainable: int, fixed: int
) -> None:
    model = built[name, shape]
    assert model.count_params() == total
    assert sum(np.prod(w.shape) for w in model.trainable_weights) == trainable
    assert sum(np.prod(w.shape) for w in model.non_trainable_weights) == fixed


@EVERY
def test_layers_are_named_for_people(built: Any, name: str, shape: tuple[int, int, int]) -> None:
    automatic = [layer.name for layer in built[name, shape].layers[1:] if re.search(r"2d|_\d+$", layer.name)]
    assert automatic == [], "named as Keras names layers: 2d in the name, or a number after _ at its end"


@EVERY_NAME
def test_any_classes_and_sizes_from_its_smallest_on_and_refused_below(engine: ModuleType, name: str) -> None:
    least = models.smallest_size(name)
    side = max(8, least)
    model = models.build(name, (side, side, 3), classes=7)
    assert np.asarray(model(images((side, side, 3), 1))).shape == (1, 7)
    if least > 8:
        said = f"^{name} takes images of {least}x{least} pixels or more, these are {side}x{side - 1}$"
        with pytest.raises(models.TooSmall, match=said):
            models.build(name, (side, side - 1, 3))


@pytest.mark.parametrize("name", models.names())
def test_the_file_says_where_the_architecture_comes_from(engine: ModuleType, name: str) -> None:
    text = importlib.import_module(f"models.{name}").__doc__ or ""
    assert re.search(r"\b(19|20)\d\d\b", text), "the year of the paper"
    assert re.search(r"https://(arxiv\.org|doi\.org|\S+)", text), "a link to the paper"
