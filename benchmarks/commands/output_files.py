"""The files that commands write: one for each form, each written as a whole."""

import argparse
from pathlib import Path

from benchmarks.results.parsing import RunRefused


def refuse_overwriting(args: argparse.Namespace, *options: str) -> None:
    """Refuse a file that two of these options name, or that is a saved run: it would be overwritten.

    Args:
        args: Of the command.
        options: The options that name the files that it writes.

    Raises:
        RunRefused: There is such a file.
    """
    named: dict[Path, str] = {}
    for option in options:
        path: Path | None = getattr(args, option)
        if path is None:
            continue
        if _is_run(path):
            raise RunRefused(f"{path}: is a saved run, and --{option} would replace it; name another file")
        if (other := named.setdefault(path.resolve(), option)) != option:
            raise RunRefused(f"{path}: named by --{other} and by --{option}; expected a file for each")


def _is_run(path: Path) -> bool:
    from benchmarks.results.run import load_run

    try:
        load_run(path)
    except RunRefused:
        return False
    return True


def write(path: Path, text: str, *, append: bool = False) -> None:
    """Write a text atomically, or append it to what is there.

    Raises:
        RunRefused: It cannot be written.
    """
    from benchmarks.results.atomic import write_named

    data = text.encode(errors="replace")
    try:
        if append:
            with path.open("ab") as file:
                file.write(data)
        else:
            write_named(path, data)
    except OSError as error:
        raise RunRefused(f"{path}: cannot be written: {error.strerror or error}") from None
