"""The files that commands write: one for each form, each written as a whole."""

import argparse
from collections.abc import Iterable
from pathlib import Path

from benchmarks.results.parsing import RunRefused


def refuse_overwriting(args: argparse.Namespace, runs: Iterable[str | None], *options: str) -> None:
    """Refuse a file that two of these options name, or that is one of the runs: it would be overwritten.

    Args:
        args: Of the command.
        runs: The runs that it reads, as they are named; None stands for one that is not.
        options: The options that name the files that it writes.

    Raises:
        RunRefused: There is such a file.
    """
    read = {Path(run).resolve() for run in runs if run}
    named: dict[Path, str] = {}
    for option in options:
        path: Path | None = getattr(args, option)
        if path is None:
            continue
        if path.resolve() in read:
            raise RunRefused(
                f"{path}: is a run that is read, and --{option} would replace it; name another file"
            )
        if (other := named.setdefault(path.resolve(), option)) != option:
            raise RunRefused(f"{path}: named by --{other} and by --{option}; expected a file for each")


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
