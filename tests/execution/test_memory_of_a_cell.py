"""Peak memory of a cell is that of the cell alone within 15%, or said to be an upper bound, also after other cells in its process."""

from pathlib import Path

import pytest

from benchmarks.execution.environment import TOLERANCE
from tests.support.small_project import copy_project, infos, run

pytestmark = [pytest.mark.end_to_end, pytest.mark.slow]
CELLS = ("vgg-mnist", "lenet-mnist", "vgg-fashion_mnist")


def peaks(project: Path, *selected: str) -> dict[str, tuple[float, bool]]:
    """Train these cells for an epoch in one process, in this order; MiB and whether they are an upper bound."""
    cases = [f"benchmarks/bench_training.py::test_training[{cell}]" for cell in selected]
    chosen = ("--arch", "vgg,lenet", "--dataset", "mnist,fashion_mnist")
    saved = project / "run.json"
    status, output = run(project, *cases, *chosen, "--set", "epochs=1", "--benchmark-json", str(saved))
    assert status == 0, output
    return {cell: (info["peak_memory_mib"], info["peak_memory_bound"]) for cell, info in infos(saved).items()}


def test_a_peak_is_the_cells_own_or_an_upper_bound(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    alone = {cell: peaks(project, cell)[cell] for cell in CELLS[:2]}
    # It shares its network with vgg-mnist, and images of the same size.
    alone["vgg-fashion_mnist"] = alone["vgg-mnist"]
    assert not any(bound for _, bound in alone.values())
    together = peaks(project, *CELLS)
    assert list(together) == list(CELLS)
    for cell, (peak, bound) in together.items():
        own = alone[cell][0]
        assert peak > (1 - TOLERANCE) * own, f"{cell}: {peak:.0f} MiB, alone {own:.0f}"
        assert bound or peak < (1 + TOLERANCE) * own, f"{cell}: {peak:.0f} MiB, alone {own:.0f}"
    first, second, _ = together.values()
    assert not first[1], "nothing was before it"
    assert second[0] < first[0], "the peak of the cell before it has been forgotten"
