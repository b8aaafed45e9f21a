"""What a trained network answers on labelled images, and the probabilities that measures are computed from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Outputs:
    """A network's outputs on labelled images."""

    logits: NDArray[np.float64]
    """Outputs before the softmax, (N, classes)."""
    labels: NDArray[np.uint8]
    """True classes, (N,)."""

    @classmethod
    def of(cls, logits: NDArray[np.float32], labels: NDArray[np.uint8]) -> Outputs:
        """Take logits, (N, classes), and labels, (N,); everything is computed in float64."""
        return cls(logits.astype(np.float64), labels)

    @property
    def classes(self) -> int:
        """Number of classes."""
        return int(self.logits.shape[1])

    @property
    def constant(self) -> bool:
        """Whether every image gets the same answer, though they are of several classes."""
        return len(np.unique(self.predictions)) == 1 and len(np.unique(self.labels)) > 1

    @property
    def finite(self) -> bool:
        """Whether every output is finite."""
        return bool(np.isfinite(self.logits).all())

    @cached_property
    def predictions(self) -> NDArray[np.uint8]:
        """Class with the largest output, the first of equals, (N,)."""
        found: NDArray[np.uint8] = self.logits.argmax(1).astype(np.uint8)
        return found

    @cached_property
    def losses(self) -> NDArray[np.float64]:
        """Cross-entropy of each image in nats, (N,)."""
        found: NDArray[np.float64] = (
            self._normalizers - self._shifted[np.arange(len(self.logits)), self.labels]
        )
        return found

    @cached_property
    def probabilities(self) -> NDArray[np.float64]:
        """Softmax of the logits, (N, classes)."""
        return np.exp(self._shifted - self._normalizers[:, None])

    @cached_property
    def _shifted(self) -> NDArray[np.float64]:
        with np.errstate(
            invalid="ignore"
        ):  # infinity less infinity: what is not finite stays so, and ends the training
            found: NDArray[np.float64] = self.logits - self.logits.max(1, keepdims=True)
        return found

    @cached_property
    def _normalizers(self) -> NDArray[np.float64]:
        found: NDArray[np.float64] = np.log(np.exp(self._shifted).sum(1))
        return found
