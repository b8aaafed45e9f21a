"""Whether the fields of a saved cell fit each other: their lengths, and what several of them say."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.results.cell_fields import PER_SEED, CellFields
from benchmarks.results.seed_result import check_bits, right_answers

_ROUNDED = 1e-6
"""Pinned histories hold six digits."""


def check_shapes(cell: CellFields) -> None:
    """Check that seeds differ, that lists hold one value per seed or none, and that answers and confusion have the shapes that they say.

    Raises:
        ValueError: One does not; the message names it.
    """
    n = len(cell.seeds)
    if n == 0 or len(set(cell.seeds)) != n:
        raise ValueError("'seeds': expected distinct integers, at least one")
    if len(cell.accuracies) != n:
        raise ValueError(f"'accuracies' holds {len(cell.accuracies)} values, expected one per seed of {n}")
    for name in PER_SEED:
        if (found := len(getattr(cell, name))) not in (0, n):
            raise ValueError(f"'{name}' holds {found} values, expected one per seed of {n}")
    # A pinned cell may keep one date for all of its seeds.
    if (found := len(cell.measured_at)) not in (0, 1, n):
        raise ValueError(f"'measured_at' holds {found} values, expected one per seed of {n}, or one for all")
    for i, bits in enumerate(cell.correct):
        check_bits(bits, cell.test_images, f"correct[{i}]")
    for i, matrix in enumerate(cell.confusion):
        if not 2 <= len(matrix) <= 256 or any(len(row) != len(matrix) for row in matrix):
            raise ValueError(f"'confusion[{i}]' is not a square table of counts")
        if len(matrix) != (classes := len(cell.confusion[0])):
            raise ValueError(f"'confusion[{i}]' has {len(matrix)} classes, 'confusion[0]' {classes}")


def check_agreement(cell: CellFields) -> None:
    """Check every seed's figures against each other.

    Raises:
        ValueError: Two fields contradict each other; the message names both.
    """
    for position, seed in enumerate(cell.seeds):
        for message in _contradictions(cell, position):
            raise ValueError(f"seed {seed}: {message}; was the file edited?")


def _contradictions(cell: CellFields, i: int) -> Iterator[str]:
    accuracy, images = cell.accuracies[i], cell.test_images
    right = None if accuracy is None else round(accuracy * images)
    if cell.confusion:
        matrix = cell.confusion[i]
        if cell.class_names and len(matrix) != len(cell.class_names):
            yield f"'confusion[{i}]' has {len(matrix)} classes, 'class_names' {len(cell.class_names)}"
        if (total := sum(map(sum, matrix))) != images:
            yield f"'confusion[{i}]' counts {total} images, 'test_images' is {images}"
        if right is not None and (trace := sum(row[k] for k, row in enumerate(matrix))) != right:
            yield f"'confusion[{i}]' has {trace} right answers, 'accuracies[{i}]' means {right}"
    if cell.correct and right is not None and (found := right_answers(cell.correct[i])) != right:
        yield f"'correct[{i}]' has {found} right answers, 'accuracies[{i}]' means {right}"
    if cell.history and cell.history[i].seconds:
        last = cell.history[i]
        if not _same(last.val_accuracy[-1], accuracy):
            yield f"'history[{i}].val_accuracy' ends with {last.val_accuracy[-1]}, 'accuracies[{i}]' is {accuracy}"
        if cell.losses and last.val_loss and not _same(last.val_loss[-1], cell.losses[i]):
            yield f"'history[{i}].val_loss' ends with {last.val_loss[-1]}, 'losses[{i}]' is {cell.losses[i]}"


def _same(a: float | None, b: float | None) -> bool:
    return a is b or (a is not None and b is not None and abs(a - b) <= _ROUNDED * max(1.0, abs(a)))
