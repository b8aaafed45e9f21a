"""The runs of a report: read one after the other, only the newest kept whole, so that a thousand grids need little memory."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.comparison import change_points
from benchmarks.report.format import some
from benchmarks.results.parsing import RunRefused
from benchmarks.results.references import STORAGE, run_files
from benchmarks.results.run import Run, load_run

MAX_FULL_RUNS = 8
"""How many runs, the newest, are kept whole and shown."""


@dataclass(frozen=True)
class RunSummary:
    """What is kept of every run for the list of runs."""

    name: str
    when: datetime | None
    commit: str
    settings: tuple[str, ...]  # "quick, real, float32"; a run may hold cells of several
    cells: int
    partial: bool


@dataclass(frozen=True)
class RunCollection:
    """All runs in order of their time: summarized, as points of a history, and the newest ones whole."""

    summaries: tuple[RunSummary, ...]
    entries: tuple[change_points.HistoryEntry, ...]
    whole: tuple[Run, ...]
    skipped: Mapping[str, str] = field(default_factory=dict)
    """Why a run was left out, by its name."""

    @property
    def subject(self) -> Run:
        """The run whose details are shown: the newest that is not partial, else the newest."""
        return next((run for run in reversed(self.whole) if not run.partial), self.whole[-1])

    @property
    def steps(self) -> list[change_points.ChangePoint]:
        """Every change of the history, cell by cell."""
        return [step for changes in change_points.change_points(self.entries).values() for step in changes]


def read(references: Sequence[str], storage: Path, skipped: dict[str, str]) -> Iterator[Run]:
    """Read the runs that are named by file, number, or as a folder with all runs in it, one after the other.

    An unreadable run is refused where it was named; where it was found in a folder, the reason is added to `skipped`.

    Raises:
        RunRefused: A named run cannot be read, or there is no run at all.

    """
    empty = True
    for path, named in run_files(references, storage):
        try:
            run = load_run(path)
        except RunRefused as error:
            if named:
                raise
            skipped[str(path)] = str(error)
        else:
            empty = False
            yield run
    if empty:
        broken = f" that can be read: {some([*skipped.values()])}" if skipped else ""
        raise RunRefused(
            f"{', '.join(references)}: no saved run in it{broken}; save one with --benchmark-autosave"
        )


def collect(references: Sequence[str], storage: Path = STORAGE) -> RunCollection:
    """Read the runs as `read` does, and keep of the older ones what a history needs."""
    skipped: dict[str, str] = {}
    found: list[tuple[tuple[datetime, str], RunSummary, change_points.HistoryEntry | None]] = []
    whole: list[Run] = []
    for run in read(references, storage, skipped):
        entry = _entry(run, skipped)
        found.append((_age(run), _summary(run, entry), entry))
        whole = newest([*whole, run])
    found.sort(key=lambda item: item[0])
    return RunCollection(
        summaries=tuple(summary for _, summary, _ in found),
        entries=tuple(entry for _, _, entry in found if entry),
        whole=tuple(whole),
        skipped=skipped,
    )


def newest(runs: Iterable[Run]) -> list[Run]:
    """Return the runs that a report shows, in order of their time; a partial one only where there are too few others."""
    ranked = sorted(runs, key=lambda run: (not run.partial, *_age(run)))
    return sorted(ranked[-MAX_FULL_RUNS:], key=_age)


def _age(run: Run) -> tuple[datetime, str]:
    """Order runs by time, those without one first."""
    try:
        return change_points.time_of(run), run.name
    except RunRefused:
        return datetime.min.replace(tzinfo=UTC), run.name


def _entry(run: Run, skipped: dict[str, str]) -> change_points.HistoryEntry | None:
    """Return the run's points of the history; None for a run without a time."""
    try:
        return change_points.entry(run)
    except RunRefused as error:
        skipped[run.name] = f"not in the trend: {error}"
        return None


def _summary(run: Run, entry: change_points.HistoryEntry | None) -> RunSummary:
    cells = run.cells.values()
    settings = dict.fromkeys(f"{c.training}, {c.data_source}, {c.arithmetic}" for c in cells)
    return RunSummary(
        run.name, entry.when if entry else None, run.commit or "", tuple(settings), len(cells), run.partial
    )
