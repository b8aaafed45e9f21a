"""Accuracy against what it costs: one panel per cost, with the front of those that nobody beats in both."""

from collections.abc import Mapping, Sequence
from functools import partial

from matplotlib.axes import Axes

from benchmarks.report.figures.drawing import magnitude, percent
from benchmarks.report.figures.drawing import name as write
from benchmarks.report.figures.palette import CARD, MUTED, Style
from benchmarks.report.format import si
from benchmarks.report.grid import Grid, accuracy, interval
from benchmarks.report.table import Figure, Panel
from benchmarks.report.views.costs import COSTS, HOLLOW, Tradeoff, against_accuracy, tradeoff

_Box = tuple[float, float, float, float]


def figures(grid: Grid, styles: Mapping[str, Style]) -> list[Figure]:
    """One figure per data set, one panel per cost."""
    made = []
    for column in grid.columns:
        known = [found for cost in COSTS if (found := tradeoff(cost, column, grid))]
        panels = [_panel(found, grid, styles) for found in known]
        if panels:
            title = f"{column.name}: accuracy against cost"
            made.append(Figure(f"cost-{column.key}", title, panels, column.dataset))
    return made


def _panel(found: Tradeoff, grid: Grid, styles: Mapping[str, Style]) -> Panel:
    cost, column = found.cost, found.column
    title = cost.title if column.kind == "real" else f"{cost.title} ({column.kind})"
    said = ", ".join(f"{c.architecture} {100 * accuracy(c):.1f}% at {si(value)}" for value, c in found.cells)
    names = ", ".join(found.cells[i][1].architecture for i in found.best)
    alt = f"Accuracy against {cost.title} on {column.name}. {said}. On the front: {names}."
    if cost.timed and any(grid.time_tags(cell) for _, cell in found.cells):
        alt += f" Hollow: {HOLLOW}."
    draw = partial(_scatter, found=found, grid=grid, styles=styles)
    data = against_accuracy(found, grid)
    return Panel(found.key, title, alt, draw, data, dataset=column.dataset, left=0.19)


def _scatter(axes: Axes, found: Tradeoff, grid: Grid, styles: Mapping[str, Style]) -> None:
    known = found.cells
    magnitude(axes, [value for value, _ in known])
    low = min(interval(cell)[0] for _, cell in known)
    high = max(interval(cell)[1] for _, cell in known)
    margin = 0.08 * (high - low) or 0.02
    axes.set_ylim(max(low, 0) - margin, min(high, 1) + margin)
    percent(axes.yaxis)
    axes.set_xlabel(found.cost.title)
    steps = [(known[i][0], accuracy(known[i][1])) for i in found.best]
    right = axes.get_xlim()[1]
    axes.step([x for x, _ in steps] + [right], [y for _, y in steps] + [steps[-1][1]],
              where="post", color=MUTED, lw=1, ls=(0, (4, 3)), zorder=1)  # fmt: skip
    for value, cell in known:
        colour, marker = styles[cell.architecture]
        hollow = found.cost.timed and bool(grid.time_tags(cell))
        axes.plot([value, value], interval(cell), color=colour, lw=1.2, zorder=2, solid_capstyle="butt")
        axes.plot(value, accuracy(cell), marker, color=colour, mec=colour if hollow else CARD,
                  mew=1.4 if hollow else 0.6, mfc=CARD if hollow else colour, ms=7, zorder=3)  # fmt: skip
    _name(axes, [(value, accuracy(cell), cell.architecture) for value, cell in known])


def _name(axes: Axes, points: Sequence[tuple[float, float, str]]) -> None:
    """Write each name beside its point, where it meets the fewest others."""
    figure = axes.get_figure()
    assert figure is not None
    scale = 72 / figure.dpi
    spots = [axes.transData.transform((x, y)) * scale for x, y, _ in points]
    taken: list[_Box] = [(x - 4, y - 4, x + 4, y + 4) for x, y in spots]
    corner, opposite = (axes.transAxes.transform(at) * scale for at in ((0, 0), (1, 1)))
    for (x, y), (*at, name) in zip(spots, points, strict=True):
        wide, tall = 4.6 * len(name), 8.0
        places = [
            (x + dx * 7 - (wide / 2) * (1 - dx), y + dy - tall / 2, dx, dy)
            for dx, dy in ((1, 0), (-1, 0), (1, 8), (-1, 8), (1, -8), (-1, -8), (0, 11), (0, -11), (0, 20), (0, -20))
        ]  # fmt: skip

        def meets(place: tuple[float, float, float, float], wide: float = wide, tall: float = tall) -> float:
            left, bottom = place[:2]
            box = (left, bottom, left + wide, bottom + tall)
            outside = max(corner[0] - box[0], 0) + max(box[2] - opposite[0], 0)
            outside += max(corner[1] - box[1], 0) + max(box[3] - opposite[1], 0)
            return float(sum(_overlap(box, other) for other in taken) + 10 * outside)

        left, bottom, dx, dy = min(places, key=meets)
        taken.append((left, bottom, left + wide, bottom + tall))
        side = {1: "left", 0: "center", -1: "right"}[dx]
        write(
            axes, name, (at[0], at[1]), xytext=(dx * 7, dy), textcoords="offset points", ha=side, va="center"
        )


def _overlap(a: _Box, b: _Box) -> float:
    """Area that two boxes share."""
    return max(min(a[2], b[2]) - max(a[0], b[0]), 0) * max(min(a[3], b[3]) - max(a[1], b[1]), 0)
