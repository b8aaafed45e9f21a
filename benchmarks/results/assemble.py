"""How the finished seeds of a cell become what is saved of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from benchmarks.experiment import published
from benchmarks.experiment.cell import Cell
from benchmarks.experiment.fingerprint import fingerprint, recipe_parts
from benchmarks.metrics.measures import FURTHER, ROBUSTNESS, ROBUSTNESS_DEFINITION, SECOND_TEST
from benchmarks.results.facts import merge_facts
from benchmarks.results.run import timing_facts
from benchmarks.results.schema import CellResult
from benchmarks.results.seed_result import SeedResult

if TYPE_CHECKING:
    from benchmarks.experiment.recipe import Recipe
    from benchmarks.experiment.settings import Settings
    from benchmarks.results.standard import Standard
    from datasets import Dataset


def assemble(
    cell: Cell,
    settings: Settings,
    recipe: Recipe,
    data: Dataset,
    seeds: Sequence[SeedResult],
    standard: Standard | None,
    code: str = "",
) -> CellResult:
    """Put the finished seeds of a cell together, and judge them by what the cell is held to, if anything.

    Costs that a process has once (build, trace, import) are the first seed's; peak memory is the largest.
    """
    first, protocol, precision = seeds[0], settings.protocol, settings.precision
    parts = recipe_parts(cell, protocol.name, recipe, data, precision, settings.changes)
    return CellResult(
        architecture=cell.architecture,
        dataset=cell.dataset,
        protocol=protocol.name,
        precision=precision,
        **_backend(seeds),
        **_images(data),
        fingerprint=fingerprint(parts),
        set_fields={change.field: change.value for change in settings.changes},
        recipe=recipe.parts(),
        epochs=recipe.epochs,
        train_images=len(data.y_train),
        test_images=len(data.y_test),
        class_names=tuple(data.class_names),
        seeds=tuple(seed.seed for seed in seeds),
        accuracies=tuple(seed.history.val_accuracy[-1] for seed in seeds),
        losses=tuple(seed.history.val_loss[-1] for seed in seeds),
        diverged=tuple(seed.diverged for seed in seeds),
        divergence=tuple(seed.divergence for seed in seeds),
        frozen=tuple(seed.frozen for seed in seeds),
        weights_sha256=tuple(seed.weights_sha256 for seed in seeds),
        **_size(first),
        history=tuple(seed.history for seed in seeds),
        **_measures(seeds, settings, data),
        correct=tuple(seed.correct for seed in seeds),
        confusion=tuple(seed.confusion for seed in seeds),
        **_costs(seeds),
        floor=None if standard is None else standard.floor,
        deaths_allowed=0 if standard is None else standard.deaths_allowed(len(seeds)),
        study_accuracy=published.ACCURACY.get((cell.architecture, cell.dataset))
        if data.source == "real"
        else None,
        code=(code,) * len(seeds) if code else (),
        measured_at=tuple(seed.measured_at for seed in seeds),
        machine=_machines(seeds),
    )


def _measures(seeds: Sequence[SeedResult], settings: Settings, data: Dataset) -> dict[str, Any]:
    """Return the fields of the further measures; those that a seed lacks are left out."""
    found: dict[str, Any] = {
        measure.key: tuple(seed.measures[measure.key] for seed in seeds)
        for measure in FURTHER
        if all(measure.key in seed.measures for seed in seeds)
    }
    if ROBUSTNESS.name in settings.measures:
        found["corrupted"] = tuple(seed.corrupted for seed in seeds)
        found["robustness_definition"] = ROBUSTNESS_DEFINITION
    if data.second_test is not None and SECOND_TEST.key in found:
        found["second_test_set"] = data.second_test.identity
    return found


def _costs(seeds: Sequence[SeedResult]) -> dict[str, Any]:
    """Return the fields of seconds and memory."""
    phases, largest = seeds[0].phase_seconds, max(seeds, key=lambda seed: seed.peak_memory_mib)
    steps = math.fsum(second for seed in seeds for second in seed.history.seconds)
    evaluation = math.fsum(seed.eval_seconds for seed in seeds)
    return {
        "seed_seconds": tuple(seed.seconds for seed in seeds),
        "eval_seconds": evaluation,
        "setup_seconds": phases["build"] + phases["trace"],
        "phase_seconds": phases | {"steps": steps, "evaluation": evaluation},
        "peak_memory_mib": largest.peak_memory_mib,
        "peak_memory_bound": largest.peak_memory_bound,
        "parallel": any(seed.parallel for seed in seeds),
    }


def _machines(seeds: Sequence[SeedResult]) -> tuple[dict[str, str], ...]:
    """Return what each seed's time depends on, with the name of its machine, where the seeds name theirs."""
    if any("node" not in seed.machine for seed in seeds):
        return ()
    return tuple({"node": str(seed.machine["node"]), **timing_facts(seed.machine)} for seed in seeds)


def _images(data: Dataset) -> dict[str, Any]:
    """Return the fields of the images."""
    return {
        "data_source": data.source,
        "data_fingerprint": data.fingerprint,
        "train_fingerprint": data.train_fingerprint,
        "test_fingerprint": data.test_fingerprint,
        "data_origin": data.origin,
        "data_verified": data.verified,
    }


def _size(seed: SeedResult) -> dict[str, Any]:
    """Return the fields of parameters and operations, which all seeds share."""
    return {
        "params_total": seed.params_trainable + seed.params_non_trainable,
        "params_trainable": seed.params_trainable,
        "params_non_trainable": seed.params_non_trainable,
        "flops_per_image": seed.flops_per_image,
    }


def _backend(seeds: Sequence[SeedResult]) -> dict[str, Any]:
    """Return the fields of what the seeds were computed with; where they differ, all values, joined."""
    facts = merge_facts([seed.machine for seed in seeds])
    backend = str(facts.get("backend", "tensorflow"))
    found = {"backend_version": backend, "device": "device", "matmul_precision": "matmul_precision"}
    texts = {field: None if (fact := facts.get(name)) is None else str(fact) for field, name in found.items()}
    return {"backend": backend, **texts}
