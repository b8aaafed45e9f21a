"""Colours and marks, for light and dark: readable on both grounds, told apart without colour by their marks.

Figures are drawn in the light colours; in HTML each becomes a CSS variable of its name, and so follows the theme.
"""

from collections.abc import Sequence

COLOURS = {  # light, dark
    "ground": ("#f6f7f9", "#12151a"),
    "card": ("#ffffff", "#1a1e24"),
    "ink": ("#1b2129", "#e6e9ed"),
    "muted": ("#55606d", "#a4aeb9"),
    "grid": ("#dfe3e8", "#333a43"),
    "accent": ("#1d5fa6", "#82bbf7"),
    "heat": ("#7fb2ea", "#235a94"),
    "good": ("#1a6e49", "#63cb9c"),
    "bad": ("#a8283b", "#ff8f9b"),
    "warn": ("#855300", "#f0b35f"),
    "series0": ("#2f6eb4", "#6fb0f3"),
    "series1": ("#b4570a", "#efa25b"),
    "series2": ("#1e7852", "#5bc698"),
    "series3": ("#8a4ea2", "#c991e1"),
    "series4": ("#b5354b", "#f27f90"),
    "series5": ("#0b7b8b", "#55c1d1"),
    "series6": ("#79592a", "#cca56b"),
    "series7": ("#5b6573", "#a2acb8"),
}
INK, MUTED, GRID, CARD, HEAT = (COLOURS[name][0] for name in ("ink", "muted", "grid", "card", "heat"))
BAD = COLOURS["bad"][0]
MARKERS = "osD^vPX*"
SERIES = [COLOURS[f"series{i}"][0] for i in range(len(MARKERS))]

Style = tuple[str, str]
"""Colour and marker."""


def styles(architectures: Sequence[str]) -> dict[str, Style]:
    """Colour and marker of each architecture; the ninth begins again with the next mark."""
    n = len(SERIES)
    return {name: (SERIES[i % n], MARKERS[(i + i // n) % n]) for i, name in enumerate(architectures)}
