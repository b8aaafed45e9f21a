"""Merging the seeds of one cell from several runs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations
from typing import Any

from msgspec import structs

from benchmarks.experiment.protocols import PROTOCOLS
from benchmarks.results.baselines import PinnedGroup
from benchmarks.results.cell_fields import MOST_SEEDS, PER_SEED
from benchmarks.results.differences import differences
from benchmarks.results.facts import joined
from benchmarks.results.parsing import RunRefused, quoted
from benchmarks.results.run import Run
from benchmarks.results.schema import CellResult
from benchmarks.results.standard import Standard, standard

SAME = (
    "protocol", "data_source", "precision", "backend", "data_fingerprint", "train_fingerprint", "test_fingerprint", "fingerprint", "epochs",
    "train_images", "test_images",
    "params_total", "params_trainable", "params_non_trainable", "flops_per_image", "class_names", "set_fields", "robustness_definition",
    "second_test_set",
)  # fmt: skip
"""Fields that must be equal for seeds to belong to one cell; so must those of the recipe."""
UNKNOWN = (None, "", ())
"""Values of fields that a run does not know; they are not compared."""
CONDITIONS = ("backend_version", "device", "matmul_precision")
"""Fields whose values are joined where they differ."""
WHERE_KNOWN = (
    "recipe", "train_fingerprint", "test_fingerprint", "class_names", "epochs", "train_images", "flops_per_image", "study_accuracy",
    "data_origin", "data_verified",
)  # fmt: skip
"""Fields that some runs leave empty; the first that is filled counts."""
DEFINITIONS = {"robustness": "robustness_definition", "second_test": "second_test_set"}
"""Measures, and the fields that say what they are of: a cell without the figures has no use for them."""
EVENTS = ("diverged", "divergence", "frozen")
"""Fields in which null says that nothing happened: a run without them does not hide what happened to other runs' seeds."""
OUTCOME = ("weights_sha256", "accuracies", "losses", "diverged", "correct", "correct_sha256", "confusion")
"""Outcomes that must be equal where a seed was trained twice, as far as both runs hold them."""


def merge_cell(parts: Sequence[tuple[Run, CellResult]]) -> CellResult:
    """Merge the seeds of one cell, in the order of their numbers; each keeps its machine, versions, commit and day.

    A seed that several runs hold is kept once where its bits are the same.

    Args:
        parts: The cell in each run, at least one.

    Raises:
        RunRefused: The runs trained different things, the same seed has different outcomes, no floor can be chosen, or there are
            too many seeds.

    """
    if len(parts) == 1:
        run, cell = parts[0]
        return run.with_conditions(cell)
    for pair in combinations(parts, 2):  # all of them: the first may not know what sets others apart
        _check_same(*pair)
    complete = [_dated(run.with_conditions(cell)) for run, cell in parts]
    if not all(cell.correct for cell in complete):  # digests are all that each may have of its answers
        complete = [structs.replace(cell, correct_sha256=cell.answer_digests) for cell in complete]
    places = _places([run.name for run, _ in parts], complete)

    def gather(name: str) -> tuple[Any, ...]:
        columns = [getattr(cell, name) for cell in complete]
        if name in EVENTS and any(columns):
            columns = [
                column or (None,) * len(cell.seeds) for column, cell in zip(columns, complete, strict=True)
            ]
        if any(len(column) != len(cell.seeds) for column, cell in zip(columns, complete, strict=True)):
            return ()
        return tuple(columns[source][at] for source, at in places.values())

    def known(name: str) -> Any:
        values = [getattr(cell, name) for cell in complete]
        return next((value for value in values if value not in (*UNKNOWN, {})), values[0])

    last, held_to = complete[-1], _standard(complete)
    return structs.replace(
        last,
        seeds=tuple(places),
        accuracies=gather("accuracies"),
        **{name: gather(name) for name in (*PER_SEED, "measured_at")},
        **{name: _joined([getattr(cell, name) for cell in complete]) for name in CONDITIONS},
        **{name: known(name) for name in WHERE_KNOWN},
        **{of: known(of) if gather(measure) else None for measure, of in DEFINITIONS.items()},
        **_costs(complete),
        floor=_floor([(run.name, cell) for run, cell in parts], held_to),
        deaths_allowed=_deaths_allowed(complete, held_to, len(places)),
        # None of the parts' demands is loosened.
        resolution=min((cell.resolution for cell in complete if cell.resolution is not None), default=None),
    )


def _places(names: Sequence[str], parts: Sequence[CellResult]) -> dict[int, tuple[int, int]]:
    """Return where each seed is kept, in the order of the seeds: the index of its part, and its own index there."""
    found: dict[int, list[tuple[int, int]]] = {}
    for source, part in enumerate(parts):
        for at, seed in enumerate(part.seeds):
            found.setdefault(seed, []).append((source, at))
    if len(found) > MOST_SEEDS:
        raise RunRefused(
            f"{parts[0].id}: {len(found):,} seeds; expected at most {MOST_SEEDS:,}, leave runs out"
        )
    for seed, held in found.items():
        for twice in combinations(held, 2):
            _check_outcome(seed, [(names[source], parts[source], at) for source, at in twice])
    return {seed: found[seed][0] for seed in sorted(found)}


def _floor(parts: Sequence[tuple[str, CellResult]], held_to: Standard | None) -> float | None:
    """Return the floor that all parts were held to; where they differ, the one that the cell has now.

    A floor is no condition of a training but a rule for judging it, so seeds that were judged by several are judged again by today's.

    Raises:
        RunRefused: The parts differ, and this version does not know their protocol.
    """
    cell = parts[0][1]
    if len({part.floor for _, part in parts}) == 1:
        return cell.floor
    if held_to:
        return held_to.floor
    floors = ", ".join(f"{'none' if part.floor is None else part.floor} in {name}" for name, part in parts)
    raise RunRefused(
        f"{cell.id}: the runs have several floors ({floors}), and protocol {quoted(cell.protocol)} is not known, so none can be chosen;"
        " leave runs out until one floor is left"
    )


def _deaths_allowed(parts: Sequence[CellResult], held_to: Standard | None, seeds: int) -> int:
    """Return how many of the merged seeds may die: by the cell's pinned death rate, if each part was held to it.

    Others, such as a baseline that was pinned before a death was known, allow together what each of them allowed.
    """
    if held_to and all(part.deaths_allowed == held_to.deaths_allowed(len(part.seeds)) for part in parts):
        return held_to.deaths_allowed(seeds)
    return sum(part.deaths_allowed for part in parts)


def _standard(parts: Sequence[CellResult]) -> Standard | None:
    """Return what the cell is held to now; None if this version does not know its protocol."""
    cell = next((part for part in parts if part.class_names), parts[0])
    if cell.protocol not in PROTOCOLS:
        return None
    return standard(PinnedGroup.of(cell), cell.id, cell.classes)


def _dated(cell: CellResult) -> CellResult:
    """Return the cell with a date for each of its seeds; a pinned cell may keep one for all."""
    if len(cell.measured_at) == len(cell.seeds):
        return cell
    return structs.replace(cell, measured_at=(max(cell.measured_at, default=""),) * len(cell.seeds))


def _check_same(one: tuple[Run, CellResult], other: tuple[Run, CellResult]) -> None:
    (run, cell), (other_run, other_cell) = one, other
    apart = [
        f"{found.field} ({quoted(found.before)}, {quoted(found.after)})"
        for found in differences(_decisive(cell), _decisive(other_cell))
        if found.before not in UNKNOWN and found.after not in UNKNOWN
    ]
    if apart:
        raise RunRefused(
            f"{cell.id}: not seeds of one cell; {run.name} and {other_run.name} differ in {', '.join(apart)}"
        )


def _decisive(cell: CellResult) -> dict[str, object]:
    """Return what decides a cell's outcome, by field."""
    recipe = {f"recipe.{field}": value for field, value in cell.recipe_text.items()}
    return {name: getattr(cell, name) for name in SAME} | recipe


def _check_outcome(seed: int, twice: Sequence[tuple[str, CellResult, int]]) -> None:
    (name, one, i), (other_name, other, j) = twice
    for field in OUTCOME:
        a, b = getattr(one, field), getattr(other, field)
        if a and b and not _same(a[i], b[j]):
            raise RunRefused(
                f"{one.id}: seed {seed} is in {name} and in {other_name}, but they are not the same training: {field} "
                f"{str(a[i])[:16]} and {str(b[j])[:16]}; leave one of the runs out"
            )


def _same(a: object, b: object) -> bool:
    """Whether two values are equal; of a digest, a pinned file keeps the first digits."""
    if isinstance(a, str) and isinstance(b, str):
        return a.startswith(b) or b.startswith(a)
    return a == b


def _joined(values: Sequence[str | None]) -> str | None:
    return joined(value for value in values if value is not None) or None


def _costs(cells: Sequence[CellResult]) -> dict[str, Any]:
    """Return the fields of seconds, over all runs, and of memory, of the run with the first seed: machines differ by a hundred MiB."""
    measured = [cell for cell in cells if cell.peak_memory_mib is not None]
    first = min(measured, key=lambda cell: (min(cell.seeds), -(cell.peak_memory_mib or 0.0)), default=None)
    return {
        "eval_seconds": _total([cell.eval_seconds for cell in cells]),
        "setup_seconds": _total([cell.setup_seconds for cell in cells]),
        "phase_seconds": _phases(cells),
        "peak_memory_mib": None if first is None else first.peak_memory_mib,
        "peak_memory_bound": None if first is None else first.peak_memory_bound,
        "parallel": any(cell.parallel for cell in cells),
    }


def _total(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return math.fsum(known) if len(known) == len(values) else None


def _phases(cells: Sequence[CellResult]) -> dict[str, float]:
    """Return the seconds of each phase over all runs."""
    if not all(cell.phase_seconds for cell in cells):
        return {}
    names = dict.fromkeys(name for cell in cells for name in cell.phase_seconds)
    return {name: math.fsum(cell.phase_seconds.get(name, 0.0) for cell in cells) for name in names}
