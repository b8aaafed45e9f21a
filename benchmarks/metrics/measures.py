"""Measures of a trained network. Each is declared here, once: its declaration decides how it is computed, saved, checked and shown.

Importing this module does not import NumPy: options and saved runs are read without it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.metrics.outputs import Outputs

BINS = 15
"""Number of groups of the calibration error."""
TOP = 5


@dataclass(frozen=True)
class Measure:
    """A figure of one trained network after the last epoch, on the test images unless it says otherwise."""

    key: str
    """Name of the field of `CellResult` that holds one value per seed."""
    name: str
    """Name of one value for programs: a column of the CSV file, a choice of `--measure`."""
    title: str
    """Heading of tables."""
    about: str
    """What it is, in one sentence."""
    high: float
    """Largest possible value; the smallest is 0."""
    higher_is_better: bool
    format: str
    """How tables write it: one of `report.format.FORMATS`, or one of Python's format specifications."""
    unit: str = ""
    """Unit of the value as `format` writes it."""
    compute: Callable[[Outputs], float] | None = None
    """Computes it from the network's outputs; None: it needs evaluations of its own, and has to be asked for."""
    least_classes: int = 2
    """It is not taken on data sets with fewer classes."""
    second_test: bool = False
    """Whether it is taken on the data set's second test set, which is there only if its files are given."""

    @property
    def on_demand(self) -> bool:
        """Whether it takes extra time, so that only `--measure` adds it."""
        return self.compute is None

    def check(self, value: float) -> None:
        """Check one saved value.

        Raises:
            ValueError: It is out of range.
        """
        if not 0 <= value <= self.high:
            raise ValueError(f"'{self.key}' holds {value}; expected 0 to {self.high:g}")


def accuracy(outputs: Outputs) -> float:
    """Return the share of the images that are given the right class, 0..1."""
    return float((outputs.predictions == outputs.labels).mean())


def cross_entropy(outputs: Outputs) -> float:
    """Return the mean cross-entropy in nats."""
    return float(outputs.losses.mean())


def _calibration_error(outputs: Outputs) -> float:
    """Return the expected calibration error: Guo et al. 2017, https://arxiv.org/abs/1706.04599, equation 3.

    Deviation: their bins have equal widths, ours hold equally many images (sizes differ by one at most), as in Nguyen and O'Connor 2015
    (https://arxiv.org/abs/1508.05154): a good network's confidences lie near 1, where one wide bin would hold nearly all of them. Images of
    equal confidence stay in the order of the test set. With fewer images than bins, each image is a bin.
    """
    import numpy as np

    confidences = outputs.probabilities.max(1)
    order = np.argsort(confidences, kind="stable")
    right = (outputs.predictions == outputs.labels).astype(np.float64)
    gaps = confidences[order] - right[order]
    bins = np.array_split(gaps, min(BINS, len(gaps)))
    return math.fsum(abs(float(gap.sum())) for gap in bins) / len(gaps)


def _brier(outputs: Outputs) -> float:
    """Return the Brier score, summed over classes, 0..2: Brier 1950, doi.org/10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2."""
    import numpy as np

    targets = np.eye(outputs.classes)[outputs.labels]
    return float(((outputs.probabilities - targets) ** 2).sum(1).mean())


def _top(outputs: Outputs) -> float:
    """Return the share of images with the right class among the first five; of equal outputs the lower label comes first."""
    import numpy as np

    ranked = np.argsort(-outputs.logits, axis=1, kind="stable")[:, :TOP]
    return float((ranked == outputs.labels[:, None]).any(1).mean())


ACCURACY = Measure(
    "accuracies", "accuracy", "accuracy", "Share of the test images that get the right class.",
    high=1.0, higher_is_better=True, format="percent", unit="%", compute=accuracy,
)  # fmt: skip
CROSS_ENTROPY = Measure(
    "losses", "loss", "cross-entropy", "Mean negative log-probability of the true class.",
    high=math.inf, higher_is_better=False, format=".3f", unit="nats", compute=cross_entropy,
)  # fmt: skip
CALIBRATION = Measure(
    "ece", "ece", "calibration error",
    f"Expected calibration error: mean gap between confidence and accuracy over {BINS} groups of equally many images, by confidence.",
    high=1.0, higher_is_better=False, format="percent", unit="points", compute=_calibration_error,
)  # fmt: skip
BRIER = Measure(
    "brier", "brier", "Brier score", "Mean squared distance between the probabilities and the true class, 0 to 2.",
    high=2.0, higher_is_better=False, format=".4f", compute=_brier,
)  # fmt: skip
TOP5 = Measure(
    "top5", "top5", f"top-{TOP} accuracy", f"Share of the test images whose class is among the {TOP} likeliest.",
    high=1.0, higher_is_better=True, format="percent", unit="%", compute=_top, least_classes=20,
)  # fmt: skip
ROBUSTNESS = Measure(
    "robustness", "robustness", "robustness", "Mean accuracy on corrupted test images, eight corruptions at three severities.",
    high=1.0, higher_is_better=True, format="percent", unit="%",
)  # fmt: skip
ROBUSTNESS_DEFINITION = "1"
"""Raised whenever one of `corruptions` draws other images: figures of different definitions do not compare."""
SECOND_TEST = Measure(
    "second_test", "second_test", "second test accuracy",
    "Share of the images of a second test set that get the right class, such as CIFAR-10.1 for CIFAR-10; where its files are given.",
    high=1.0, higher_is_better=True, format="percent", unit="%", compute=accuracy, second_test=True,
)  # fmt: skip

MEASURES = (ACCURACY, CROSS_ENTROPY, CALIBRATION, BRIER, TOP5, ROBUSTNESS, SECOND_TEST)
"""All of them, in the order of tables."""
FURTHER = tuple(measure for measure in MEASURES if measure not in (ACCURACY, CROSS_ENTROPY))
"""Measures that are taken once, after the last epoch; the other two are taken after every epoch."""


def taken(classes: int, second_test: bool, on_demand: Collection[str] = ()) -> list[Measure]:
    """Return the measures of `FURTHER` that a training is evaluated with.

    Args:
        classes: Number of classes.
        second_test: Whether the data set's second test set is there.
        on_demand: Names of measures that were asked for.
    """
    return [
        measure
        for measure in FURTHER
        if (measure.name in on_demand if measure.on_demand else second_test or not measure.second_test)
        and classes >= measure.least_classes
    ]


def definitions(measures: Collection[str]) -> dict[str, Mapping[str, str]]:
    """Return what a stored training has to have been measured with, if robustness is among these measures."""
    return {"measures": {ROBUSTNESS.name: ROBUSTNESS_DEFINITION}} if ROBUSTNESS.name in measures else {}


def measured(outputs: Outputs, second_test: Outputs | None = None) -> Mapping[str, float | None]:
    """Return the measures of `FURTHER` that these outputs give, by key; None where an output is not finite.

    Args:
        outputs: Outputs on the test images.
        second_test: Outputs on the data set's second test set, if it is there.
    """
    found: dict[str, float | None] = {}
    for measure in taken(outputs.classes, second_test is not None):
        of = second_test if measure.second_test else outputs
        if measure.compute is not None and of is not None:
            found[measure.key] = measure.compute(of) if of.finite else None
    return found
