"""`python -m benchmarks COMMAND`, or `cnn-benchmarks COMMAND` in any folder once the project is installed.

Exit status: 0 fine, 1 a regression or finding, 2 the call is wrong or the runs cannot be used.
"""

import argparse
import sys
from collections.abc import Callable

from benchmarks.commands import (
    compare,
    data,
    params,
    profile_step,
    report,
    runs,
    schema,
    sensitivity,
    simulate,
    speed,
    tune,
)
from benchmarks.paths import PROJECT
from benchmarks.results.parsing import RunRefused

# A command is its arguments, whose docstring is its help, and what it does. Heavy imports are inside the latter.
COMMANDS: dict[str, tuple[Callable[[argparse.ArgumentParser], None], Callable[[argparse.Namespace], int]]] = {
    "compare": (compare.add_arguments, compare.run),
    "pin": (runs.add_pin_arguments, runs.pin),
    "floors": (params.add_floors_arguments, params.floors),
    "merge": (runs.add_merge_arguments, runs.merge),
    "data": (data.add_arguments, data.run),
    "params": (params.add_arguments, params.run),
    "track": (runs.add_track_arguments, runs.track),
    "characteristics": (data.add_characteristics_arguments, data.characteristics),
    "report": (report.add_arguments, report.run),
    "speed": (speed.add_arguments, speed.run),
    "profile": (profile_step.add_arguments, profile_step.run),
    "tune": (tune.add_arguments, tune.run),
    "simulate": (simulate.add_arguments, simulate.run),
    "sensitivity": (sensitivity.add_arguments, sensitivity.run),
    "schema": (schema.add_arguments, schema.run),
    "results": (report.add_results_arguments, report.results),
}


def main(argv: list[str] | None = None) -> int:
    """Run one command and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Manage data, runs and baselines."
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, (add_arguments, _) in COMMANDS.items():
        add_arguments(
            commands.add_parser(name, help=add_arguments.__doc__, description=add_arguments.__doc__)
        )
    args = parser.parse_args(argv)
    try:
        _find_models_and_datasets()
        return COMMANDS[args.command][1](args)
    except (RunRefused, ValueError, OSError) as error:
        print(f"{parser.prog} {args.command}: {error}", file=sys.stderr)
        return 2


def _find_models_and_datasets() -> None:
    """Let `models` and `datasets` be imported from the checkout: installed, `benchmarks` alone is.

    Raises:
        ValueError: The project was installed without its checkout.
    """
    if not (PROJECT / "pyproject.toml").exists():
        raise ValueError(f"{PROJECT} is not a checkout of the project; install one with: pip install -e .")
    if str(PROJECT) not in sys.path:
        sys.path.insert(0, str(PROJECT))
