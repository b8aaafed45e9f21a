"""Small pictures inside table rows: intervals, single seeds and marks on one scale. A page draws them; forms of text leave them out."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

Kind = Literal[
    "interval",
    "seed",
    "mark",
    "hollow",
    "circle",
    "diamond",
    "dot",
    "square",
    "up",
    "down",
    "stroke",
    "dead",
    "zero",
    "limit",
    "left",
    "right",
]
"""`mark` is the architecture's own; `left` and `right` point to what lies beyond the scale."""

_WIDE, _GAP = 6.5, 6.0
"""Pixels of a character on a scale, and the least between two numbers."""


@dataclass(frozen=True)
class Item:
    """One thing on a strip, from `x` to `to` in pixels."""

    kind: Kind
    x: float
    to: float = 0.0


@dataclass(frozen=True)
class Strip:
    """A small picture; `title` says in words what it shows, in parts that ` · ` separates."""

    width: int
    height: int
    items: Sequence[Item]
    title: str
    architecture: str = ""
    colour: Literal["", "fail", "mute"] = ""


@dataclass(frozen=True)
class Tick:
    """A number on a scale, at `x` pixels."""

    x: float
    text: str


@dataclass(frozen=True)
class Axis:
    """The numbers on a scale, and how wide it is in pixels."""

    width: int
    ticks: Sequence[Tick]


@dataclass(frozen=True)
class Scale:
    """Maps values to pixels, with a margin of `edge` pixels on both sides."""

    low: float
    high: float
    width: int
    edge: float

    @classmethod
    def around(cls, values: Iterable[float], width: int, edge: float = 10.0) -> "Scale":
        """Cover all these values."""
        known = list(values)
        low, high = min(known), max(known)
        margin = 0.02 * ((high - low) or abs(high) or 1.0)
        return cls(low - margin, high + margin, width, edge)

    def at(self, value: float) -> float:
        """Return a value's place, kept on the scale."""
        share = (value - self.low) / (self.high - self.low)
        return round(self.edge + min(max(share, 0.0), 1.0) * (self.width - 2 * self.edge), 1)

    def interval(self, low: float, high: float) -> list[Item]:
        """Draw an interval; an end beyond the scale becomes an arrow."""
        found = [Item("interval", self.at(low), self.at(high))]
        found += [Item("left", self.at(low))] if low < self.low else []
        found += [Item("right", self.at(high))] if high > self.high else []
        return found

    def axis(self, unit: str = "", most: int = 4, factor: float = 1.0, *, signed: bool = False) -> Axis:
        """Choose round numbers, the last with the unit; `factor` turns values into what is written.

        Args:
            unit: Written behind the last number.
            most: No more numbers than this.
            factor: 100 for shares that are written in percent.
            signed: Whether numbers above zero get a plus sign.

        """
        low, high = self.low * factor, self.high * factor
        step = _round_step((high - low) / most)
        found = _multiples(step, low, high)
        if len(found) < 2:  # finer ones, rather than none, as long as they stay few
            step = next(s for s in _finer_steps(step) if len(_multiples(s, low, high)) > 1)
            found = _multiples(step, low, high)
            found = [found[0], found[-1]] if len(found) > most + 1 else found
        digits = max(0, -math.floor(math.log10(step) + 1e-9))
        texts = [
            f"{value:{'+' if signed and abs(value) > 1e-9 else ''}.{digits}f}".replace("-", "−")
            for value in found
        ]
        texts[-1] += unit
        ticks = [Tick(self.at(value / factor), text) for value, text in zip(found, texts, strict=True)]
        return Axis(self.width, _apart(ticks))


def _apart(ticks: Sequence[Tick]) -> Sequence[Tick]:
    """Leave out numbers in the middle, then the first, where neighbours would touch."""
    for kept in (ticks, [ticks[0], ticks[-1]]):
        if all(b.x - a.x >= _WIDE * (len(a.text) + len(b.text)) / 2 + _GAP for a, b in pairwise(kept)):
            return kept
    return [ticks[-1]]


def _multiples(step: float, low: float, high: float) -> list[float]:
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [i * step for i in range(first, last + 1)]


def _finer_steps(step: float) -> Iterator[float]:
    """Return ever smaller round steps."""
    while True:
        step = _round_step(step / 2.6)
        yield step


def _round_step(least: float) -> float:
    """Return the smallest of 1, 2, 5 times a power of ten that is not below `least`."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least * (1 - 1e-9))
