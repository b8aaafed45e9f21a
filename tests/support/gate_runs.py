"""Made-up saved runs, judged as `compare` judges them."""

from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks.comparison.confirmation import confirm
from benchmarks.comparison.gate import judge
from benchmarks.comparison.sample import Sample
from benchmarks.comparison.verdict import CellVerdict, GateReport, GateSettings
from benchmarks.comparison.worlds import MadeUpGrid
from benchmarks.report import gate_text
from benchmarks.report.findings.against_baseline import Comparison
from benchmarks.report.writers import terminal
from benchmarks.results.run import from_dict
from tests.support.run_factory import GRID, cell, run

LATER = [5, 6, 7, 8, 9]
"""Seeds that the baselines do not have."""


def compare(base: dict[str, Any], new: dict[str, Any], **settings: Any) -> GateReport:
    """Judge one saved run against another."""
    return compared(base, new, **settings).report


def compared(base: dict[str, Any], new: dict[str, Any], **settings: Any) -> Comparison:
    """Judge one saved run against another, and keep both beside the judgement."""
    old, now = from_dict(base, "base.json"), from_dict(new, "new.json")
    return Comparison(old, now, judge(old, now, GateSettings.for_run(now, **settings)))


def text(found: Comparison) -> str:
    """Write a comparison as `compare` prints it."""
    return terminal.render(gate_text.section(found))


def only(base: dict[str, Any], new: dict[str, Any], **settings: Any) -> CellVerdict:
    """Judge a run of one cell, given as `extra_info`."""
    (verdict,) = compare(run(base), run(new), **settings).cells
    return verdict


def sample(accuracies: Iterable[float | None], **changes: Any) -> Sample:
    """Return a cell with these accuracies as the tests take it."""
    plain = [None if a is None else float(a) for a in accuracies]
    (found,) = from_dict(run(cell(plain, **changes)), "run.json").cells.values()
    return Sample.of(found)


def made_up(made: MadeUpGrid, n: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """The two sides of a made-up comparison as saved runs; its first n seeds are the baseline's."""
    sides = []
    for first, side in ((0, slice(n)), (100, slice(n, None))):
        cells = [
            cell(
                values[side].tolist(),
                architecture=f"a{i:02}",
                test_images=made.images,
                seeds=[*range(first, first + len(values[side]))],
                diverged=[None if lived else 1 for lived in alive[side]],
            )
            for i, (values, alive) in enumerate(zip(made.values, made.alive, strict=True))
        ]
        sides.append(run(*cells))
    return sides[0], sides[1]


def grid(accuracies: Sequence[float], **changes: Any) -> dict[str, Any]:
    """Make a saved run of four cells with these accuracies."""
    return run(*(cell(accuracies, architecture=a, dataset=d, **changes) for a, d in GRID))


def one_fell(to: float | None) -> dict[str, Any]:
    """Make a saved run of one new seed per cell; that of the second cell fell."""
    first = grid((0.9,), seeds=[7])
    first["benchmarks"][1]["extra_info"]["accuracies"] = [to]
    return first


def more(*accuracies: float | None, **changes: Any) -> dict[str, Any]:
    """Make a saved run of further seeds of the second cell."""
    seeds = [20 + i for i in range(len(accuracies))]
    return run(cell(accuracies, **{"dataset": "cifar10", "seeds": seeds} | changes))


def confirmed(first: dict[str, Any], further: dict[str, Any], **settings: Any) -> GateReport:
    """Judge a saved run against the grid of four, and what is open once more with further seeds."""
    base, one, two = (
        from_dict(d, f"{n}.json") for d, n in ((run(), "base"), (first, "first"), (further, "more"))
    )
    return confirm(base, one, two, GateSettings.for_run(one, **settings))
