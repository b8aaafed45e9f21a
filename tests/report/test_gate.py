"""The gate's report as text, Markdown and JSON."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from benchmarks.report import gate_text
from benchmarks.report.findings import against_baseline
from benchmarks.report.findings.against_baseline import Comparison
from benchmarks.report.findings.undecided import open_sentences, seeds_table
from benchmarks.report.format import count
from benchmarks.report.views import changes, gate
from benchmarks.report.writers import markdown, terminal
from tests.support.gate_runs import LATER, compare, compared, grid, text
from tests.support.run_factory import GRID, STEADY, cell, run


def test_the_table_is_aligned_and_fits() -> None:
    new = run(
        *(
            cell(STEADY[:4], architecture=a, dataset="fashion_mnist_and_more")
            for a in ("lenet", "squeezenet_long")
        )
    )
    lines = text(compared(new, new)).splitlines()
    table = [
        line for line in lines if re.match(r"(cell|lenet-|squeezenet_long-).* (verdict|unchanged)", line)
    ]
    assert len(table) == 3
    assert all(len(line) <= 100 for line in table)
    places = zip(table, ("verdict", "unchanged", "unchanged"), strict=True)
    assert len({line.index(word) for line, word in places}) == 1


@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize("width", [64, 80])
def test_a_narrow_terminal_has_whole_rows_and_breaks_names_before_figures(width: int, colour: bool) -> None:
    cells = [cell(STEADY, architecture=a, dataset="fashion_mnist") for a in ("lenet", "squeezenet")]
    worse = [one | {"accuracies": [a - 0.1 for a in STEADY], "seeds": LATER} for one in cells]
    section = gate_text.section(compared(run(*cells), run(*worse)))
    written = terminal.render(section, width=width, wrap=True, colour=colour)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", written).splitlines()
    assert max(len(line) for line in lines if not line.startswith("    pytest ")) <= width
    rows = [line for line in lines if re.search(r" regressed +90\.00 0\.16 80\.00 0\.16 ", line)]
    assert len(rows) == 2
    assert any("squeezenet-fashion_mnist " in row for row in rows) == (width == 80)


def test_what_is_equal_in_every_row_is_said_once() -> None:
    def table(new: dict[str, Any]) -> tuple[list[str], str]:
        found = gate.table(compared(run(*half), new).report)
        return [column.title for column in found.columns], " ".join(found.notes)

    half = [cell(architecture=a) for a in ("lenet", "vgg")]
    later = [one | {"seeds": LATER} for one in half]
    heads, notes = table(run(*later))
    assert not {"seeds", "test"} & {*heads}
    assert "mean over 5 seeds; " in notes
    few = cell(STEADY[:3], architecture="vgg", seeds=LATER[:3])
    assert (
        "mean over 5 seeds of the baseline and 3 of the new run; "
        in table(run(few | {"architecture": "lenet"}, few))[1]
    )
    heads, notes = table(run(half[0], few))
    assert {"seeds", "test"} <= {*heads}
    none = "no test was needed, as equal seeds gave the same results"
    assert f"Test: none ({none}), or all (permutation test over all trainings)." in notes
    assert f" Test: {none}." in table(run(half[0]))[1]
    said = "p adj: the chance that some cell of the grid looks as bad as this one although nothing changed; "
    assert said in notes


def test_hostile_text_stays_text() -> None:
    evil = "<script>alert(1)</script>|`x`|\x1b[31m[a](javascript:b)\n# h"
    report = compared(run(cell()), run(cell(precision=evil)))
    written = markdown.render([gate_text.section(report)])
    assert "<script" not in written
    assert "](javascript" not in written
    assert "\x1b" not in written + text(report)
    rows = [line for line in written.splitlines() if line.startswith("|")]
    assert {row.count("|") for row in rows} == {10}
    assert "\n# h" not in text(report)


def test_json_holds_the_judgement() -> None:
    new = run(cell())
    new["suite"]["expected"] = run()["suite"]["expected"]
    data = json.loads(gate.as_json(compare(run(), new)))
    assert (data["status"], data["compared"], len(data["cells"])) == (1, 1, 4)
    assert data["cells"][0]["base"]["n"] == 5
    assert data["findings"]


def test_a_report_without_a_judgement_says_that_it_is_no_pass() -> None:
    report = compared(run(cell()), run(cell(architecture="vgg")))
    assert "this is not a pass" in text(report)


def test_an_incomparable_cell_names_its_field_and_a_missing_one_is_said() -> None:
    assert "lenet on MNIST cannot be compared: precision differs." in text(
        compared(run(cell()), run(cell(precision="bf16")))
    )
    full, part = run(), run(*(cell(architecture=a, dataset=d) for a, d in GRID[:3]))
    narrowed = text(compared(full, part))
    assert "OPEN vgg on CIFAR-10: in the baseline, not requested in the new run" in narrowed
    said = "No cell is shown to be worse, but 1 cell of the baseline was not requested"
    assert narrowed.splitlines()[0].endswith(said), "no regression found is what a pass says"


def test_a_cell_whose_file_is_gone_is_not_said_to_be_unfinished() -> None:
    full, part = run(), run(*(cell(architecture=a, dataset=d) for a, d in GRID[:2]))
    part["suite"]["architectures"] = ["lenet"]
    told = text(compared(full, part))
    assert "vgg on MNIST and vgg on CIFAR-10 cannot be trained any more" in told
    assert "did not finish" not in told
    assert "Finish the run" not in told


def test_undecided_pairs_get_the_seeds_of_both_sides_and_their_command() -> None:
    """Five seeds that agree after the first epoch and differ by up to six images at the end."""
    base = (0.88, 0.92, 0.86, 0.94, 0.9)
    new = (0.884, 0.917, 0.865, 0.934, 0.9)
    epochs = [[{"val_accuracy": [0.3, a], "seconds": [1.0, 1.0]} for a in side] for side in (base, new)]
    told = text(
        compared(*(run(cell(side, history=h, epochs=2)) for side, h in zip((base, new), epochs, strict=True)))
    )
    assert re.search(r"OPEN lenet on MNIST is undecided: .* 3 more seeds on both sides decide it\.", told)
    assert told.count("--dataset mnist --arch lenet --seed 5 --seeds 3 ") == 2


def test_undecided_cells_are_one_line_with_the_seeds_that_decide_them() -> None:
    weak = text(compared(run(), run(*(cell([0.899], architecture=a, dataset=d) for a, d in GRID))))
    (line,) = [line for line in weak.splitlines() if line.startswith("OPEN")]
    assert (
        line
        == "OPEN 4 cells cannot be judged with 5 seeds against 1: if the baseline stays as it is, the new run needs at least 2 more seeds."
    )
    assert weak.startswith("Accuracy gate: No cell is shown to be worse, but 4 cells are undecided")
    wide = [0.80, 0.84, 0.88, 0.92, 0.96]
    noisy = run(*(cell(wide, architecture=a, dataset=d) for a, d in GRID))
    again = run(*(cell(wide, architecture=a, dataset=d, seeds=[5, 6, 7, 8, 9]) for a, d in GRID))
    told = text(compared(noisy, again, max_drop=2))
    (line,) = [line for line in told.splitlines() if line.startswith("OPEN")]
    assert line.startswith("OPEN 4 cells are undecided: the median cell shows drops from ")
    assert re.search(r"; a drop counts from 2 points\. [\d,]+ more seeds on both sides decide them\.$", line)
    assert "With --max-drop" in told


WIDE = [0.80, 0.84, 0.88, 0.92, 0.96]


def scattered(*resolutions: float | None) -> Comparison:
    """Undecided cells of these pinned resolutions that scatter more and more."""
    spread = [[0.88 + (a - 0.88) * (1 + i / 10) for a in WIDE] for i in range(len(resolutions))]
    base = [
        cell(values, architecture=f"net{i}", resolution=pinned)
        for i, (values, pinned) in enumerate(zip(spread, resolutions, strict=True))
    ]
    return compared(
        run(*base),
        run(*(cell(values, architecture=f"net{i}", seeds=LATER) for i, values in enumerate(spread))),
    )


def advised(found: Comparison) -> list[str]:
    """The advice to gate at a larger drop."""
    steps = against_baseline.answer(found).steps
    return [step.text.split(". ")[1] for step in steps if "--max-drop" in step.text]


def test_a_larger_drop_is_advised_for_cells_that_have_no_pinned_resolution() -> None:
    assert advised(scattered(None, 0.5, None))[0].endswith("judge 1 of 2 cells without a pinned resolution.")
    assert not advised(scattered(0.5, 0.5, 0.5))


def test_where_all_seeds_of_the_open_cells_died_neither_seeds_nor_a_larger_drop_are_advised() -> None:
    dead = cell([0.1] * 5, architecture="vgg", diverged=[1] * 5)
    found = compared(run(cell(WIDE), dead), run(cell(WIDE), dead))
    assert [v.verdict for v in found.report.cells] == ["unchanged", "undecided"]
    (step,) = against_baseline.answer(found).steps
    assert step.text == "No number of seeds decides vgg on MNIST: every seed died on both sides."
    assert not step.command


@pytest.mark.parametrize("cells", [1, 2, 3, 4, 5])
def test_the_advised_drop_is_rounded_up_so_that_it_judges_the_cells_it_counts(cells: int) -> None:
    found = scattered(*[None] * cells)
    (told,) = advised(found)
    drop = float(told.split()[2].removesuffix(","))
    seen = dict(seeds_table(found.base, found.new, found.report))[10]
    judged = sum(one is not None and one <= drop for one in seen)
    assert judged
    assert told.endswith(f"judge {judged} of {count(cells, 'cell')}.")


def test_cells_that_show_no_drop_count_in_the_median() -> None:
    found = compared(grid(WIDE), grid(WIDE, seeds=LATER))
    sees = (2.0, None, None, None)
    cells = tuple(
        replace(v, verdict="undecided", detectable_pp=s, to_test=None, to_see=None)
        for v, s in zip(found.report.cells, sees, strict=True)
    )
    (told,) = open_sentences(replace(found.report, cells=cells))
    assert (
        ": the median cell shows no drop at all, the best (lenet on MNIST) drops from 2 points up; " in told
    )


@pytest.mark.parametrize(
    ("sees", "said"), [(1.003, "1.1 points"), (1.1, "1.1 points"), (2.06, "2.1 points"), (14.01, "15 points")]
)
def test_the_drop_that_an_undecided_cell_sees_is_above_the_drop_that_counts(sees: float, said: str) -> None:
    found = compared(grid(WIDE), grid(WIDE, seeds=LATER)).report
    cell = replace(found.cells[0], verdict="undecided", detectable_pp=sees, to_test=None, to_see=None)
    (told,) = open_sentences(replace(found, cells=(cell,)))
    assert f": drops from {said} up would be seen; a drop counts from 1 point." in told


def test_one_seed_and_one_field_are_no_plural() -> None:
    said = open_sentences(compare(run(cell([0.9])), run(cell([0.9], seeds=[1]))))
    assert said[0].startswith("lenet on MNIST cannot be judged with 1 seed against 1: ")
    assert open_sentences(compare(run(cell()), run(cell(precision="x"))))[0].endswith(": precision differs.")


def test_everything_that_fails_is_in_the_same_colour_on_a_terminal() -> None:
    worse = run(*(cell([accuracy - 0.2 for accuracy in STEADY], architecture=a, dataset=d) for a, d in GRID))
    found = terminal.render(gate_text.section(compared(run(), worse)), width=160, colour=True)
    fails = [line for line in found.splitlines() if "FAILS" in line]
    assert len(fails) >= len(GRID)
    assert {line.partition("FAILS")[0] for line in fails} == {"\x1b[31m"}
    assert "\x1b[31mlenet on MNIST" not in found


def test_a_missing_cell_is_set_off_as_what_it_does_to_the_gate() -> None:
    part, asked = (run(*(cell(architecture=a, dataset=d) for a, d in GRID[:1])) for _ in range(2))
    asked["suite"]["expected"] = [f"{a}-{d}" for a, d in GRID]
    for new, mark in ((part, "warn"), (asked, "bad")):
        rows = gate.table(compared(run(), new).report).rows
        marks = [row.entries[1].emphasis for row in rows if row.entries[1].value == "missing"]
        assert marks == [mark] * (len(GRID) - 1)


def test_cells_that_were_not_requested_are_counted_not_listed() -> None:
    new = run(cell())
    accepted = compared(run(), new, allow_missing=("unselected",))
    note = "3 cells of the baseline were not requested in this run: lenet-cifar10, vgg-mnist and vgg-cifar10"
    for told in (text(accepted), markdown.render([gate_text.section(accepted)])):
        lines = [line.removeprefix("- ") for line in told.splitlines() if "not requested" in line]
        assert lines == [note, "no regression found: 3 not requested, 1 unchanged (status 0)"]
        assert "missing" not in told
    verdicts = [row.entries[0].value for row in changes.forest(accepted).rows]
    assert verdicts == ["unchanged", *["not requested"] * 3]
    assert len(json.loads(gate.as_json(accepted.report))["cells"]) == 4
    (line,) = [line for line in text(compared(run(), new)).splitlines() if line.startswith("OPEN")]
    assert line.endswith(
        "in the baseline, not requested in the new run; --allow-missing unselected accepts that."
    )


def test_the_seeds_that_decide_name_the_cells_that_they_decide() -> None:
    (step,) = against_baseline.answer(compared(run(), run(cell([0.899])))).steps
    assert "compare again: 2 of lenet on MNIST (about 4 s in sequence):" in step.text
    pair = [cell([0.899], architecture=a) for a in ("lenet", "vgg")]
    (step,) = against_baseline.answer(
        compared(run(*(cell(architecture=a) for a in ("lenet", "vgg"))), run(*pair))
    ).steps
    assert "2 each of lenet on MNIST and vgg on MNIST" in step.text


def test_suspects_say_why_once_and_which_seeds_settle_them() -> None:
    low = text(compared(run(), run(*(cell([0.3], architecture=a, dataset=d, floor=0.2) for a, d in GRID))))
    (line,) = [line for line in low.splitlines() if line.startswith("OPEN")]
    assert "and vgg on CIFAR-10: " in line
    assert "3 more new seeds settle it" in line


def test_the_red_cell_comes_first_then_how_sure_then_the_command() -> None:
    base = run(*(cell(architecture=a, dataset=d) for a, d in GRID))
    fallen = [a - 0.1 for a in STEADY]
    new = run(
        *(
            cell(fallen if (a, d) == GRID[0] else STEADY, architecture=a, dataset=d, seeds=[5, 6, 7, 8, 9])
            for a, d in GRID
        )
    )
    lines = text(compared(base, new)).splitlines()
    assert lines[0].startswith("Accuracy gate: lenet on MNIST lost 10.0 points")
    assert lines[1].startswith("FAILS lenet-mnist: accuracy dropped by 10.00 points")
    starts = [
        next(i for i, line in enumerate(lines) if line.startswith(word))
        for word in ("FAILS", "How sure:", "Next:", "cell ")
    ]
    assert starts == sorted(starts)
    step = lines.index(next(line for line in lines if line.startswith("Next:")))
    assert lines[step + 1] == (
        "    pytest benchmarks/ --protocol quick --data real --dataset mnist --arch lenet --seed 10 --seeds 5 --benchmark-autosave"
    )


def test_a_small_chance_of_a_false_alarm_is_not_rounded_to_none() -> None:
    fallen = cell([0.5, 0.51] * 5, seeds=[*range(20, 30)])
    found = compared(run(cell(STEADY * 2)), run(fallen), alpha=0.001)
    assert "in the grid is 0.1% at most." in against_baseline.answer(found).sure[0]


def test_open_cells_of_two_kinds_agree_with_their_verbs() -> None:
    found = compared(grid(STEADY), grid([a - 0.002 for a in STEADY], seeds=LATER))
    first, *others = found.report.cells
    cells = (replace(first, verdict="suspect"), *(replace(one, verdict="undecided") for one in others))
    report = replace(found.report, cells=cells)
    headline = against_baseline.answer(replace(found, report=report)).headline
    assert "1 cell is suspect and 3 are undecided" in headline


def test_the_facts_of_a_comparison_say_what_was_trained() -> None:
    facts = against_baseline.answer(compared(grid(STEADY), grid(STEADY))).facts
    assert {"Regressed", "Protocol", "Images per data set", "Seeds", "Training time", "Data"} <= {
        f.name for f in facts
    }


def test_where_nothing_can_be_compared_another_run_is_advised() -> None:
    found = against_baseline.answer(compared(grid(STEADY), grid(STEADY, protocol="tuned", test_images=500)))
    assert found.headline == "Nothing could be compared"
    assert found.steps[0].text.startswith("Compare with a run of the same recipe and images")


def test_what_is_open_is_in_one_colour_on_a_terminal_and_nothing_else_is() -> None:
    new = run(cell(), cell(dataset="svhn", precision="x"), commit_info={"id": "def456"})
    shown = compared(run(*(cell(dataset=d) for d in ("mnist", "cifar10", "svhn"))), new)
    lines = terminal.render(gate_text.section(shown), width=160, colour=True).splitlines()
    starts = {
        word: [line.partition(word)[0] for line in lines if word in line] for word in ("OPEN ", "Code: ")
    }
    assert starts == {"OPEN ": ["\x1b[33m"] * 2, "Code: ": [""]}
