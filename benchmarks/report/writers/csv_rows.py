"""One row a training, for spreadsheets and statistics programs: every figure with its seed."""

import csv
import io
from collections.abc import Iterable, Sequence

from benchmarks.experiment import published
from benchmarks.report.groups import Group, group
from benchmarks.results.run import Cell, Run

COLUMNS = (
    "protocol", "data_source", "precision", "architecture", "dataset", "data", "seed", "accuracy",
    "diverged_epoch", "train_seconds", "parallel", "epochs", "train_images", "test_images", "params_total",
    "params_trainable", "params_non_trainable", "flops_per_image", "peak_memory_mib", "floor", "verdict",
    "study_accuracy", "machine", "versions", "date",
)  # fmt: skip


def render(runs: Sequence[Run]) -> str:
    """Write the runs as CSV (RFC 4180), grouped as in the other forms; unknown values are empty."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for found in group(runs):
        for dataset in found.datasets:
            for cell in found.of(dataset):
                writer.writerows([_safe(value) for value in row] for row in _rows(found, cell))
    return file.getvalue()


def _rows(found: Group, cell: Cell) -> Iterable[list[object]]:
    origin = found.origins[cell.architecture, cell.dataset]
    theirs = published.ACCURACY.get((cell.architecture, cell.dataset)) if cell.data_source == "real" else None
    whole = len(cell.seed_seconds) == len(cell.seeds)
    for i, seed in enumerate(cell.seeds):
        yield [
            found.protocol, found.source, found.precision, cell.architecture, cell.dataset,
            found.title(cell.dataset), seed, cell.accuracies[i], cell.diverged[i] if cell.diverged else None,
            cell.seed_seconds[i] if whole else None, cell.parallel, cell.epochs, cell.train_images,
            cell.test_images, cell.params_total, cell.params_trainable, cell.params_non_trainable,
            cell.flops_per_image, cell.peak_memory_mib, cell.floor, cell.verdict, theirs, origin.machine,
            origin.versions, origin.date,
        ]  # fmt: skip


def _safe(value: object) -> object:
    """Text that a spreadsheet would run as a formula is quoted by an apostrophe, as OWASP has it."""
    risky = isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    return f"'{value}" if risky else value
