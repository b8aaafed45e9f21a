"""Names of what can be trained: their order, and those that were typed, checked against those that exist."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence


def one(option: str, name: str, known: Sequence[str]) -> str:
    """Return a name that exists.

    Args:
        option: What messages call it, such as `--arch`.
        name: As it was typed.
        known: The names that exist.

    Raises:
        ValueError: It does not exist; the message names the nearest that does, and all of them.
    """
    if name in known:
        return name
    near = did_you_mean(name, known)
    expected = f"{near} Expected" if near else "; expected"
    raise ValueError(f"{option} {name or repr(name)}: unknown{expected} one of {', '.join(known)}")


def several(option: str, text: str, known: Sequence[str]) -> tuple[str, ...]:
    """Return names separated by commas, each once, in the order typed. Raises as `one`."""
    return tuple(dict.fromkeys(one(option, name.strip(), known) for name in text.split(",")))


def is_all(text: str) -> bool:
    """Whether `all` was typed, which stands for every name that exists."""
    return text.strip() == "all"


def chosen(option: str, text: str | None, known: Sequence[str], default: Sequence[str]) -> tuple[str, ...]:
    """Return the names typed, as `several` does; all that are known for `all`, the default ones for None."""
    if text is None:
        return tuple(default)
    if "," in text and any(is_all(name) for name in text.split(",")):
        raise ValueError(f"{option} {text}: 'all' stands for every name; leave out the others")
    return tuple(known) if is_all(text) else several(option, text, known)


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """Return `; did you mean NAME?` with the nearest name; empty where none is near."""
    close = difflib.get_close_matches(given, sorted(set(known)), n=1, cutoff=0.7)
    return f"; did you mean {close[0]}?" if close else ""


def in_order(names: Iterable[str], first: Sequence[str]) -> list[str]:
    """Return each name once: those of `first` in its order, then the others by name."""
    rank = {name: i for i, name in enumerate(first)}
    return sorted(set(names), key=lambda name: (rank.get(name, len(rank)), name))
