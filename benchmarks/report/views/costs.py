"""Accuracy against what it costs: time, parameters, multiply-adds, memory; and which architectures nobody beats in both."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from matplotlib.axes import Axes

from benchmarks.comparison.ranks import front
from benchmarks.report.figures.drawing import Figure, Panel, magnitude, percent, short
from benchmarks.report.figures.drawing import name as write
from benchmarks.report.figures.palette import CARD, MUTED
from benchmarks.report.readings import Reading, columns, label, of
from benchmarks.report.sheets import Column, Entry, Row, Sheet, Tags, number

HOLLOW = "timed with other cells beside it, or on another machine than most of its data set"

_Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Cost:
    """A cost; `timed`: it depends on the machine, and on what runs beside."""

    key: str
    title: str
    of: Callable[[Reading], float | None]
    timed: bool = False


COSTS = (
    Cost("time", "training time, s", lambda r: r.seconds, timed=True),
    Cost("parameters", "parameters", lambda r: float(r.cell.params_total)),
    Cost("flops", "FLOPs per image, forward", lambda r: r.cell.flops_per_image),
    Cost("memory", "peak memory, MiB", lambda r: r.cell.peak_memory_mib),
)


def figures(readings: Sequence[Reading], styles: dict[str, tuple[str, str]]) -> list[Figure]:
    """One figure a data set, one panel a cost."""
    made = []
    for column in columns(readings):
        cells = of(readings, column)
        panels = [panel for cost in COSTS if (panel := _panel(cost, column, cells, styles))]
        if panels:
            key = "-".join(("cost", *column))
            made.append(Figure(key, f"{label(column)}: accuracy against cost", panels, column[0]))
    return made


def _panel(
    cost: Cost, column: tuple[str, str], cells: Sequence[Reading], styles: dict[str, tuple[str, str]]
) -> Panel | None:
    known = [(value, r) for r in cells if (value := cost.of(r)) is not None]
    if not known:
        return None
    fair = [i for i, (_, r) in enumerate(known) if not (cost.timed and r.elsewhere)]
    best = [fair[i] for i in front([(known[i][0], known[i][1].mean) for i in fair])]
    title = cost.title if column[1] == "real" else f"{cost.title} ({column[1]})"
    marked = cost.timed and any(r.time_tags for _, r in known)
    said = ", ".join(f"{r.cell.architecture} {100 * r.mean:.1f}% at {short(v)}" for v, r in known)
    names = ", ".join(known[i][1].cell.architecture for i in best)
    alt = f"Accuracy against {cost.title} on {label(column)}. {said}. On the front: {names}."
    alt += f" Hollow: {HOLLOW}." if marked else ""
    key = "-".join(("cost", cost.key, *column))
    sheet = Sheet(
        f"data-{key}",
        f"{label(column)}: {cost.title}",
        (Column("architecture", numeric=False), Column(cost.title), Column("accuracy"), Column("on the front", numeric=False)),
        [_row(cost, value, r, i in best) for i, (value, r) in enumerate(known)],
    )  # fmt: skip
    draw = partial(_scatter, cost=cost, known=known, best=best, styles=styles)
    return Panel(key, title, alt, draw, sheet, dataset=column[0], left=0.19)


def _row(cost: Cost, value: float, r: Reading, best: bool) -> Row:
    tags: Tags = r.time_tags if cost.timed else ()
    entries = [
        Entry(r.cell.architecture, r.cell.architecture),
        number(value, f"{value:,.1f}" if value < 1000 else f"{value:,.0f}", tags=tags),
        number(r.mean, f"{100 * r.mean:.2f}%"),
        Entry("yes" if best else "no", float(best)),
    ]
    return Row(entries, r.cell.architecture, r.cell.dataset)


def _scatter(
    axes: Axes,
    cost: Cost,
    known: Sequence[tuple[float, Reading]],
    best: Sequence[int],
    styles: dict[str, tuple[str, str]],
) -> None:
    magnitude(axes, [value for value, _ in known])
    low = min(r.interval[0] for _, r in known)
    high = max(r.interval[1] for _, r in known)
    margin = 0.08 * (high - low) or 0.02
    axes.set_ylim(max(low, 0) - margin, min(high, 1) + margin)
    percent(axes.yaxis)
    axes.set_xlabel(cost.title)
    steps = [(known[i][0], known[i][1].mean) for i in best]
    right = axes.get_xlim()[1]
    axes.step([x for x, _ in steps] + [right], [y for _, y in steps] + [steps[-1][1]],
              where="post", color=MUTED, lw=1, ls=(0, (4, 3)), zorder=1)  # fmt: skip
    for value, r in known:
        colour, marker = styles[r.cell.architecture]
        hollow = cost.timed and bool(r.time_tags)
        axes.plot([value, value], r.interval, color=colour, lw=1.2, zorder=2, solid_capstyle="butt")
        axes.plot(value, r.mean, marker, color=colour, mec=colour if hollow else CARD, mew=1.4 if hollow else 0.6,
                  mfc=CARD if hollow else colour, ms=7, zorder=3)  # fmt: skip
    _name(axes, [(value, r.mean, r.cell.architecture) for value, r in known])


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
