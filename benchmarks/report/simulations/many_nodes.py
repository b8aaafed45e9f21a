"""How long the tuned grid would take on many nodes: the table of docs/scaling.md."""

from collections.abc import Iterator

from benchmarks.execution.cluster_model import simulate, tuned_jobs
from benchmarks.report.table import Column, Row, SlowTable, row

NODES = (10, 100, 1_000)
JOBS = (200, 2_000, 100_000)


def table() -> SlowTable:
    """Return one row per number of jobs and of nodes."""
    columns = (
        Column("jobs", format=","), Column("nodes", format=","), Column("wall time"), Column("the longest job alone"),
        Column("workers busy", format=".0%"), Column("driver busy", format=".2%"),
        Column("checkpoints, without a limit"),
    )  # fmt: skip
    return SlowTable("The tuned grid on many nodes", columns, _rows())


def _rows() -> Iterator[Row]:
    cells = tuned_jobs()
    longest = max(job.seconds for job in cells)
    for count in JOBS:
        for nodes in NODES:
            found = simulate(cells * (count // len(cells)), nodes)
            yield row(
                count, nodes, _time(found.seconds), _time(longest), found.busy, found.driver_busy,
                f"{found.checkpoint_rate / 1e6:.1f} MB/s",
            )  # fmt: skip


def _time(seconds: float) -> str:
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 48 * 3600 else f"{seconds / 86400:.1f} days"
