"""What must be equal for two accuracies of a cell to mean the same, and which exact counts are compared besides."""

from collections.abc import Mapping
from dataclasses import replace

from benchmarks.results.differences import FieldDifference, differences
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


def differences_from(
    cell: CellResult, known: Mapping[str, object], recipe: Mapping[str, str]
) -> list[FieldDifference]:
    """List what differs between a cell's setup and another one, the recipe's fields one by one.

    Args:
        cell: The cell.
        known: The other setup, as `setup_of` returns it, or as much of it as is known before the training.
        recipe: The other recipe as text; empty where it is not known.
    """
    own = setup_of(cell)
    found = differences({name: own[name] for name in known}, known)
    if cell.recipe and recipe:
        recipes = differences(cell.recipe_text, recipe)
        found += [replace(d, field=f"recipe.{d.field}") for d in recipes]
    return found


def setup_differences(
    old: CellResult, now: CellResult, *, across_backends: bool = False
) -> list[FieldDifference]:
    """List every field of the setup that differs, the recipe's one by one; empty if accuracies are comparable."""
    known = setup_of(now, across_backends=across_backends)
    return differences_from(old, known, now.recipe_text if old.fingerprint != now.fingerprint else {})


def describe(difference: FieldDifference) -> str:
    """Say in which field of the setup two cells differ, and what accepts that."""
    hint = " (compare --across-backends judges that change)" if difference.field == "backend" else ""
    return f"{difference.field}: {difference.before} -> {difference.after}{hint}"


def counts_of(cell: CellResult) -> dict[str, int | None]:
    """Return parameter and FLOP counts by name; None where a count is not known."""
    return {name: getattr(cell, name) for name in COUNTS}
