"""`--accuracy-compare REF`: the run that just ended, judged against a baseline as `python -m benchmarks compare` would."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import gate, gate_text, pinning
from benchmarks.results import RunRefused, from_dict, load, resolve


def check(reference: str, storage: Path) -> None:
    """Refuse before anything trains a reference that cannot be read. Raises RunRefused."""
    if reference != "pinned":
        load(resolve(reference, storage))


def judge(
    infos: Sequence[Mapping[str, Any]],
    suite: Mapping[str, Any],
    machine: Mapping[str, Any],
    reference: str,
    storage: Path,
    settings: gate.Settings,
) -> tuple[str, int]:
    """The judgement as text, and the exit status: 0 no regression, 1 a regression, 2 cannot be compared.

    :param infos: ``extra_info`` of the finished cells; :param suite: what the saved run holds under ``suite``.
    """
    run = {
        "machine_info": dict(machine),
        "suite": dict(suite),
        "benchmarks": [
            {"name": f"test_training[{i['architecture']}-{i['dataset']}]", "extra_info": dict(i)}
            for i in infos
        ],
    }
    try:
        new = from_dict(run, "this run")
        report = gate.judge(pinning.baseline_for(reference, new, storage), new, settings)
    except RunRefused as error:
        return f"accuracy cannot be compared: {error}", 2
    return gate_text.text(report), report.status
