"""Every training with its figures: one row per seed, for spreadsheets and statistics programs."""

from collections.abc import Iterator, Sequence

from benchmarks.experiment import published
from benchmarks.metrics.measures import MEASURES
from benchmarks.report.groups import Group
from benchmarks.report.origins import short_name
from benchmarks.report.table import Column, Row, Table, row
from benchmarks.results.schema import CellResult

_COLUMNS = (
    "protocol", "set", "data_source", "precision", "architecture", "dataset", "data", "seed",
    *(measure.name for measure in MEASURES), "diverged_epoch", "train_seconds", "parallel", "epochs", "train_images",
    "test_images", "params_total", "params_trainable", "params_non_trainable", "flops_per_image", "peak_memory_mib", "peak_memory_bound",
    "floor", "verdict", "study_accuracy", "machine", "versions", "date", "run",
)  # fmt: skip
"""Names that programs read; units are in them."""


def table(groups: Sequence[Group]) -> Table:
    """List all trainings of these groups."""
    rows = [found for group in groups for cell in group.grid.cells for found in _rows(group, cell)]
    return Table("trainings", "Trainings", [*map(Column, _COLUMNS)], rows)


def _rows(group: Group, cell: CellResult) -> Iterator[Row]:
    key = (cell.architecture, cell.dataset)
    origin = group.origins[key]
    theirs = published.ACCURACY.get(key) if cell.data_source == "real" else None
    for i, seed in enumerate(cell.seeds):
        moment = cell.measured_at[i] if len(cell.measured_at) == len(cell.seeds) else ""
        yield row(
            cell.protocol, cell.explored or None, group.source, group.precision, *key, group.title(cell.dataset), seed,
            *(values[i] if (values := cell.of(measure)) else None for measure in MEASURES),
            cell.diverged[i] if cell.diverged else None, cell.seed_seconds[i] if cell.seed_seconds else None, cell.parallel,
            cell.epochs, cell.train_images, cell.test_images, cell.params_total, cell.params_trainable,
            cell.params_non_trainable, cell.flops_per_image, cell.peak_memory_mib, cell.peak_memory_bound, cell.floor, cell.verdict, theirs,
            origin.machines[i], origin.versions, moment[:10] or max(origin.days, default=None), short_name(origin.run),
            architecture=cell.architecture, dataset=cell.dataset,
        )  # fmt: skip
