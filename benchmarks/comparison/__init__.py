"""Whether two results differ: tests, the accuracy gate, change points and ranks.

`report`, `plugin` and `commands` import from here; no training framework is imported. `compare` judges one run
against another; its first call loads SciPy, importing this package does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.comparison.verdict import GateReport, GateSettings
    from benchmarks.results.run import Run


def compare(base: Run, new: Run, settings: GateSettings | None = None) -> GateReport:
    """Judge `new` against the baseline `base`, as `python -m benchmarks compare` does.

    Args:
        base: The run to compare with.
        new: The run to judge.
        settings: What counts as a regression; None: the defaults of `compare`.

    Returns:
        One verdict per cell, one for the grid as a whole, and the exit status.

    Raises:
        RunRefused: `base` is an exploration (`--set`), or a partial run and the settings do not allow one.
    """
    from benchmarks.comparison.gate import judge
    from benchmarks.comparison.verdict import GateSettings

    return judge(base, new, settings or GateSettings.for_run(new))
