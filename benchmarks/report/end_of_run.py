"""The terminal's output when a run ends: accuracy, parameters and time of its cells, and notes that must not be missed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from benchmarks.report import format as formatting
from benchmarks.report.findings import run_facts
from benchmarks.report.findings.one_run import excused
from benchmarks.report.findings.rankings import first_cells, rankings
from benchmarks.report.grid import Grid
from benchmarks.report.groups import Group, group
from benchmarks.report.table import FIRST_LEGEND, Section
from benchmarks.report.views import costs, measures, overview
from benchmarks.results.run import Run
from benchmarks.results.schema import CellResult


def section(
    cells: Sequence[CellResult],
    notes: Sequence[str] = (),
    *,
    phases: bool = False,
    times: Mapping[str, tuple[float, ...]] | None = None,
) -> Section:
    """Put the tables of a run together; its notes come last.

    Args:
        cells: The finished ones, at least one.
        notes: Sentences that a reader must not miss, such as which data are synthetic.
        phases: Whether the seconds of each phase are shown, too.
        times: Seconds that compare, by the cell's id: see `Grid`.

    """
    grid = Grid.of(cells, times)
    found = [ranking for one in _groups(cells) for ranking in rankings(one)]
    leading = first_cells(found)
    tables = [
        overview.accuracies(
            grid, leading, "Accuracy on the test images, mean over seeds ± half of its 95% interval", ()
        ),
        costs.parameters(grid, "Parameters (non-trainable)"),
        costs.times(grid, "Training time in seconds per seed, median (images/s)", detail=_speed),
    ]
    tables += measures.tables(grid, brief=True)
    if phases:
        tables.append(costs.phases(cells))
    *first, last = tables
    ranked = [ranking.line for ranking in found if ranking.contested]
    return Section(
        "",
        tables=[
            *first,
            replace(last, notes=[*last.notes, "", *_legend(grid, marked=bool(leading)), *ranked, *notes]),
        ],
    )


def _groups(cells: Sequence[CellResult]) -> list[Group]:
    """The cells as groups that may be ranked; where they were trained is not shown here."""
    return group([Run("this run", {cell.id: cell for cell in cells})], {})


def _speed(cell: CellResult) -> str:
    return "" if cell.images_per_second is None else f"{formatting.si(cell.images_per_second)}/s"


def _legend(grid: Grid, *, marked: bool) -> list[str]:
    cells = grid.cells
    kinds = sorted({f"protocol {cell.training}, {cell.arithmetic}" for cell in cells})
    images = sorted({f"{cell.train_images or 0:,} + {cell.test_images:,}" for cell in cells})
    seeds = " or ".join(str(n) for n in sorted({len(cell.seeds) for cell in cells}))
    epochs = formatting.span(cell.epochs for cell in cells if cell.epochs)
    amounts = f"{seeds} seed{'' if seeds == '1' else 's'}; {epochs} epochs; training + test images {', '.join(images)}"
    legend = [f"^ {FIRST_LEGEND}"] if marked else []
    lines = [f"{'; '.join(kinds)}; {amounts}", *legend, _floors(cells), *run_facts.imbalances(cells)]
    if any(map(grid.time_tags, cells)):
        lines += grid.time_notes()
    return lines + _ends(cells)


def _floors(cells: Sequence[CellResult]) -> str:
    """Say which cells missed their floor, and which have none."""
    if any(cell.set_fields for cell in cells):
        return "explored with --set: no floors, and never a baseline"
    failed = [cell.id for cell in cells if cell.verdict == "failed"]
    dead = [cell.id for cell in excused(cells)]
    without = [cell.id for cell in cells if cell.floor is None]
    others = "all other cells" if dead or without else "all cells"
    passed = any(cell.verdict == "passed" for cell in cells) and not failed
    clauses = [
        *([f"below their floor (LOW): {', '.join(failed)}"] if failed else []),
        *([f"all seeds died, as in the pinned run: {', '.join(dead)}"] if dead else []),
        *([f"no floor, as a pinned seed learned nothing: {', '.join(without)}"] if without else []),
        *([f"{others} reached their floors"] if passed else []),
    ]
    return "; ".join(clauses)


def _ends(cells: Sequence[CellResult]) -> list[str]:
    """Say which trainings diverged, how and when, and which could not learn any more."""
    kinds = {"dead": "dead network", "nan": "loss not finite"}
    return [
        f"{cell.id} seed {seed}: {kinds[kind]} since epoch {epoch}"
        for cell in cells
        if cell.divergence  # not kept by early versions
        for seed, kind, epoch in zip(cell.seeds, cell.divergence, cell.diverged, strict=True)
        if kind
    ] + [
        f"{cell.id} seed {seed}: frozen since epoch {epoch}"
        for cell in cells
        for seed, epoch in zip(cell.seeds, cell.frozen, strict=False)
        if epoch is not None
    ]
