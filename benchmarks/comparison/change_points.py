"""Change points in the history of saved runs: the first run at which a cell's accuracy, or a parameter count,
changed for good.

Runs are read one by one and little is kept of each, so a thousand grids fit into little memory.
"""

import json
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np

from benchmarks.comparison import significance
from benchmarks.comparison.conditions import changed_versions
from benchmarks.comparison.sample import Sample
from benchmarks.comparison.segments import LEAST_RUNS, segment_starts
from benchmarks.comparison.setup import CHOSEN, counts_of, setup_of
from benchmarks.comparison.verdict import ROUNDING_TOLERANCE
from benchmarks.experiment import protocols
from benchmarks.results.differences import differences
from benchmarks.results.parsing import RunRefused
from benchmarks.results.run import Run, load_run
from benchmarks.results.schema import CellResult

BY_SEEDS = 0.01
"""A step at which the seeds change too counts if seeds alone cause one as large at most this often."""


@dataclass(frozen=True)
class ChangePoint:
    """What changed in a cell, and from which run on. Accuracies are shares, 0..1; only runs of one setup are counted."""

    cell: str
    setup: Mapping[str, object]  # of the run
    what: str  # "accuracy", a count, or a field of the setup, with which a new series begins
    run: str
    datetime: str  # universal, so that its text sorts
    before: float | str
    after: float | str
    runs_before: int
    runs_after: int
    versions: tuple[str, ...] = ()  # that differ from the run before, each as `name before -> after`

    @property
    def is_drop(self) -> bool:
        """Whether accuracy fell."""
        return self.what == "accuracy" and float(self.after) < float(self.before)


@dataclass(frozen=True)
class Trend:
    """The change points of all cells; `dropped`: cells whose last change was a drop of more than max_drop, under any setup in use."""

    folder: str
    runs: int
    longest: int  # runs of the cell and setup that has most
    cells: int
    steps: tuple[ChangePoint, ...]
    dropped: tuple[str, ...]
    skipped: tuple[str, ...] = ()

    @property
    def status(self) -> int:
        """Exit status: 0, 1 if a cell dropped, or 2 if no series is long enough to show that."""
        return 2 if self.longest < LEAST_RUNS else int(bool(self.dropped))


@dataclass(frozen=True)
class Point:
    """What is kept of one cell of one run."""

    setup: Mapping[str, object]
    counts: Mapping[str, int | None]
    seeds: tuple[int, ...]
    values: tuple[float, ...]  # by seed
    alive: tuple[bool, ...]
    images: int  # that each was tested on
    mean: float
    variance: float  # of the mean, by the draw of test images
    versions: Mapping[str, str]  # of libraries

    @property
    def series(self) -> Hashable:
        """Equal where accuracies mean the same."""
        return tuple(self.setup.values())


@dataclass(frozen=True)
class HistoryEntry:
    """What is kept of one run."""

    when: datetime
    run: str
    points: dict[str, Point]


def scan(folder: Path, *, max_drop: float | None = None) -> Trend:
    """Read every saved run under `folder` (any depth), sort them by time, and find the change points.

    Args:
        folder: Where runs are saved, one file each.
        max_drop: Percentage points; a cell fails if its last change is a larger drop. None: that of each cell's protocol.

    Returns:
        The change points; partial and unreadable runs are left out and named in `skipped`.

    Raises:
        RunRefused: There is no such folder, or no file at all.
    """
    if not folder.is_dir():
        raise RunRefused(f"{folder}: no such folder")
    files = sorted(folder.rglob("*.json"))
    if not files:
        raise RunRefused(f"{folder}: no saved run (*.json) in it; save some with --benchmark-autosave")
    skipped: list[str] = []
    entries = list(_entries(files, skipped))
    found = change_points(entries)
    dropped = tuple(step.cell for step in drops(entries, found, max_drop=max_drop))
    runs = len(files) - len(skipped)
    flat = tuple(step for changes in found.values() for step in changes)
    lengths = Counter((cell, point.series) for one in entries for cell, point in one.points.items())
    longest = max(lengths.values(), default=0)
    return Trend(str(folder), runs, longest, len(found), flat, dropped, tuple(skipped))


def drops(
    entries: Iterable[HistoryEntry],
    changes: Mapping[str, Sequence[ChangePoint]],
    *,
    max_drop: float | None = None,
) -> list[ChangePoint]:
    """Return the largest drop of each cell that fell, among its last changes of accuracy under each setup in use.

    Args:
        entries: The runs, in any order.
        changes: Their `change_points`.
        max_drop: Percentage points that a drop has to exceed to count; None: that of its protocol.
    """
    last: dict[tuple[str, Hashable], ChangePoint] = {}
    for step in (step for cell in changes.values() for step in cell if step.what == "accuracy"):
        last[step.cell, tuple(step.setup.values())] = step
    fallen: dict[str, ChangePoint] = {}
    for series in _in_use(entries) & last.keys():
        step = last[series]
        limit = protocols.max_drop([str(step.setup["protocol"])]) if max_drop is None else max_drop
        largest = step.cell not in fallen or _points(step) > _points(fallen[step.cell])
        if step.is_drop and _points(step) > limit + ROUNDING_TOLERANCE and largest:
            fallen[step.cell] = step
    return [fallen[cell] for cell in sorted(fallen)]


def _in_use(entries: Iterable[HistoryEntry]) -> set[tuple[str, Hashable]]:
    """Return the series of cells in use: since their last run no other with the same `CHOSEN` fields began."""
    last: dict[tuple[str, Hashable], tuple[int, Hashable]] = {}
    began: dict[Hashable, int] = {}
    for at, one in enumerate(sorted(entries, key=_age)):
        for cell, point in one.points.items():
            series, asked = (cell, point.series), (cell, *(point.setup[name] for name in CHOSEN))
            if series not in last:
                began[asked] = at
            last[series] = at, asked
    return {series for series, (at, asked) in last.items() if at >= began[asked]}


def _age(one: HistoryEntry) -> tuple[datetime, str]:
    return one.when, one.run


def entry(run: Run) -> HistoryEntry:
    """Return what a history keeps of a run.

    Raises:
        RunRefused: The run's time is not ISO 8601.
    """
    return HistoryEntry(
        time_of(run),
        run.name,
        {name: _point(cell, run.versions_of(cell)) for name, cell in run.cells.items()},
    )


def time_of(run: Run) -> datetime:
    """Return when a run was saved.

    Raises:
        RunRefused: The run's time is not ISO 8601.
    """
    try:
        when = datetime.fromisoformat(run.datetime)
        return when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise RunRefused(f"{run.name}: 'datetime' is {run.datetime[:40]!r}, expected ISO 8601") from None


def change_points(entries: Iterable[HistoryEntry]) -> dict[str, list[ChangePoint]]:
    """Find each cell's change points, in order of time; the entries may come in any order."""
    series: dict[str, list[tuple[HistoryEntry, Point]]] = {}
    for one in sorted(entries, key=_age):
        for cell, point in one.points.items():
            series.setdefault(cell, []).append((one, point))
    return {
        cell: sorted(
            [*_changes(cell, points), *_accuracy_steps(cell, points)],
            key=lambda step: (step.datetime, step.run),
        )
        for cell, points in sorted(series.items())
    }


def as_json(trend: Trend) -> str:
    """Return a trend as JSON."""
    return json.dumps({"status": trend.status, **asdict(trend)}, indent=1, allow_nan=False) + "\n"


def _entries(files: Sequence[Path], skipped: list[str]) -> Iterator[HistoryEntry]:
    for file in files:
        try:
            run = load_run(file)
            if run.partial:
                raise RunRefused(f"{file}: a partial run")
            yield entry(run)
        except RunRefused as error:
            skipped.append(str(error))


def _points(step: ChangePoint) -> float:
    """How far accuracy fell, in percentage points."""
    return 100 * (float(step.before) - float(step.after))


def _point(cell: CellResult, versions: Mapping[str, str]) -> Point:
    sample = Sample.of(cell)
    variance = sample.draw_variance / len(sample)
    return Point(
        setup_of(cell),
        counts_of(cell),
        sample.seeds,
        sample.values,
        sample.alive,
        cell.test_images,
        sample.mean,
        variance,
        versions,
    )


def _changes(cell: str, points: Sequence[tuple[HistoryEntry, Point]]) -> Iterator[ChangePoint]:
    """Find exact changes: of counts between successive runs of a setup, and of the setup where a new one begins.

    A new setup is compared with the earlier one that is most like it.
    """
    runs, seen = Counter(point.series for _, point in points), Counter[Hashable]()
    latest: dict[Hashable, Point] = {}  # of each setup; the last run last
    for entry, new in points:
        known = [latest.pop(new.series)] if new.series in latest else [*reversed(latest.values())]
        latest[new.series] = new
        old = min(known, key=lambda one: len(differences(one.setup, new.setup)), default=new)
        for found in differences({**old.setup, **old.counts}, {**new.setup, **new.counts}):
            if found.before is not None and found.after is not None:
                yield ChangePoint(
                    cell,
                    new.setup,
                    found.field,
                    entry.run,
                    entry.when.isoformat(),
                    str(found.before),
                    str(found.after),
                    seen[old.series],
                    runs[new.series] - seen[new.series],
                    changed_versions(old.versions, new.versions),
                )
        seen[new.series] += 1


def _not_by_seeds(points: Sequence[Point], starts: Sequence[int]) -> list[int]:
    """Leave out the steps at which the seeds change, too, and that other seeds alone explain: repeats hide how far seeds scatter."""
    kept = [starts[0]]
    for b, c in pairwise([*starts[1:], len(points)]):
        before, after = points[kept[-1] : b], points[b:c]
        hidden = before[-1].seeds != after[0].seeds and (_repeats(before) or _repeats(after))
        if not hidden or any(_differ(before, after, living=living) for living in (False, True)):
            kept.append(b)
    return kept


def _repeats(segment: Sequence[Point]) -> bool:
    """Whether a seed was trained more than once."""
    seeds = [seed for one in segment for seed in one.seeds]
    return len({*seeds}) < len(seeds)


def _differ(before: Sequence[Point], after: Sequence[Point], *, living: bool) -> bool:
    """Whether the seeds of two segments have other means by Student's t: all or the living, each one's median counted once.

    So do those that both segments have, in pairs. One seed on each side tells nothing.
    """
    old, new = (_by_seed(segment, living=living) for segment in (before, after))
    shared = old.keys() & new.keys()
    found = []
    if old and new and len(old) + len(new) > 2:
        found.append(significance.pooled([*old.values()], [*new.values()]))
    if len(shared) > 1:
        found.append(significance.paired([old[seed] for seed in shared], [new[seed] for seed in shared]))
    return any(2 * min(one.p_drop, one.p_gain) <= BY_SEEDS for one in found)


def _by_seed(segment: Sequence[Point], *, living: bool) -> dict[int, float]:
    """Return the median accuracy of each seed, over its trainings that lived or over all, the dead at chance."""
    known: dict[int, list[float]] = {}
    for one in segment:
        for seed, value, alive in zip(one.seeds, one.values, one.alive, strict=True):
            if alive or not living:
                known.setdefault(seed, []).append(value)
    return {seed: float(np.median(values)) for seed, values in known.items()}


def _accuracy_steps(cell: str, points: Sequence[tuple[HistoryEntry, Point]]) -> Iterator[ChangePoint]:
    """Find change points among the runs of each setup, whatever other runs lie between them."""
    series: dict[Hashable, list[tuple[HistoryEntry, Point]]] = {}
    for one in points:
        series.setdefault(one[1].series, []).append(one)
    for alike in series.values():
        means = [point.mean for _, point in alike]
        steps = segment_starts(means, [point.variance for _, point in alike])
        starts = [*_not_by_seeds([point for _, point in alike], steps), len(alike)]
        for a, b, c in zip(starts, starts[1:], starts[2:], strict=False):
            entry, point = alike[b]
            before, after = (float(np.median(means[i:j])) for i, j in ((a, b), (b, c)))
            when = entry.when.isoformat()
            versions = changed_versions(alike[b - 1][1].versions, point.versions)
            yield ChangePoint(
                cell, point.setup, "accuracy", entry.run, when, before, after, b - a, c - b, versions
            )
