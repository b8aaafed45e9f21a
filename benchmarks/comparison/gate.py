"""The accuracy gate: is the new run worse than the baseline? docs/regression-gate.md says what is tested and
why.

`judge` is called by `python -m benchmarks compare` and by `pytest --accuracy-compare`; both get the same
judgement.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from benchmarks.comparison import significance
from benchmarks.comparison.select_test import OF_MODELS, Sample, SelectedTest, bits, select_test
from benchmarks.comparison.setup import counts_of, setup_of
from benchmarks.comparison.verdict import CellVerdict, GateReport, GateSettings, GridVerdict, Side, Verdict
from benchmarks.results.differences import differences, time_differences
from benchmarks.results.parsing import RunRefused
from benchmarks.results.run import CellResult, Run

_HAIR = 1e-9  # a drop of exactly max-drop is not larger than it, whatever binary fractions make of 0.5


def judge(base: Run, new: Run, settings: GateSettings | None = None) -> GateReport:
    """Judge every cell of both runs, and the grid as a whole.

    Raises:
        RunRefused: If the baseline is an interrupted run and the settings do not allow one.
    """
    settings = settings or GateSettings()
    if base.partial and not settings.allow_partial:
        raise RunRefused(
            f"{base.name} is a partial run and no baseline: finish it with --resume, merge its shards, "
            "or say --allow-partial"
        )
    verdicts: dict[str, CellVerdict] = {}
    pairs: dict[str, tuple[Sample, Sample]] = {}
    for cell in dict.fromkeys([*base.cells, *new.cells]):
        old, now = base.cells.get(cell), new.cells.get(cell)
        if old is not None and now is not None and not (differing := _differing(old, now)):
            pairs[cell] = Sample.of(old), Sample.of(now)
        elif old is not None and now is not None:
            verdicts[cell] = CellVerdict(
                cell, "incomparable", _side(Sample.of(old)), _side(Sample.of(now)), notes=tuple(differing)
            )
        else:
            verdicts[cell] = _one_sided(cell, old, now, narrowed=new.narrowed)
    grid = None
    if pairs:
        compared, grid = _compare(pairs, settings)
        verdicts |= compared
    ordered = tuple(verdicts[cell] for cell in dict.fromkeys([*base.cells, *new.cells]))
    return GateReport(base.name, new.name, settings, ordered, grid, tuple(_run_notes(base, new)))


def _compare(
    pairs: Mapping[str, tuple[Sample, Sample]], settings: GateSettings
) -> tuple[dict[str, CellVerdict], GridVerdict | None]:
    family = len(pairs) + (len(pairs) > 1)  # one cell alone is its own grid
    level = settings.alpha / family
    results = _with_training_noise(list(pairs.values()), level)
    p_grid = significance.stouffer([result.p_drop for result in results])
    adjusted = significance.holm([*(result.p_drop for result in results), p_grid][:family])
    gains = significance.holm([result.p_gain for result in results])
    verdicts = {
        cell: _verdict(cell, *pair, results[i], (adjusted[i], gains[i]), level, settings)
        for i, (cell, pair) in enumerate(pairs.items())
    }
    if len(pairs) < 2:
        return verdicts, None
    # k cells together are known sqrt(k) times as well as one, so a drop that counts may be that much smaller.
    limit = settings.max_drop / math.sqrt(len(pairs))
    drop = 100 * float(np.median([result.difference.drop for result in results]))
    errors = [math.sqrt(result.difference.variance) for result in results]
    return verdicts, GridVerdict(
        cells=len(pairs),
        drop_pp=drop,
        limit_pp=limit,
        p=p_grid,
        adjusted_p=adjusted[-1],
        detectable_pp=100 * significance.stouffer_detectable(errors, level),
        regressed=adjusted[-1] <= settings.alpha and drop > limit + _HAIR,
    )


def _with_training_noise(pairs: Sequence[tuple[Sample, Sample]], level: float) -> list[SelectedTest]:
    """Test every pair; one seed per side has to convince twice, as two models and beside the grid's training noise."""
    results = select_test(pairs, alpha=level, same_setup=True)
    single = [i for i, result in enumerate(results) if result.test in OF_MODELS]
    noise = significance.single(
        [results[i].difference.drop for i in single], [_draw(*pairs[i]) for i in single]
    )
    for i, difference in zip(single, noise, strict=True):
        models = results[i]
        p_drop, p_gain = (
            (max(difference.p_drop, models.p_drop), max(difference.p_gain, models.p_gain))
            if models.test == "mcnemar"
            else (difference.p_drop, difference.p_gain)
        )
        results[i] = SelectedTest(models.test, difference, p_drop, p_gain)
    return results


def _draw(base: Sample, new: Sample) -> float:
    """Variance of the drop between single seeds by the draw of test images alone."""
    both = significance.mean([*base.values, *new.values])
    return 2 * significance.binomial_variance(both, new.cell.test_images)


def _verdict(
    cell: str,
    base: Sample,
    new: Sample,
    result: SelectedTest,
    adjusted: tuple[float, float],
    level: float,
    settings: GateSettings,
) -> CellVerdict:
    difference, (lower, higher) = result.difference, adjusted
    drop, detectable = 100 * difference.drop, 100 * difference.detectable(level)
    verdict: Verdict = "unchanged"
    notes: list[str] = []
    if lower <= settings.alpha and drop > settings.max_drop + _HAIR:
        verdict = "regressed"
    elif higher <= settings.alpha and -drop > settings.max_drop + _HAIR:
        verdict = "improved"
    elif (base.seeds, base.values) == (new.seeds, new.values):
        notes.append("the same seeds gave the same accuracies")
    elif detectable > settings.max_drop:
        verdict = "underpowered"
    if lower <= settings.alpha and verdict != "regressed":
        notes.append(f"the drop is significant, and not larger than {settings.max_drop:g} points")
    test = "single" if result.test == "binomial" else result.test
    findings, more = _beside_accuracy(base, new, verdict, drop, test)
    low, high = difference.interval()
    sd = math.sqrt(difference.variance / (1 / len(base) + 1 / len(new)))
    return CellVerdict(
        cell=cell,
        verdict=verdict,
        base=_side(base),
        new=_side(new),
        test=test,
        drop_pp=drop,
        interval_pp=(100 * low, 100 * high),
        effect=difference.drop / sd,
        p=result.p_drop,
        adjusted_p=lower,
        detectable_pp=detectable,
        mcnemar_p=_mcnemar(base, new) if test == "mcnemar" else None,
        time_ratio=_time_ratio(base.cell, new.cell),
        findings=tuple(findings),
        notes=(*notes, *more),
    )


def _beside_accuracy(
    old: Sample, now: Sample, verdict: Verdict, drop: float, test: str
) -> tuple[list[str], list[str]]:
    """Return findings and notes on one cell: the drop, counts, floor, diverged seeds."""
    base, new = old.cell, now.cell
    findings = [f"accuracy dropped by {drop:.2f} points ({test})"] if verdict == "regressed" else []
    notes = []
    for count in differences(counts_of(base), counts_of(new)):
        if count.before is None or count.after is None:
            notes.append(f"{count.field} is known on one side only")
        else:
            findings.append(f"{count.field} changed from {count.before:,} to {count.after:,}")
    floor = "" if new.floor is None else f" ({now.mean:.4f}, floor {new.floor:.4f})"
    if new.verdict == "failed" and base.verdict == "failed":
        notes.append(f"its floor fails{floor}, as it did in the baseline")
    elif new.verdict == "failed":
        agree = "and so does the baseline" if verdict == "regressed" else f"the baseline says {verdict}"
        findings.append(f"its floor fails{floor}; {agree}")
    elif verdict == "regressed" and new.verdict == "passed":
        notes.append(f"the baseline fails, its floor passes{floor}")
    if new.diverged_seeds or base.diverged_seeds:
        notes.append(
            f"diverged: {new.diverged_seeds} of {len(now)} seeds; baseline: {base.diverged_seeds} of {len(old)}"
        )
    return findings, notes


def _one_sided(cell: str, old: CellResult | None, now: CellResult | None, *, narrowed: bool) -> CellVerdict:
    if old is None:
        assert now is not None
        failed = ("its floor fails; no baseline",) if now.verdict == "failed" else ()
        return CellVerdict(
            cell,
            "new",
            None,
            _side(Sample.of(now)),
            findings=failed,
            notes=("not in the baseline: nothing gated",),
        )
    if narrowed:
        return CellVerdict(cell, "missing", _side(Sample.of(old)), notes=("not asked for in this run",))
    return CellVerdict(
        cell, "missing", _side(Sample.of(old)), findings=("missing: in the baseline, not in the new run",)
    )


def _differing(old: CellResult, now: CellResult) -> list[str]:
    """Name every field of the setup that differs, the recipe's one by one."""
    found = differences(setup_of(old), setup_of(now))
    if old.fingerprint != now.fingerprint and old.recipe and now.recipe:
        recipes = differences(old.recipe_text, now.recipe_text)
        found += [replace(d, field=f"recipe.{d.field}") for d in recipes]
    return [f"{d.field}: {d.before} -> {d.after}" for d in found]


def _run_notes(base: Run, new: Run) -> list[str]:
    notes = []
    if base.name == new.name:
        notes.append("baseline and new run are the same file: this comparison cannot fail")
    if base.partial:
        notes.append("the baseline is a partial run")
    if new.partial:
        notes.append("the new run is partial: its missing cells are findings")
    both = [(base.cells[name], new.cells[name]) for name in base.cells if name in new.cells]
    versions = dict.fromkeys(
        f"{d.field} {d.before} -> {d.after}"
        for old, fresh in both
        for d in sorted(differences(base.versions_of(old), new.versions_of(fresh)), key=lambda d: d.field)
        if d.before is not None and d.after is not None
    )
    if versions:
        notes.append("versions differ: " + ", ".join(versions))
    concurrent = [run.name for run in (base, new) if any(cell.parallel for cell in run.cells.values())]
    reasons = dict.fromkeys(
        reason
        for old, fresh in both
        for reason in time_differences(base.machine_of(old), new.machine_of(fresh), concurrent)
    )
    if reasons:
        notes.append("times are not comparable: " + "; ".join(reasons))
    return notes


def _time_ratio(base: CellResult, new: CellResult) -> float | None:
    if not base.seed_seconds or not new.seed_seconds or min(base.seed_seconds) <= 0:
        return None
    return float(np.median(new.seed_seconds) / np.median(base.seed_seconds))


def _mcnemar(base: Sample, new: Sample) -> float:
    return significance.mcnemar(bits(base.cell), bits(new.cell))


def _side(sample: Sample) -> Side:
    return Side(len(sample), sample.mean, significance.standard_deviation(sample.values))
