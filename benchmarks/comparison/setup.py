"""What must be equal for two accuracies of a cell to mean the same, and which exact counts are compared besides."""

from benchmarks.results.schema import CellResult

# The names are those of a saved run.
CHOSEN = ("protocol", "data_source", "precision", "backend")
"""What a run is asked for: runs that differ in it stand side by side, and none replaces another."""
SETUP = (
    *CHOSEN,
    "epochs",
    "test_images",
    "data_fingerprint",
    "fingerprint",
)
COUNTS = ("params_total", "params_trainable", "params_non_trainable", "flops_per_image")


def setup_of(cell: CellResult, *, across_backends: bool = False) -> dict[str, object]:
    """Return everything that makes two accuracies incomparable if it differs, by name.

    Args:
        cell: The cell.
        across_backends: Leave the backend out: its change is what is judged.
    """
    names = [name for name in SETUP if not (across_backends and name == "backend")]
    return {name: getattr(cell, name) for name in names} | {"protocol": cell.training}


def counts_of(cell: CellResult) -> dict[str, int | None]:
    """Return parameter and FLOP counts by name; None where a count is not known."""
    return {name: getattr(cell, name) for name in COUNTS}
