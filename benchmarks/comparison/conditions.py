"""The conditions under which two runs were trained: versions, machines and code; none makes them incomparable."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from benchmarks.results.differences import differences, machine_differences
from benchmarks.results.run import Run
from benchmarks.results.schema import CellResult

SIDES = "the baseline", "the new run"


@dataclass(frozen=True)
class SharedConditions:
    """What is the same on both sides of a cell.

    Attributes:
        same_platform: Equal versions of all libraries, and equal processors, devices, threads and kernels.
        same_code: Equal hashes of the training code; None: a run lacks them, or no seed is shared.
        times_differ: Why seconds of both sides do not compare; empty where they do.
    """

    same_platform: bool
    same_code: bool | None
    times_differ: tuple[str, ...] = ()

    @classmethod
    def of(cls, base: Run, new: Run, old: CellResult, now: CellResult) -> "SharedConditions":
        """Compare the conditions of one cell."""
        before, after = (dict(zip(cell.seeds, cell.code, strict=False)) for cell in (old, now))
        shared = before.keys() & after.keys()
        return cls(
            base.versions_of(old) == new.versions_of(now)
            and not machine_differences(base.machine_of(old), new.machine_of(now)),
            all(before[seed] == after[seed] for seed in shared) if shared else None,
            tuple(_times_of_cell_differ(base, new, old, now)),
        )


def run_notes(base: Run, new: Run) -> Iterator[str]:
    """Say what a reader must know about the two runs besides their cells."""
    if replace(base, name=new.name) == new:  # one file by two names, or a copy
        yield "baseline and new run are the same run: this comparison cannot fail"
    if base.partial:
        yield "the baseline is a partial run"
    if new.partial:
        yield "the new run is partial: requested cells that did not finish are findings"
    yield from condition_notes(base, new)


def other_versions(base: Run, new: Run) -> tuple[str, ...]:
    """Name the libraries whose versions differ in cells that both runs have, each as `name before -> after`."""
    found = (
        changed_versions(base.versions_of(old), new.versions_of(now)) for old, now in _shared_cells(base, new)
    )
    return tuple(dict.fromkeys(each for one in found for each in one))


def changed_versions(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """Name the libraries whose versions differ, of those that both sides name, each as `name before -> after`."""
    known = [d for d in differences(before, after) if None not in (d.before, d.after)]
    return tuple(str(d) for d in sorted(known, key=lambda d: d.field))


def condition_notes(base: Run, new: Run) -> Iterator[str]:
    """Say in which conditions besides versions the cells differ that both runs have."""
    both = _shared_cells(base, new)
    backends = dict.fromkeys(
        f"{old.backend} -> {now.backend}" for old, now in both if old.backend != now.backend
    )
    if backends:
        yield f"backends differ: {', '.join(backends)}; weights are not expected to be equal"
    if reasons := times_differ(base, new):
        yield "times are not comparable: " + "; ".join(reasons)


def times_differ(base: Run, new: Run, names: tuple[str, str] = SIDES) -> tuple[str, ...]:
    """Say why seconds do not compare in the cells that both runs have; empty where they do.

    Args:
        base: The earlier run.
        new: The later one.
        names: What the two are called.
    """
    both = _shared_cells(base, new)
    return tuple(
        dict.fromkeys(
            reason for old, now in both for reason in _times_of_cell_differ(base, new, old, now, names)
        )
    )


def _shared_cells(base: Run, new: Run) -> list[tuple[CellResult, CellResult]]:
    return [(base.cells[name], new.cells[name]) for name in base.cells if name in new.cells]


def _times_of_cell_differ(
    base: Run, new: Run, old: CellResult, now: CellResult, names: tuple[str, str] = SIDES
) -> list[str]:
    """Say why the seconds of one cell do not compare."""
    apart = [str(found) for found in machine_differences(base.machine_of(old), new.machine_of(now))]
    concurrent = [name for name, cell in zip(names, (old, now), strict=True) if cell.parallel]
    return apart + [f"{name} was timed while other cells trained concurrently" for name in concurrent]
