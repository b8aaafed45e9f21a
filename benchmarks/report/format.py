"""How values are written: the one place that turns figures into text, for tables and for sentences."""

import re
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence

from benchmarks.report.table import Column, Entry, Tag

NOTHING = "–"
INTERVALS = (
    "Accuracy: share of test images classified correctly after the last epoch, mean over n seeds. 95% intervals: "
    "Student's t over seeds or, for a single seed, Wilson's over the test images, which says nothing about "
    "other seeds."
)
WHOLE_SCALE = "±0.5 is the whole scale: nothing is known."
"""Said of accuracies as shares."""


def text(entry: Entry, column: Column) -> str:
    """Write an entry's value with its half width: `98.25 ±0.32`; empty where it has none."""
    if entry.text is not None:
        return entry.text
    if entry.value is None:
        return ""
    written = value(entry.value, column.format)
    return written if entry.half_width is None else f"{written} ±{value(entry.half_width, column.format)}"


def brackets(entry: Entry, *, n: bool = True) -> str:
    """Write what follows the value in brackets: ` (n=5, 1 diverged)`; empty where nothing does."""
    parts = [f"n={entry.n}"] if n and entry.n is not None else []
    parts += [entry.detail] if entry.detail else []
    return f" ({', '.join(parts)})" if parts else ""


def plain(entry: Entry, column: Column, *, nothing: str = NOTHING, n: bool = True) -> str:
    """Write an entry for forms of text alone: `0.9834 ±0.0012^ (n=3) LOW`.

    Args:
        entry: What is written.
        column: How it is written.
        nothing: The text of an empty entry.
        n: Whether the number of trainings is written.

    """
    if not (written := text(entry, column)):
        return nothing
    near = "".join(tag.sign for tag in entry.tags if tag.near)
    return f"{written}{near}{brackets(entry, n=n)}{words(entry.tags)}"


def words(tags: Sequence[Tag]) -> str:
    """Write tags behind a text: those without a sign in brackets."""
    written = [tag.sign or f"({tag.text})" for tag in tags if not tag.near]
    return "".join(f" {word}" for word in written)


def value(what: float | str, form: str) -> str:
    """Write one value in one of `FORMATS`, or by a format specification of Python's."""
    if isinstance(what, str):
        return what
    return FORMATS[form](what) if form in FORMATS else minus(format(what, form))


def minus(number: str) -> str:
    """Write a number's minus sign, not a hyphen; terminals that lack it get the hyphen again, by `writers.signs`."""
    return f"−{number[1:]}" if number.startswith("-") else number


def change(difference: float) -> str:
    """Write a difference in points: `+1.50`, `−1.50`."""
    return minus(f"{difference:+z.2f}")


def percent(share: float) -> str:
    """Write a share, 0..1, in percent and without its sign: `98.25`."""
    return f"{100 * share:.2f}"


def points(share: float, *, signed: bool = False) -> str:
    """Write a difference of shares in percentage points: `1.50`, `+1.50`."""
    return change(100 * share) if signed else minus(f"{100 * share:.2f}")


def measure(what: float) -> str:
    """Write a count in full, another number with four digits."""
    return f"{what:,}" if isinstance(what, int) else f"{what:.4g}"


def si(what: float) -> str:
    """Write three digits with a unit: `1.5M`, `640`, `0.24`."""
    rounded = float(f"{what:.3g}")  # first, as 999,999 is 1M
    for unit, sign in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(rounded) >= unit:
            return f"{rounded / unit:.3g}{sign}"
    return f"{rounded:.3g}"


def seconds(what: float) -> str:
    """Write seconds with three digits or more."""
    return f"{what:,.{0 if what >= 100 else 1 if what >= 10 else 2}f}"


def duration(what: float) -> str:
    """Write a duration for people: `95 s`, `12 min`, `3.5 h`."""
    if what < 100:
        return f"{what:.0f} s"
    return f"{what / 60:.0f} min" if what < 6000 else f"{what / 3600:.1f} h"


def p_value(p: float) -> str:
    """Write `p = 0.012`, `p < 0.001`."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def exact_p(p: float) -> str:
    """Write two digits, as findings do: `0.012`, `0.00033`, `4e-05`."""
    return f"{p:.2g}"


FORMATS: Mapping[str, Callable[[float], str]] = {
    "text": str,
    "command": str,
    "tag": str,
    "strip": str,
    "percent": percent,
    "points": points,
    "signed points": lambda share: points(share, signed=True),
    "measure": measure,
    "si": si,
    "seconds": seconds,
    "exact p": exact_p,
}
"""Column formats in addition to Python's own format specifications."""


def commands(words: Sequence[Sequence[str]]) -> str:
    """Write shell commands, one per line; every word is quoted."""
    return "\n".join(shlex.join(command) for command in words)


def printable(text: str) -> str:
    """Replace control characters: a run file must not control the terminal, nor start a new line."""
    return text if text.isprintable() else "".join(c if c.isprintable() else "?" for c in text)


def printable_lines(text: str) -> str:
    """Replace control characters as `printable` does, but keep the lines apart: for text of workers, processes and files.

    Colours, which Ray's errors have, are left out.
    """
    return "\n".join(map(printable, re.sub(r"\x1b\[[\d;]*m", "", text).splitlines()))


def count(n: int, noun: str) -> str:
    """Write `1 cell`, `1,200 cells`."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def count_all(n: int, noun: str) -> str:
    """Write `both cells`, `all 3 cells`; two or more."""
    return f"both {noun}s" if n == 2 else f"all {count(n, noun)}"


def span(values: Iterable[int]) -> str:
    """Write the least and the largest: `1,500 to 2,000`, or one number where they are equal."""
    known = sorted(values)
    texts = [f"{value:,}" for value in dict.fromkeys((known[0], known[-1]))] if known else ["unknown"]
    return " to ".join(texts)


def some(names: Sequence[str], most: int = 3) -> str:
    """Name a few and count the rest: `a, b, c and 4 more`."""
    if len(names) <= most + 1:
        return join_words(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"


def join_words(names: Sequence[str], word: str = "and") -> str:
    """`a, b and c`."""
    return f" {word} ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
