"""How much an architecture's result depends on the seed."""

from collections.abc import Sequence

import numpy as np

from benchmarks.comparison import significance
from benchmarks.report.grid import DataColumn, Grid
from benchmarks.report.table import LOW, SYNTHETIC, Column, Entry, Row, Table, Tag, row
from benchmarks.results.schema import CellResult


def by_architecture(grid: Grid) -> Table:
    """By architecture and source, over its data sets: spread between seeds, diverged trainings, missed floors."""
    rows = []
    for architecture in grid.architectures:
        for source in dict.fromkeys(cell.data_source for cell in grid.cells):
            cells = [c for c in grid.cells if (c.architecture, c.data_source) == (architecture, source)]
            if cells:
                rows.append(_row(architecture, source, cells))
    columns = (
        Column("architecture"), Column("cells", format=","), Column("trainings", format=","),
        Column("median sd", "points", format="points"),
        Column("widest gap between seeds", "points", format="points"), Column("where"),
        Column("diverged", format=","), Column("seeds below their floor", format=","),
    )  # fmt: skip
    note = "sd: standard deviation between the seeds of a cell. A diverged training counts as guessing among the classes."
    return Table("reliability", "Spread between seeds, by architecture", columns, rows, [note])


def seeds(column: DataColumn) -> Table:
    """Every seed's accuracy on one data set."""
    columns = (Column("architecture"), Column("seed", format=","), Column("accuracy", format=".2%"))
    rows = [
        row(
            cell.architecture,
            seed,
            Entry(accuracy, text="diverged" if accuracy is None else None),
            architecture=cell.architecture,
            dataset=cell.dataset,
        )
        for cell in column.cells
        for seed, accuracy in zip(cell.seeds, cell.accuracies, strict=True)
    ]
    return Table(f"data-seeds-{column.key}", f"Every seed on {column.name}", columns, rows)


def _row(architecture: str, source: str, cells: Sequence[CellResult]) -> Row:
    values = [list(cell.values.values()) for cell in cells]
    spreads = [sd for v in values if (sd := significance.standard_deviation(v)) is not None]
    gaps = [max(v) - min(v) for v in values]
    widest = max(range(len(cells)), key=gaps.__getitem__)
    diverged = sum(cell.diverged_seeds for cell in cells)
    judged = [cell for cell in cells if cell.floor is not None]
    low = sum(len(cell.seeds_below_floor) for cell in judged)
    floors = sum(len(cell.seeds) for cell in judged)
    trainings = sum(map(len, values))
    return row(
        Entry(architecture, tags=(SYNTHETIC,) if source == "synthetic" else ()),
        len(cells),
        trainings,
        float(np.median(spreads)) if spreads else None,
        gaps[widest] if spreads else None,
        cells[widest].dataset if spreads else None,
        Entry(
            diverged,
            text=f"{diverged} of {trainings}",
            tags=(Tag("diverged", "bad"),) if diverged else (),
        ),
        Entry(low, text=f"{low} of {floors}", tags=(LOW,) if low else ()) if floors else Entry(),
        architecture=architecture,
    )
