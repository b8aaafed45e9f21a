"""The report as one HTML file that needs nothing else: no network, no other file.

Text from runs is escaped by Jinja; should something slip through, the page's own policy lets no script and no style apply but ours, by
their hashes, and nothing be fetched.
"""

import base64
import hashlib
from collections.abc import Callable, Mapping
from functools import partial
from urllib.parse import quote

import jinja2
from markupsafe import Markup, escape

from benchmarks.paths import TEMPLATES
from benchmarks.report import palette
from benchmarks.report.format import NOTHING, brackets, plain, text
from benchmarks.report.page import Choice, Download, Page
from benchmarks.report.palette import Style
from benchmarks.report.table import Chart, Entry, Step
from benchmarks.report.writers import terminal

_MARKS = {"": "", "best": "best", "good": "pass", "bad": "fail", "warn": "warn"}
_FONTS = (
    '--sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", Arial, sans-serif; '
    '--mono: ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, "DejaVu Sans Mono", monospace; --focus: var(--link);'
)
_DOT = Style("dot", "", "", palette.CIRCLE, "●")


def html(page: Page, svg: Callable[[Chart], str]) -> str:
    """Write the whole page.

    Args:
        page: What is on it; the same page gives the same file.
        svg: Draws a chart as SVG, all text in it escaped.

    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    looks = palette.styles(page.architectures)
    environment.globals |= {
        "svg": lambda chart: Markup(svg(chart)),  # noqa: S704  (the library escapes what it writes)
        "text": text, "brackets": brackets, "plain": plain, "NOTHING": NOTHING, "MARKS": _MARKS, "looks": looks,
        "shade": _shade, "digest": _digest, "data_uri": _data_uri,
        "whole_options": _whole_options, "advice": _advice, "printed": partial(terminal.render, width=110),
    }  # fmt: skip
    script, rules = ((TEMPLATES / name).read_text(encoding="utf-8") for name in ("report.js", "report.css"))
    marks = {look.key: look for look in looks.values()} | {"dot": _DOT}
    return environment.get_template("report.html").render(
        script=Markup(script),  # noqa: S704  (ours, as is the style)
        style=Markup(_style(page, looks, rules)),  # noqa: S704
        marks=list(marks.values()),
        page=page,
    )


def _style(page: Page, looks: Mapping[str, Style], rules: str) -> str:
    """Our rules, the colours of this page's architectures, and the filters that work without scripts."""
    light, dark = (palette.variables(looks, dark=theme) for theme in (False, True))
    root = (
        f":root {{ color-scheme: light; {_FONTS} {light} }}\n"
        f'@media (prefers-color-scheme: dark) {{ :root:not([data-theme="light"]) {{ color-scheme: dark; {dark} }} }}\n'
        f':root[data-theme="dark"] {{ color-scheme: dark; {dark} }}\n'
    )
    paper = f"@media print {{ :root:root:root, :root:root[data-theme] {{ color-scheme: light; {light} }} }}\n"
    colours = "".join(
        f'.a-{look.key},.chart [data-ar="{name}"]{{color:{look.colour}}}' for name, look in looks.items()
    )
    # Names hold letters, digits, dots, plus signs and underscores alone: results.seed_result.Name.
    filters = [
        *(
            _hide(f'[name="ds"][value="{key}"]:checked', f'[data-ds]:not([data-ds="{key}"])')
            for key, _ in page.datasets
        ),
        *(
            _hide(f'[name="arch"][value="{name}"]:not(:checked)', f'[data-ar="{name}"]')
            for name in page.architectures
        ),
        *(
            _hide(f"#{block.key}-{option.key}:not(:checked)", f'[data-option="{block.key}-{option.key}"]', "")
            for part in page.parts
            for block in part.blocks
            if isinstance(block, Choice)
            for option in block.options
        ),
    ]
    return root + rules + paper + colours + "".join(filters)


def _hide(when: str, what: str, weight: str = "!important") -> str:
    return f"body:has({when}) {what}{{display:none{weight}}}"


def _digest(content: str) -> str:
    return base64.b64encode(hashlib.sha256(content.encode(errors="replace")).digest()).decode("ascii")


def _data_uri(file: Download) -> Markup:
    """Escape what would end an attribute in single quotes, or the address; that is a quarter shorter than Base64."""
    content = quote(file.content.encode(errors="replace"), safe=' !"$()*+,-./:;=?@[]_{|}')
    return Markup(f"data:{file.mime};charset=utf-8,{content}")  # noqa: S704  (neither ' nor & nor < is left)


def _whole_options(text: str) -> Markup:
    """Escape a command or a sentence, and keep the line from being broken within an option."""
    words = [
        Markup('<span class="nw">{}</span>').format(word) if word.startswith("--") else escape(word)
        for word in text.split(" ")
    ]
    return Markup(" ").join(words)


def _advice(step: Step) -> Markup:
    """Escape the text of a step, its code set as code."""
    pieces = ((_whole_options(piece), code) for piece, code in step.pieces)
    return Markup("").join(
        Markup("<code>{}</code>").format(piece) if code else piece for piece, code in pieces
    )


def _shade(entry: Entry) -> str:
    """Class of an entry of a matrix: right answers and mistakes have colours of their own."""
    share = entry.heat or 0.0
    if entry.emphasis == "bad":
        return "e3" if share >= 0.25 else "e2" if share >= 0.1 else "e1" if share >= 0.03 else "h0"
    return f"h{min(4, 1 + int(4 * share))}"
