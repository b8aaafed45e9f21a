"""`compare` on many saved runs in which nothing changed: how often it says otherwise."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from benchmarks.commands.main import main
from benchmarks.comparison.worlds import Noise, Scenario, draw
from tests.support.gate_runs import made_up
from tests.support.run_factory import save

PAIRS = 60


def statuses(scenario: Scenario, pairs: int, folder: Path) -> Counter[int]:
    """Exit statuses of `compare` on pairs of saved runs of twenty cells, drawn from one world each."""
    rng = np.random.default_rng(0)
    found: Counter[int] = Counter()
    for _ in range(pairs):
        base, new = made_up(draw(scenario, rng), scenario.n)
        files = [save(folder / name, data) for name, data in (("base.json", base), ("new.json", new))]
        found[main(["compare", *map(str, files)])] += 1
    return found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "m", "noise", "dead"),
    [(10, 1, "t3", 0.0), (10, 1, "normal", 0.2), (5, 5, "normal", 0.2), (5, 5, "normal", 0.0)],
)
def test_sixty_equal_runs_fail_in_at_most_one_of_twenty(
    n: int, m: int, noise: Noise, dead: float, tmp_path: Path
) -> None:
    found = statuses(Scenario(n, m, noise=noise, dead=dead), PAIRS, tmp_path)
    assert set(found) <= {0, 1, 2}
    assert found[1] <= PAIRS // 20


def test_a_drop_in_one_of_twenty_saved_cells_fails(tmp_path: Path) -> None:
    """The same runs with something wrong in one cell, so that the test above can fail."""
    assert statuses(Scenario(5, 5, drop=5.0), 2, tmp_path) == Counter({1: 2})
