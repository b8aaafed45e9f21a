"""How figures are written: accuracies, intervals, p-values, seconds, lists of names."""

from collections.abc import Sequence

from benchmarks.comparison.significance import accuracy_interval
from benchmarks.report.groups import accuracy
from benchmarks.results.run import Cell

INTERVALS = (
    "Accuracy is the share of the test images, mean over n seeds after the last epoch; intervals are 95%: "
    "Student's t over seeds or, for a single seed, Wilson's over the test images, which says nothing of "
    "other seeds."
)


def interval(cell: Cell) -> tuple[float, float]:
    """95% of the mean over seeds; of a single seed, Wilson's over the test images."""
    low, high = accuracy_interval(list(cell.values.values()), cell.test_images)
    return max(0.0, low), min(1.0, high)


def accurate(cell: Cell) -> str:
    """`0.9834 ±0.0012 (n=3)`: half the interval's width."""
    low, high = interval(cell)
    return f"{accuracy(cell):.4f} ±{(high - low) / 2:.4f} (n={len(cell.seeds)})"


def between(cell: Cell) -> str:
    """`0.9822..0.9846`."""
    low, high = interval(cell)
    return f"{low:.4f}..{high:.4f}"


def points(share: float, *, signed: bool = False) -> str:
    """Percentage points."""
    return f"{100 * share:{'+' if signed else ''}.2f}"


def p_value(p: float) -> str:
    """`p = 0.012`, `p < 0.001`."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def time(seconds: float | None) -> str | None:
    """Seconds with three digits or more."""
    return None if seconds is None else f"{seconds:,.{0 if seconds >= 100 else 1 if seconds >= 10 else 2}f}"


def listed(names: Sequence[str]) -> str:
    """`a, b and c`."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
