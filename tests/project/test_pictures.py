"""The documents' pictures show what the pages that they were taken of show."""

import pytest
from PIL import Image, ImageColor

from benchmarks.paths import BASELINES, PROJECT
from benchmarks.report.palette import styles
from benchmarks.results.run import load_run


@pytest.mark.parametrize("name", ["report.png", "report-cost.png"])
def test_every_architecture_of_a_picture_has_its_own_colour(name: str) -> None:
    cells = load_run(BASELINES / "tuned-real.json").cells.values()
    drawn = styles({cell.architecture for cell in cells if cell.dataset == "cifar10"})
    with Image.open(PROJECT / "docs" / "images" / name) as opened:
        found = {colour for _, colour in opened.convert("RGB").getcolors(256) or []}
    assert {
        one: style.light for one, style in drawn.items() if ImageColor.getrgb(style.light) not in found
    } == {}
