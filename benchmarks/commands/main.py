"""`python -m benchmarks COMMAND`, or `cnn-benchmarks COMMAND` in any folder once the project is installed.

Exit status: 0 fine, 1 a regression or finding, 2 a wrong call or unusable runs, 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import shutil
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

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
from benchmarks.engine.backend import BackendTaken
from benchmarks.experiment.names import did_you_mean
from benchmarks.experiment.settings import check_data_dir
from benchmarks.paths import PROJECT
from benchmarks.results.parsing import RunRefused


class Command(NamedTuple):
    """What help and the command line need of a command."""

    add_arguments: Callable[[argparse.ArgumentParser], None]
    """Its docstring is the help."""
    run: Callable[[argparse.Namespace], int]
    """Returns the exit status; heavy imports belong here."""
    example: str


GROUPS: dict[str, dict[str, Command]] = {
    "look at runs": {
        "report": Command(report.add_arguments, report.run, "report 0001 --html report.html"),
        "speed": Command(speed.add_arguments, speed.run, "speed speed.json"),
        "track": Command(runs.add_track_arguments, runs.track, "track 0001 --github accuracy.json"),
    },
    "judge and keep runs": {
        "compare": Command(compare.add_arguments, compare.run, "compare pinned 0001"),
        "pin": Command(runs.add_pin_arguments, runs.pin, "pin 0001 --synthetic"),
        "sensitivity": Command(sensitivity.add_arguments, sensitivity.run, "sensitivity 0001 --drop 0.5"),
        "merge": Command(runs.add_merge_arguments, runs.merge, "merge 0001 0002 -o run.json"),
    },
    "before training": {
        "data": Command(data.add_arguments, data.run, "data --verify"),
        "params": Command(params.add_arguments, params.run, "params --arch lenet,vgg"),
        "tune": Command(tune.add_arguments, tune.run, "tune lenet mnist --vary epochs=5,10"),
        "profile": Command(profile_step.add_arguments, profile_step.run, "profile resnet20v1"),
    },
    "work on the suite": {
        "floors": Command(runs.add_floors_arguments, runs.floors, "floors 0001"),
        "results": Command(report.add_results_arguments, report.results, "results"),
        "characteristics": Command(
            data.add_characteristics_arguments, data.characteristics, "characteristics --dataset mnist"
        ),
        "simulate": Command(simulate.add_arguments, simulate.run, "simulate --quick"),
        "schema": Command(schema.add_arguments, schema.run, "schema"),
    },
}
"""The commands by name, in the order in which help lists them."""
COMMANDS = {name: command for group in GROUPS.values() for name, command in group.items()}


def main(argv: list[str] | None = None) -> int:
    """Run one command and return the exit status."""
    arguments = sys.argv[1:] if argv is None else argv
    _replace_what_the_encoding_lacks()
    parser, commands = _parsers()
    _complete(parser)
    if not arguments:
        parser.print_help(sys.stderr)
        return 2
    _refuse_unknown_command(parser, arguments)
    args, unknown = parser.parse_known_args(arguments)
    command = commands[args.command]
    if unknown:
        options = re.findall(r"--[a-z][a-z-]*", command.format_help())
        command.error(f"unknown: {' '.join(unknown)}{did_you_mean(unknown[0].partition('=')[0], options)}")
    status = 0
    try:
        check_data_dir(getattr(args, "data_dir", None))
        _find_models_and_datasets()
        status = COMMANDS[args.command].run(args)
        print(end="", flush=True)  # here, where a reader that has left is no error
    except BrokenPipeError:  # the reader of a pipe, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        print(f"{command.prog}: interrupted", file=sys.stderr)
        return 130
    except (RunRefused, ValueError, OSError, ImportError, BackendTaken) as error:
        from benchmarks.report.format import printable_lines

        message = printable_lines(_message(error))  # it may quote a hostile file
        print(f"{command.prog}: {message}", file=sys.stderr)
        return 2
    return status


def _message(error: Exception) -> str:
    """Return what an error says; one of the system's names the file first, and has no number."""
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror}"
    return str(error)


class _Parser(argparse.ArgumentParser):
    """Reports an error in one line; argparse would print the usage first, which is many lines long for some commands."""

    def error(self, message: str) -> None:  # type: ignore[override]  # it does not return
        self.exit(2, f"{self.prog}: {message} ({self.prog} --help)\n")


def _parsers() -> tuple[argparse.ArgumentParser, dict[str, argparse.ArgumentParser]]:
    """Return the parser of the whole command line, and each command's own."""
    name = "cnn-benchmarks" if Path(sys.argv[0]).name.startswith("cnn-benchmarks") else "python -m benchmarks"
    parser = _Parser(
        prog=name,
        usage=f"{name} COMMAND ...",
        description="Look at, judge and keep runs of the grid; `pytest benchmarks/` trains it.",
        epilog=_overview(name),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=_version())
    found = parser.add_subparsers(
        dest="command", metavar="COMMAND", required=True, prog=name, help=argparse.SUPPRESS
    )
    parsers: dict[str, argparse.ArgumentParser] = {}
    for word, command in COMMANDS.items():
        parsers[word] = found.add_parser(
            word, description=command.add_arguments.__doc__, epilog=f"example: {name} {command.example}"
        )
        command.add_arguments(parsers[word])
    return parser, parsers


def _overview(name: str) -> str:
    """Return the commands in groups: what each does, and an example, which is never broken."""
    width = shutil.get_terminal_size().columns - 2  # as wide as argparse writes
    lines = []
    for title, group in GROUPS.items():
        lines.append(f"{title}:")
        for word, command in group.items():
            text = f"  {word:<16}{command.add_arguments.__doc__}"
            lines += textwrap.wrap(text, width, subsequent_indent=" " * 18)
            lines.append(f"{'':<20}{name} {command.example}")
        lines.append("")
    return "\n".join([*lines, f"{name} COMMAND --help lists a command's options."])


def _version() -> str:
    """Return the project's version, as its checkout has it, and Python's."""
    import tomllib

    try:
        project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    except OSError:
        return "cnn-benchmarks, without its checkout"
    return f"cnn-benchmarks {project['version']} (Python {platform.python_version()}, {PROJECT})"


def _complete(parser: argparse.ArgumentParser) -> None:
    """Answer a shell that asks for completions, if argcomplete is installed."""
    if "_ARGCOMPLETE" in os.environ:
        try:
            import argcomplete
        except ModuleNotFoundError:
            return
        argcomplete.autocomplete(parser)


def _refuse_unknown_command(parser: argparse.ArgumentParser, arguments: list[str]) -> None:
    """Exit with status 2 if the first argument is no command."""
    if arguments and not arguments[0].startswith("-") and arguments[0] not in COMMANDS:
        known = f"expected one of {', '.join(COMMANDS)}"
        parser.error(f"{arguments[0]}: unknown command{did_you_mean(arguments[0], COMMANDS) or '; ' + known}")


def _replace_what_the_encoding_lacks() -> None:
    """Print other characters in place of those that the terminal's encoding lacks, such as ±, instead of failing."""
    from benchmarks.report.writers import signs

    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=signs.REPLACE)


def _find_models_and_datasets() -> None:
    """Let `models` and `datasets` be imported from the checkout: installed, `benchmarks` alone is.

    Raises:
        ValueError: The project was installed without its checkout.
    """
    if not (PROJECT / "pyproject.toml").exists():
        raise ValueError(f"{PROJECT} is not a checkout of the project; install one with: pip install -e .")
    if str(PROJECT) not in sys.path:
        sys.path.insert(0, str(PROJECT))
