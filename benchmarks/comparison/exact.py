"""What can be said without statistics: equal weights, equal answers, epochs that did not run, changed counts."""

import base64
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.comparison.setup import counts_of
from benchmarks.comparison.verdict import Identity
from benchmarks.results.differences import differences
from benchmarks.results.schema import CellResult
from benchmarks.results.seed_result import DIGITS, answers_digest

_SAME_ACCURACY = 1e-6  # pinned files round the accuracies of epochs


@dataclass(frozen=True)
class _Seed:
    """What two trainings of one seed have in common; None: not known."""

    weights: bool | None
    answers: bool
    changed_images: int | None
    epoch: int | None  # the first whose accuracy differs, from 1
    tells: bool  # whether equality says anything: dead networks guess alike, and all NaN are equal
    detailed: bool  # whether more than one figure was compared: all answers, or several epochs


def identity_of(base: CellResult, new: CellResult) -> Identity | None:
    """Say whether the seeds that both runs have gave the same bits; None where nothing tells.

    One equal accuracy may be a coincidence; equality in several seeds or epochs, or in all answers, is none.
    Dead seeds tell by their weights alone, and not where these may be NaN.
    """
    places = [(base.seeds.index(seed), new.seeds.index(seed)) for seed in base.seeds if seed in new.seeds]
    if not places:
        return None
    seeds = [_compare(base, new, i, j) for i, j in places]
    evaluated_otherwise = [s for s in seeds if s.weights and not s.answers]
    if evaluated_otherwise:
        changed = [s.changed_images for s in evaluated_otherwise]
        images = None if None in changed else sum(c or 0 for c in changed)
        return Identity("evaluation changed", len(seeds), len(evaluated_otherwise), images)
    differing = [s for s in seeds if s.weights is False or not s.answers]
    if not differing:
        telling = [s for s in seeds if s.tells]
        proven = bool(telling) and all(s.weights for s in telling)
        if not proven and len(telling) < 2 and not any(s.detailed for s in telling):
            return None
        return Identity("identical" if proven else "same accuracies", len(seeds), len(seeds))
    epochs = [s.epoch for s in differing if s.epoch is not None]
    return Identity(
        "training changed",
        len(seeds),
        len(seeds) - len(differing),
        first_differing_epoch=min(epochs, default=None),
    )


def _compare(base: CellResult, new: CellResult, i: int, j: int) -> _Seed:
    weights = _same_digest(_digest(base.weights_sha256, i), _digest(new.weights_sha256, j))
    epoch = _first_difference(base, new, i, j)
    kinds = {cell.divergence[at] for cell, at in ((base, i), (new, j)) if cell.divergence}
    finite = kinds - {None} == {"dead"}  # one side says so, and neither says otherwise
    tells = not (base.died[i] or new.died[j]) or bool(weights and finite)
    if base.correct and new.correct:
        one, two = (base64.b64decode(bits) for bits in (base.correct[i], new.correct[j]))
        changed = (int.from_bytes(one) ^ int.from_bytes(two)).bit_count()
        return _Seed(weights, changed == 0, changed, epoch, tells, detailed=True)
    answers = _same_digest(_answers(base, i), _answers(new, j))
    epochs = [len(cell.history[at].val_accuracy) if cell.history else 0 for cell, at in ((base, i), (new, j))]
    detailed = answers is not None or min(epochs) > 1
    if answers is None:
        answers = base.accuracies[i] == new.accuracies[j] and epoch is None
        # Weights that became NaN do not say that equal trainings led there.
        weights = weights if tells else None
    return _Seed(weights, answers, None, epoch, tells, detailed)


def _answers(cell: CellResult, at: int) -> str:
    if cell.correct:
        return answers_digest(cell.correct[at])
    return _digest(cell.correct_sha256, at)


def _digest(digests: Sequence[str], at: int) -> str:
    return digests[at] if digests else ""


def _same_digest(one: str, two: str) -> bool | None:
    length = min(len(one), len(two), DIGITS)
    return one[:length] == two[:length] if length >= DIGITS else None


def _first_difference(base: CellResult, new: CellResult, i: int, j: int) -> int | None:
    if not (base.history and new.history):
        return None
    pairs = zip(base.history[i].val_accuracy, new.history[j].val_accuracy, strict=False)
    for epoch, (one, two) in enumerate(pairs, 1):
        if (one is None) != (two is None) or abs((one or 0.0) - (two or 0.0)) > _SAME_ACCURACY:
            return epoch
    return None


def unfinished(cell: CellResult) -> Iterator[str]:
    """Name the seeds whose epochs or steps are not the recipe's, or whose last epoch changed nothing; NaN may end one early."""
    none = (None,) * len(cell.seeds)
    seeds = zip(cell.seeds, cell.history, cell.diverged or none, cell.divergence or none, strict=False)
    for seed, history, died, kind in seeds:
        epochs = len(history.seconds)
        if disorder := history.disorder(_batches(cell)):
            yield f"seed {seed} {disorder}"
        elif not epochs or (died is not None and kind != "dead"):
            continue  # only a loss that is not finite ends a training early
        elif cell.epochs is not None and epochs != cell.epochs:
            yield f"seed {seed} trained {epochs} epochs, its recipe has {cell.epochs}"
        elif (
            died is None
            and len(history.val_loss) > 1
            and history.val_loss[-1] is not None
            and history.val_loss[-1] == history.val_loss[-2]
        ):
            yield f"seed {seed}: the last epoch changed nothing, its loss on the test images is that of the one before"


def _batches(cell: CellResult) -> int | None:
    """Return how many batches an epoch of the cell's recipe has; None where the cell does not say."""
    size = cell.recipe_text.get("batch_size", "")
    if cell.train_images is None or not re.fullmatch("[1-9][0-9]{0,8}", size):
        return None
    return math.ceil(cell.train_images / int(size))


def changed_counts(base: CellResult, new: CellResult) -> tuple[list[str], list[str]]:
    """Return findings and notes about parameter and FLOP counts, which must be equal."""
    findings, notes = [], []
    for count in differences(counts_of(base), counts_of(new)):
        if count.before is None or count.after is None:
            notes.append(f"{count.field} is known on one side only")
        else:
            findings.append(f"{count.field} changed from {count.before:,} to {count.after:,}")
    return findings, notes
