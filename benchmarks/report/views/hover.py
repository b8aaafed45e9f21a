"""What a mark says of its cell when it is pointed at: value, interval and what it covers, seeds, test images."""

from collections.abc import Sequence

from benchmarks.comparison.significance import accuracy_interval, mean
from benchmarks.report.format import count, percent
from benchmarks.report.grid import cell_name
from benchmarks.results.schema import CellResult


def hover(cell: CellResult) -> str:
    """Write it in parts that ` · ` separates."""
    values = list(cell.values.values())
    return f"{cell_name(cell)} · {value_and_interval(values, cell.test_images)} · {trained(cell)}"


def value_and_interval(values: Sequence[float], images: int) -> str:
    """Write a mean with half of its interval and the interval's ends, kept within 0 and 100%."""
    low, high = accuracy_interval(values, images)
    half = percent(min((high - low) / 2, 0.5))
    covers = "over seeds" if len(values) > 1 else "of the draw of test images alone"
    ends = " to ".join(percent(min(max(end, 0.0), 1.0)) for end in (low, high))
    return f"{percent(mean(values))} % ± {half} (95% interval {covers}: {ends})"


def trained(cell: CellResult) -> str:
    """Write how many seeds there are, how many of them diverged, and what they were tested on."""
    died = f", {cell.diverged_seeds} diverged" if cell.diverged_seeds else ""
    return f"n = {count(len(cell.seeds), 'seed')}{died}, {count(cell.test_images, 'test image')}"
