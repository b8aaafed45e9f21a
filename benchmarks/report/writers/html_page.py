"""The report as one HTML file that needs nothing else: no network, no other file.

Text from runs is escaped by Jinja; should something slip through, the page's own policy lets no script run but ours (by its hash) and
nothing be fetched.
"""

import base64
import hashlib
from collections.abc import Callable

import jinja2
from markupsafe import Markup

from benchmarks.paths import TEMPLATES
from benchmarks.report.figures import palette
from benchmarks.report.format import NOTHING, brackets, text
from benchmarks.report.table import Page, Panel


def html(page: Page, svg: Callable[[Panel], str]) -> str:
    """Write the whole page.

    Args:
        page: What is on it; the same page gives the same file.
        svg: Draws a panel as SVG, all text in it escaped.

    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "svg": lambda panel: Markup(svg(panel)),  # noqa: S704  (matplotlib escapes what it writes)
        "text": text,
        "brackets": brackets,
        "NOTHING": NOTHING,
    }
    script, style = ((TEMPLATES / name).read_text(encoding="utf-8") for name in ("report.js", "report.css"))
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    return environment.get_template("report.html").render(
        script=Markup(script),  # noqa: S704  (ours, as is the style)
        style=Markup(style),  # noqa: S704
        digest=digest,
        colours=palette.COLOURS,
        page=page,
    )
