"""The published figures of the study that this suite continues.

Irfan Nur Afif: Benchmark Studies of Various Deep Learning Architecture, January 2018. One run per cell, on one machine without a GPU.
"""

from __future__ import annotations

from collections.abc import Mapping

ARCHITECTURES = ("lenet", "vgg", "resnet20v1", "resnet20v2", "squeezenet")
DATASETS = ("mnist", "fashion_mnist", "cifar10", "svhn")

_ACCURACY = {
    "lenet": (0.9834, 0.8816, 0.6561, 0.809),
    "vgg": (0.9946, 0.91, 0.4075, 0.067),
    "resnet20v1": (0.9246, 0.592, 0.7567, 0.866),
    "resnet20v2": (0.9222, 0.8425, 0.679, 0.893),
    "squeezenet": (0.9858, 0.8813, 0.555, 0.775),
}
_SECONDS = {
    "lenet": (220, 220, 330, 220),
    "vgg": (4986, 4469, 6816, 6526),
    "resnet20v1": (7970, 7909, 7204, 9310),
    "resnet20v2": (13900, 13910, 12060, 15693),
    "squeezenet": (13800, 13907, 13630, 17550),
}
_GREY = {
    "lenet": (150_742, 150_742, 0),
    "vgg": (1_505_034, 1_505_034, 0),
    "resnet20v1": (274_090, 272_746, 1_344),
    "resnet20v2": (573_738, 570_282, 3_456),
    "squeezenet": (711_956, 711_956, 0),
}
_COLOUR = {
    "lenet": (204_098, 204_098, 0),
    "vgg": (1_505_610, 1_505_610, 0),
    "resnet20v1": (274_442, 273_066, 1_376),
    "resnet20v2": (574_090, 570_602, 3_488),
    "squeezenet": (720_084, 720_084, 0),
}

ACCURACY: Mapping[tuple[str, str], float] = {
    (a, d): v for a, row in _ACCURACY.items() for d, v in zip(DATASETS, row, strict=True)
}
"""Top-1 accuracy on the test set (0..1), by architecture and data set. On SVHN, LeNet's figure is after 30 epochs, SqueezeNet's after 3."""

SECONDS: Mapping[tuple[str, str], float] = {
    (a, d): float(v) for a, row in _SECONDS.items() for d, v in zip(DATASETS, row, strict=True)
}
"""Training time in seconds on the study's machine, by architecture and data set."""

PARAMETERS: Mapping[tuple[str, str], tuple[int, int, int]] = {
    (a, d): (_GREY if d in ("mnist", "fashion_mnist") else _COLOUR)[a]
    for a in ARCHITECTURES
    for d in DATASETS
}
"""Total, trainable and non-trainable parameters, by architecture and data set."""
