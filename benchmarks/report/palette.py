"""Colours and marks: the page's tokens, and what belongs to an architecture by its name, in every picture, page and terminal.

Every colour has a contrast of at least 4.5:1 on its ground, light and dark; marks tell architectures apart without colour. The first five
were chosen for the largest distance under simulated protanopia, deuteranopia and tritanopia (Machado 2009), the others added to them so.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

TOKENS: Mapping[str, tuple[str, str]] = {  # light, dark
    "ground": ("#fbfbf9", "#101418"),
    "card": ("#ffffff", "#171c21"),
    "sunk": ("#f1f2ee", "#1f262c"),
    "ink": ("#16202a", "#e7ebee"),
    "muted": ("#545f6a", "#a6b0b9"),
    "rule": ("#dcdfd8", "#303941"),
    "axis": ("#7b858e", "#7f8b95"),
    "link": ("#0b57a4", "#82baf5"),
    "pass": ("#17663f", "#62cf9a"),
    "fail": ("#b0211a", "#ff8f86"),
    "warn": ("#835400", "#e9b45c"),
}


@dataclass(frozen=True)
class Style:
    """How an architecture looks.

    Attributes:
        key: Its part of CSS classes and variables.
        light: Colour on the light ground.
        dark: Colour on the dark ground.
        path: Its mark as an SVG path in a box from -1 to 1.
        sign: Its mark as text.
    """

    key: str
    light: str
    dark: str
    path: str
    sign: str

    @property
    def colour(self) -> str:
        """The colour of the page's theme, as CSS."""
        return f"var(--a-{self.key})"

    @property
    def mark(self) -> str:
        """Its mark in charts, which `literal` or the page replaces by a path."""
        return f"var(--m-{self.key})"

    @property
    def between(self) -> str:
        """Colour on a ground that is not known: the mixture of both with the same contrast on black and on white, 4.5:1."""
        ends = [[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in (self.light, self.dark)]
        mixtures = (
            [round(a + (b - a) * share / 64) for a, b in zip(*ends, strict=True)] for share in range(65)
        )
        best = min(mixtures, key=lambda mixture: abs(luminance(mixture) - _MIDDLE))
        return "#" + "".join(f"{part:02x}" for part in best)


_MIDDLE = 0.179
"""The luminance that is as far from black as from white: (1 + 0.05) / (x + 0.05) = (x + 0.05) / 0.05."""


def luminance(colour: Sequence[int]) -> float:
    """Relative luminance of red, green and blue, 0 to 255 each, as WCAG 2.2 has it."""
    parts = [part / 255 for part in colour]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


CIRCLE = "M0-1A1 1 0 1 1 0 1A1 1 0 1 1 0-1Z"
"""The path of a disc of radius 1."""
REGISTRY = {
    "lenet": ("#2370b0", "#0d9bf1", CIRCLE, "●"),
    "vgg": ("#783b09", "#f6785b", "M-.88-.88H.88V.88H-.88Z", "■"),
    "resnet20v1": ("#116639", "#2ee6b0", "M0-.97L1.06.93H-1.06Z", "▲"),
    "resnet20v2": ("#8e005b", "#dfb4f1", "M0 .97L1.06-.93H-1.06Z", "▼"),
    "squeezenet": ("#796f14", "#e4b62f", "M0-1.15L1.1 0L0 1.15L-1.1 0Z", "◆"),
    "alexnet": (
        "#7700ee", "#bb77aa",
        "M0-1.2L.3-.4L1.14-.37L.48.15L.71.97L0 .5L-.71.97L-.48.15L-1.14-.37L-.3-.4Z", "★",
    ),
    "mobilenetv2": ("#000066", "#bbffff", "M-.38-1H.38V-.38H1V.38H.38V1H-.38V.38H-1V-.38H-.38Z", "✚"),
    "cifarnet": ("#0033aa", "#ddff99", "M-.95-.45L-.45-.95L0-.5L.45-.95L.95-.45L.5 0L.95.45L.45.95L0 .5L-.45.95L-.95.45L-.5 0Z", "✖"),
    "cct": ("#442200", "#ffee00", "M-.55-.95H.55L1.1 0L.55.95H-.55L-1.1 0Z", "⬢"),
    "linear": ("#330044", "#ff4477", "M-1.15-.45H1.15V.45H-1.15Z", "▬"),
}  # fmt: skip
"""Colour on light and on dark ground, path and sign of the architectures with a look of their own."""
_NEW_COLOURS = (
    ("#5b5bc2", "#a3a3ff"),
    ("#a8324e", "#ff8fa6"),
    ("#3f7620", "#9ccf75"),
    ("#5a6672", "#aab5bf"),
)
_NEW_MARKS = (
    ("M0-1.05L1-.32L.62.85H-.62L-1-.32Z", "⬟"), ("M-.97 0L.93-1.06V1.06Z", "◀"), ("M.97 0L-.93-1.06V1.06Z", "▶"),
)  # fmt: skip


_NEW = [Style("", *colour, *mark) for colour in _NEW_COLOURS for mark in _NEW_MARKS]


def style(architecture: str) -> Style:
    """Return an architecture's colour and mark; an unknown name gets both from its SHA-256."""
    if architecture in REGISTRY:
        return Style(architecture, *REGISTRY[architecture])
    digest = hashlib.sha256(architecture.encode()).digest()
    colour, mark = digest[0] % len(_NEW_COLOURS), digest[1] % len(_NEW_MARKS)
    return replace(_NEW[colour * len(_NEW_MARKS) + mark], key=f"new-{digest[:8].hex()}")


def styles(architectures: Iterable[str]) -> dict[str, Style]:
    """Return how those of one page or picture look: of new names that look alike, the first keeps its look; the others get free ones."""
    found = {name: style(name) for name in architectures}
    new = {name: replace(found[name], key="") for name in sorted(found.keys() - REGISTRY.keys())}
    first = {look: name for name, look in reversed(new.items())}
    free = iter([look for look in _NEW if look not in first])
    for name in sorted(new.keys() - first.values()):
        found[name] = replace(next(free, new[name]), key=found[name].key)
    return found


SIGNS = frozenset(sign for *_, sign in (*REGISTRY.values(), *_NEW_MARKS))
"""All marks as text."""


def variables(architectures: Mapping[str, Style], *, dark: bool) -> str:
    """Write the tokens and the colours of these architectures as CSS custom properties."""
    pairs = {name: pair[dark] for name, pair in TOKENS.items()}
    pairs |= {f"a-{one.key}": (one.light, one.dark)[dark] for one in architectures.values()}
    return " ".join(f"--{name}: {colour};" for name, colour in pairs.items())


def literal(spec: Any, architectures: Mapping[str, Style]) -> Any:
    """Replace the page's CSS variables in a chart by the light colours, and marks by their paths, for forms that know no CSS."""
    values = {name: light for name, (light, _) in TOKENS.items()}
    values |= {f"a-{one.key}": one.light for one in architectures.values()}
    values |= {f"m-{one.key}": one.path for one in architectures.values()}
    return _replaced(spec, values)


def _replaced(spec: Any, values: Mapping[str, str]) -> Any:
    if isinstance(spec, dict):
        return {key: _replaced(value, values) for key, value in spec.items()}
    if isinstance(spec, list):
        return [_replaced(value, values) for value in spec]
    if isinstance(spec, str):
        return re.sub(r"var\(--([a-z0-9-]+)\)", lambda found: values.get(found[1], found[0]), spec)
    return spec
