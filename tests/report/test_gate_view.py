"""The gate's report as text, Markdown and JSON."""

import json
import re

from benchmarks.comparison.verdict import GateReport
from benchmarks.report.views import gate
from benchmarks.report.writers import markdown, terminal
from tests.support.gate_runs import compare
from tests.support.run_factory import GRID, STEADY, cell, run


def text(report: GateReport) -> str:
    return terminal.render(gate.section(report))


def test_the_text_is_aligned_and_fits() -> None:
    new = run(
        *(
            cell(STEADY[:4], architecture=a, dataset="fashion_mnist_and_more")
            for a in ("lenet", "squeezenet_long")
        )
    )
    lines = text(compare(new, new)).splitlines()
    assert all(len(line) <= 100 for line in lines[:6])
    table = [line for line in lines if "unchanged (" not in line and re.search(r"verdict|unchanged", line)][
        :3
    ]
    assert (
        len(
            {
                line.index(word)
                for line, word in zip(table, ("verdict", "unchanged", "unchanged"), strict=True)
            }
        )
        == 1
    )


def test_hostile_text_stays_text() -> None:
    evil = "<script>alert(1)</script>|`x`|\x1b[31m[a](javascript:b)\n# h"
    report = compare(run(cell()), run(cell(precision=evil)))
    written = markdown.render([gate.section(report)])
    assert "<script" not in written
    assert "](javascript" not in written
    assert "\x1b" not in written + text(report)
    rows = [line for line in written.splitlines() if line.startswith("|")]
    assert {row.count("|") for row in rows} == {9}
    assert "\n# h" not in text(report)


def test_json_holds_the_judgement() -> None:
    new = run(cell())
    new["suite"]["expected"] = run()["suite"]["expected"]
    data = json.loads(gate.as_json(compare(run(), new)))
    assert (data["status"], data["compared"], len(data["cells"])) == (1, 1, 4)
    assert data["cells"][0]["base"]["n"] == 5
    assert data["findings"]


def test_a_report_without_a_judgement_says_that_it_is_no_pass() -> None:
    report = compare(run(cell()), run(cell(architecture="vgg")))
    assert "this is not a pass" in text(report)


def test_an_incomparable_cell_names_its_field_and_a_missing_one_is_said() -> None:
    assert "precision: float32 -> bf16" in text(compare(run(cell()), run(cell(precision="bf16"))))
    full, part = run(), run(*(cell(architecture=a, dataset=d) for a, d in GRID[:3]))
    assert "OPEN vgg-cifar10: in the baseline, not requested in the new run" in text(compare(full, part))


def test_open_cells_say_how_many_seeds_decide() -> None:
    told = text(compare(run(), run(*(cell([0.899], architecture=a, dataset=d) for a, d in GRID))))
    assert told.count("5 against 1 seeds cannot be judged; 2 more new seeds can be judged") == 4
    assert "NOT DECIDED" in told
    assert "3 more new seeds settle it" in text(
        compare(run(), run(*(cell([0.3], architecture=a, dataset=d) for a, d in GRID)))
    )
