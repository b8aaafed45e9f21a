"""Draws the documents' pictures from a pinned run: `python -m tests.support.pictures`; it takes a Chromium and the `report` extra."""

import tempfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageColor
from playwright.sync_api import FloatRect, sync_playwright

from benchmarks.commands.main import main
from benchmarks.paths import BASELINES, PROJECT
from benchmarks.report.palette import styles
from benchmarks.results.run import load_run
from tests.support.browsers import chromium

IMAGES = PROJECT / "docs" / "images"
RUN = BASELINES / "tuned-real.json"
WIDTH = 1280
COLOURS = 256
"""Of a file's palette, which makes it less than half as large; the architectures' colours stay what they are."""


def make(folder: Path) -> None:
    """Write `report.png`, the page down to what accuracy costs, and `report-cost.png`, a figure of `--png`."""
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        page, figures, shot = scratch / "report.html", scratch / "figures", scratch / "report.png"
        if main(["report", str(RUN), "--html", str(page), "--png", str(figures)]):
            raise SystemExit(f"{RUN}: no report could be made, see above")
        with sync_playwright() as driver:
            browser = chromium(driver)
            opened = browser.new_page(viewport={"width": WIDTH, "height": 900}, color_scheme="light")
            opened.goto(page.as_uri())
            bottom = opened.evaluate("document.querySelector('#cost').getBoundingClientRect().bottom")
            area = FloatRect(x=0, y=0, width=WIDTH, height=round(bottom) + 16)
            opened.screenshot(path=shot, full_page=True, clip=area)
            browser.close()
        for source, target in (
            (shot, "report.png"),
            (figures / "cost-cifar10-copies.png", "report-cost.png"),
        ):
            _palette(source, folder / target)


def _palette(source: Path, target: Path) -> None:
    """Keep the architectures' colours, though their marks are small, and the most frequent others; Pillow's own choice merges them."""
    with Image.open(source) as opened:
        picture = opened.convert("RGB")
    named = {cell.architecture for cell in load_run(RUN).cells.values()}
    marks = np.array([ImageColor.getrgb(style.light) for style in styles(named).values()])
    colours, counts = np.unique(np.asarray(picture).reshape(-1, 3), axis=0, return_counts=True)
    marked = (colours[:, None] == marks).all(2).any(1)
    kept = Image.new("P", (1, 1))
    kept.putpalette(colours[np.lexsort((-counts, ~marked))[:COLOURS]].tobytes())
    picture.quantize(palette=kept, dither=Image.Dither.NONE).save(target, optimize=True)
    print(f"wrote {target} ({target.stat().st_size:,} bytes)")


if __name__ == "__main__":
    make(IMAGES)
