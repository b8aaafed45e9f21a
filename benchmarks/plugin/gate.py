"""The run that just ended against others: `--accuracy-compare REF`, as `python -m benchmarks compare` would judge it, and whether
pytest-benchmark's `--benchmark-compare` compares times that compare at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.comparison import gate
from benchmarks.report.views import gate as gate_view
from benchmarks.report.writers import terminal
from benchmarks.results import baselines
from benchmarks.results.parsing import RunRefused
from benchmarks.results.run import from_dict, load, resolve, timing_facts


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
        report = gate.judge(baselines.baseline_for(reference, new, storage), new, settings)
    except RunRefused as error:
        return f"accuracy cannot be compared: {error}", 2
    return terminal.render(gate_view.section(report)), report.status


def flag_times(
    compared: Sequence[Mapping[str, Any]], infos: Sequence[Mapping[str, Any]], machine: Mapping[str, Any]
) -> list[str]:
    """A line for each run that `--benchmark-compare` took whose times do not compare with those of this one.

    :param compared: pytest-benchmark's JSON of each; :param infos: ``extra_info`` of this run's cells.
    """
    lines = []
    now = timing_facts(machine)
    here = ["this run"] if any(info.get("parallel") for info in infos) else []
    for data in compared:
        name = f"the run of {str(data.get('datetime'))[:19]}"
        cells = [entry.get("extra_info", {}) for entry in data["benchmarks"]]
        beside = ([name] if any(cell.get("parallel") for cell in cells) else []) + here
        if reasons := gate.time_differences(timing_facts(data["machine_info"]), now, beside):
            lines.append(f"--benchmark-compare: times are not comparable with {name}: {'; '.join(reasons)}")
    return lines
