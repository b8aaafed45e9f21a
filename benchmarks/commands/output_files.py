"""The files that commands write: one for each form, each written as a whole."""

import argparse
from pathlib import Path

from benchmarks.results.parsing import RunRefused


def refuse_one_for_two(args: argparse.Namespace, *options: str) -> None:
    """Refuse a file that two of these options name: the second form would overwrite the first.

    Raises:
        RunRefused: There is such a file.
    """
    named: dict[Path, str] = {}
    for option in options:
        path: Path | None = getattr(args, option)
        if path is not None and (other := named.setdefault(path.resolve(), option)) != option:
            raise RunRefused(f"{path}: named by --{other} and by --{option}; expected a file for each")


def write(path: Path, text: str, *, append: bool = False) -> None:
    """Write a text atomically, or append it to what is there.

    Raises:
        RunRefused: It cannot be written.
    """
    from benchmarks.results.atomic import write_atomically

    data = text.encode(errors="replace")
    try:
        if append:
            with path.open("ab") as file:
                file.write(data)
        else:
            write_atomically(path, data)
    except OSError as error:
        raise RunRefused(f"{path}: cannot be written: {error.strerror or error}") from None
