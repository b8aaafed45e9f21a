"""What is known of a cell besides the test of its accuracy: findings that need no test, and suspicions that prove nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.comparison import exact, significance
from benchmarks.comparison.conditions import SharedConditions
from benchmarks.comparison.missed_floors import Floors
from benchmarks.comparison.sample import Sample
from benchmarks.comparison.verdict import Identity
from benchmarks.results.schema import CellResult

COLLAPSE = 0.05
"""How far below the baseline's worst seed (accuracy, 0..1) all new seeds lie in a collapse."""
COLLAPSE_OF_ONE = 0.10
"""The same where the baseline has a single seed, whose spread is not known."""
DEVIATIONS = 4
"""Where it is more: this many standard deviations of the baseline's seeds."""
A_COLLAPSE, A_MISSED_FLOOR = "a collapse", "its floor fails"
MORE_SEEDS_TELL = (A_COLLAPSE, A_MISSED_FLOOR)
"""Beginnings of the suspicions that more seeds confirm or dispel; the others stay."""
NEGLIGIBLE = 0.001
"""Share of answers that another library or processor may change though the evaluation is the same."""


@dataclass(frozen=True)
class Remarks:
    """What is said of a cell without the test.

    Findings fail the gate (status 1), suspicions are no pass (status 2), notes only inform.

    `evaluation_changed`: whether a finding says so.
    """

    findings: list[str]
    suspicions: list[str]
    notes: list[str]
    evaluation_changed: bool = False


def remarks(
    base: Sample, new: Sample, identity: Identity | None, conditions: SharedConditions, floors: Floors
) -> Remarks:
    """Look at everything that needs no test: counts, epochs, equal bits, collapses, floors (the grid's: `floors`), deaths."""
    findings, notes = exact.changed_counts(base.cell, new.cell)
    findings += exact.unfinished(new.cell)
    suspicions = []
    evaluation_changed = False
    if collapsed(base.values, new.values):
        suspicions.append(_describe_collapse(base, new))
    if new.cell.verdict == "failed" and base.cell.verdict == "failed":
        notes.append(f"{missed_floor(new.cell)}, as it did in the baseline")
    elif new.cell.verdict == "failed" and (expected := floors.expected_like(base, new)) is not None:
        notes.append(
            f"{missed_floor(new.cell)}, as about {expected:.1g} of {floors.trainings} trainings do by chance"
        )
    elif new.cell.verdict == "failed":
        kept = ", which the baseline kept" if base.cell.verdict == "passed" else ""
        suspicions.append(f"{missed_floor(new.cell)}{kept}")
    if identity is not None and identity.state == "evaluation changed":
        evaluation_changed, text = _evaluation_changed(new, identity, conditions)
        (findings if evaluation_changed else suspicions).append(text)
    elif identity is not None and identity.state == "training changed":
        since = identity.first_differing_epoch
        told = "" if since is None else f", from epoch {since} on"
        notes.append(
            f"{identity.seeds - identity.alike} of {identity.seeds} shared seeds trained differently{told}"
        )
        if conditions.same_platform and conditions.same_code:
            suspicions.append(
                "not reproducible any more: code, versions and machine are those of the baseline, as far as both are recorded"
            )
    dead, died = (len(side) - len(side.living) for side in (new, base))
    if dead or died:
        notes.append(f"diverged: {dead} of {len(new)} seeds; baseline: {died} of {len(base)}")
    return Remarks(findings, suspicions, notes, evaluation_changed)


def missed_floor(new: CellResult) -> str:
    """Say that a cell missed its floor: in how many of several seeds, and how far the lowest lies below."""
    missed = [new.values[new.seeds[i]] for i in new.seeds_below_floor]
    many = f" in {len(missed)} of {len(new.seeds)} seeds" if len(missed) > 1 else ""
    return f"{A_MISSED_FLOOR}{many} (lowest seed {min(missed):.4f}, floor {new.floor:.4f})"


def collapsed(base: Sequence[float], new: Sequence[float]) -> bool:
    """Whether every new seed's accuracy lies far below all of the baseline's, the dead at chance."""
    gap = min(base) - max(new)
    deviation = significance.standard_deviation(base)
    if deviation is None:
        return gap > COLLAPSE_OF_ONE
    return gap > max(COLLAPSE, DEVIATIONS * deviation)


def _describe_collapse(base: Sample, new: Sample) -> str:
    return (
        f"{A_COLLAPSE}: {_seeds(new, 'new')} reached {_range(new)}, {_seeds(base, 'baseline')} {_range(base)}"
    )


def _seeds(sample: Sample, whose: str) -> str:
    return f"its one {whose} seed" if len(sample) == 1 else f"its {len(sample)} {whose} seeds"


def _range(sample: Sample) -> str:
    low, high = 100 * min(sample.values), 100 * max(sample.values)
    return f"{low:.1f}" if high - low < 0.05 else f"{low:.1f} to {high:.1f}"


def _evaluation_changed(new: Sample, identity: Identity, conditions: SharedConditions) -> tuple[bool, str]:
    """Say how many answers changed, and whether that is a finding: another platform may change a few."""
    images = identity.alike * new.cell.test_images
    answers = identity.changed_images
    changed = (
        "other answers" if answers is None else f"different answers for {answers:,} of {images:,} images"
    )
    text = f"EVALUATION CHANGED: {identity.alike} of {identity.seeds} seeds have the baseline's weights and give {changed}"
    rounding = answers is not None and answers < NEGLIGIBLE * images and not conditions.same_platform
    return not rounding, text
