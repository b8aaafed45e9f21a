"""Cells that Keras trained on different backends: incomparable, unless that change is what is judged."""

from tests.support.gate_runs import LATER, only
from tests.support.run_factory import STEADY, cell


def test_backends_are_compared_only_where_asked() -> None:
    tensorflow, jax = cell(), cell(STEADY, seeds=LATER, backend="jax")
    refused = only(tensorflow, jax)
    assert refused.verdict == "incomparable"
    assert any("backend: tensorflow -> jax (compare --across-backends" in note for note in refused.notes)
    assert only(tensorflow, jax, across_backends=True, max_drop=1.0).verdict == "unchanged"


def test_a_drop_across_backends_is_found() -> None:
    lower = cell([a - 0.05 for a in STEADY], seeds=LATER, backend="jax")
    assert only(cell(), lower, across_backends=True).verdict == "regressed"


def test_another_precision_stays_incomparable_across_backends() -> None:
    other = cell(STEADY, seeds=LATER, backend="jax", precision="mixed_bfloat16")
    assert only(cell(), other, across_backends=True).verdict == "incomparable"
