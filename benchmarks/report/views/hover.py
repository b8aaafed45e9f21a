"""What a mark says of its cell when it is pointed at: value, interval and what it covers, seeds, test images."""

from benchmarks.report.format import count, percent
from benchmarks.report.grid import accuracy, cell_name, half_width, interval
from benchmarks.results.schema import CellResult


def hover(cell: CellResult) -> str:
    """Write it in parts that ` · ` separates."""
    n = len(cell.seeds)
    low, high = (percent(min(max(end, 0.0), 1.0)) for end in interval(cell))
    covers = "over seeds" if n > 1 else "of the draw of test images alone"
    died = f", {cell.diverged_seeds} diverged" if cell.diverged_seeds else ""
    return (
        f"{cell_name(cell)} · {percent(accuracy(cell))} % ± {percent(half_width(cell))} (95% interval {covers}: {low} to {high}) · "
        f"n = {count(n, 'seed')}{died}, {count(cell.test_images, 'test image')}"
    )
