"""The report as one HTML file that needs nothing else: no network, no other file.

Text from runs is escaped by Jinja; should something slip through, the page's own policy lets no script run but ours (by
its hash) and nothing be fetched.
"""

import base64
import hashlib
from pathlib import Path

import jinja2
from markupsafe import Markup

from benchmarks.paths import TEMPLATES
from benchmarks.report.build import Content, summary
from benchmarks.report.figures import palette
from benchmarks.report.figures.drawing import Panel, svg
from benchmarks.report.readings import architectures
from benchmarks.report.sheets import plain
from benchmarks.report.views import (
    against_baseline,
    confusion,
    costs,
    hard_images,
    overview,
    provenance,
    published,
    reliability,
    trend,
)


def html(content: Content, data_dir: Path | None = None) -> str:
    """The whole page. It depends on the runs, and the images at hand, alone: the same give the same file."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["svg"] = _svg
    script, style = ((TEMPLATES / name).read_text(encoding="utf-8") for name in ("report.js", "report.css"))
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    return environment.get_template("report.html").render(
        script=Markup(script),  # noqa: S704  (ours, as are the style and the figures)
        style=Markup(style),  # noqa: S704
        digest=digest,
        colours=palette.COLOURS,
        hard=hard_images.find(content.readings, data_dir),
        **_parts(content),
    )


def _svg(panel: Panel) -> Markup:
    return Markup(svg(panel))  # noqa: S704  (matplotlib escapes what it writes)


def _parts(content: Content) -> dict[str, object]:
    readings, saved = content.readings, content.saved
    comparable = published.comparable(readings)
    several = len(saved.glances) > 1
    return {
        "content": content,
        "run": saved.subject,
        "hollow": costs.HOLLOW,
        "tiles": summary(content),
        "architectures": architectures(readings),
        "datasets": list(dict.fromkeys(r.cell.dataset for r in readings)),
        "headline": overview.headline(readings),
        "everything": overview.everything(readings),
        "findings": [
            (section, [plain(f"finding-{i}-{j}", table) for j, table in enumerate(section.tables)])
            for i, section in enumerate(content.findings)
        ],
        "reliability": reliability.sheet(readings),
        "study": published.sheet(comparable) if comparable else None,
        "baseline": against_baseline.sheet(content.baseline, readings) if content.baseline else None,
        "steps": trend.step_sheet(content.steps) if several else None,
        "runs": provenance.runs(saved),
        "side_by_side": provenance.side_by_side(saved.whole) if several else None,
        "confusions": confusion.sheets(readings),
        "reproduce": provenance.cells(readings),
        "facts": provenance.facts(saved.subject),
    }
