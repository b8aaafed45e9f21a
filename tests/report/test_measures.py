"""The measures in every output take title, unit and format from their declarations; memory and frozen networks are said."""

import csv
import io
from typing import Any

import pytest

from benchmarks.metrics.measures import BRIER, CALIBRATION, MEASURES, ROBUSTNESS, TOP5
from benchmarks.report import build, end_of_run, origins
from benchmarks.report.findings import run_facts
from benchmarks.report.format import plain
from benchmarks.report.groups import group
from benchmarks.report.table import Section, Table
from benchmarks.report.views import costs, measures, overview, trainings
from benchmarks.report.writers import csv_rows, latex, markdown, terminal
from benchmarks.results.run import Run, from_dict
from tests.support import run_factory

GIVEN: dict[str, Any] = {
    "losses": [0.3, 0.5],
    "ece": [0.02, 0.04],
    "brier": [0.25, 0.35],
    "divergence": [None, None],
}


def run_of(*cells: dict[str, Any]) -> Run:
    return from_dict(run_factory.run(*cells), "r.json")


def cell(**changes: Any) -> dict[str, Any]:
    return run_factory.cell([0.9, 0.8], **GIVEN | changes)


def sections_of(run: Run) -> list[Section]:
    return [section for part in build.text_sections([run]) for section in part]


def written(table: Table) -> list[list[str]]:
    """Head and rows as text."""
    rows = [[plain(e, c, n=False) for e, c in zip(r.entries, table.columns, strict=True)] for r in table.rows]
    return [[column.head for column in table.columns], *rows]


def test_one_column_per_measure_that_any_cell_has() -> None:
    many = cell(dataset="cifar10", top5=[0.99, 0.97])
    (table,) = measures.tables(group([run_of(cell(), many)])[0].grid)
    assert written(table) == [
        ["cell", "cross-entropy, nats", "calibration error, points", "Brier score", "top-5 accuracy, %"],
        ["lenet on MNIST", "0.400 ±0.141", "3.00 ±1.41", "0.3000 ±0.0707", "–"],
        ["lenet on CIFAR-10", "0.400 ±0.141", "3.00 ±1.41", "0.3000 ±0.0707", "98.00 ±1.41"],
    ]
    for measure in (CALIBRATION, BRIER, TOP5):
        assert any(note.startswith(f"{measure.title}: {measure.about}") for note in table.notes)
    assert not any(ROBUSTNESS.title in note for note in table.notes)


def test_runs_saved_before_there_were_any_have_no_table() -> None:
    assert measures.tables(group([run_of(run_factory.cell())])[0].grid) == []
    assert "calibration" not in markdown.render(sections_of(run_of(run_factory.cell())))


def test_cells_saved_before_there_were_any_are_counted_beside_those_that_have_them() -> None:
    old = [run_factory.cell(architecture=name, losses=[]) for name in ("resnet20v1", "vgg")]
    (table,) = measures.tables(group([run_of(cell(), *old)])[0].grid)
    assert [row[0] for row in written(table)[1:]] == ["lenet on MNIST"]
    assert "2 cells have none: saved before there were such measures." in table.notes


def test_a_seed_without_a_figure_leaves_no_mean() -> None:
    (table,) = measures.tables(group([run_of(cell(ece=[0.02, None]))])[0].grid)
    assert written(table)[1][2] == "not finite"


def test_every_output_has_them() -> None:
    run = run_of(cell(), cell(architecture="vgg"))
    groups = group([run])
    sections = sections_of(run)
    for text in (
        terminal.render(end_of_run.section(list(run.cells.values()))), markdown.render(sections), latex.render(sections),
    ):  # fmt: skip
        for said in ("calibration error", "Brier score", "3.00", "ower is better"):
            assert said in text
    rows = list(csv.DictReader(io.StringIO(csv_rows.render(trainings.table(groups)))))
    assert {measure.name for measure in MEASURES} <= rows[0].keys()
    assert [(row["ece"], row["brier"], row["top5"]) for row in rows[:2]] == [
        ("0.02", "0.25", ""),
        ("0.04", "0.35", ""),
    ]


def test_robustness_of_different_definitions_is_told_apart() -> None:
    def corrupted(definition: str, **changes: Any) -> dict[str, Any]:
        found = [{"fog": [0.9, 0.8, 0.7], "contrast": [0.6, 0.5, 0.4]}] * 2
        return cell(robustness=[0.65, 0.65], corrupted=found, robustness_definition=definition, **changes)

    same = measures.tables(group([run_of(corrupted("1"), corrupted("1", dataset="cifar10"))])[0].grid)
    assert written(same[1]) == [
        ["cell", "fog", "contrast"], ["lenet on MNIST", "80.00", "50.00"], ["lenet on CIFAR-10", "80.00", "50.00"],
    ]  # fmt: skip
    assert written(same[0])[1][-1] == "65.00 ±0.00"
    apart = measures.tables(group([run_of(corrupted("1"), corrupted("2", dataset="cifar10"))])[0].grid)
    assert written(apart[1])[2][0] == "lenet on CIFAR-10 (robustness by definition 2)"
    assert any("do not compare" in note for note in apart[1].notes)


def test_a_second_test_set_is_shown_with_its_title() -> None:
    known = cell(
        dataset="cifar10", second_test=[0.7, 0.72], second_test_set="CIFAR-10.1 (v6), 0123456789abcdef"
    )
    run = run_of(cell(), known)
    (table,) = measures.tables(group([run])[0].grid)
    assert [row[-1] for row in written(table)] == ["second test accuracy, %", "–", "71.00 ±1.41"]
    assert any("of CIFAR-10: on CIFAR-10.1 (v6), 0123456789abcdef." in note for note in table.notes)
    rows = list(csv.DictReader(io.StringIO(csv_rows.render(trainings.table(group([run]))))))
    assert [row["second_test"] for row in rows] == ["", "", "0.7", "0.72"]
    (found,) = run_of(known).cells.values()
    assert "--measure" not in origins.command(found)


def test_the_command_that_trains_a_cell_again_measures_the_same() -> None:
    (found,) = run_of(cell(robustness=[0.5, 0.5], robustness_definition="1")).cells.values()
    assert "--measure robustness" in origins.command(found)
    assert "--measure robustness" in run_facts.command([found], 5), "else its stored seeds train again"


def test_an_upper_bound_of_memory_is_written_as_one() -> None:
    run = run_of(
        cell(peak_memory_mib=1994.0, peak_memory_bound=True), cell(dataset="cifar10", peak_memory_mib=676.0)
    )
    table = overview.everything(group([run])[0].grid, ())
    assert [row[-1] for row in written(table)] == ["Peak memory, MiB", "≤ 1,994", "676"]
    assert overview.MEMORY_NOTE in table.notes
    phases = costs.phases(list(run.cells.values()))
    assert [row[-1] for row in written(phases)[1:3]] == ["≤ 1,994", "676"]


@pytest.mark.parametrize(("since", "marked"), [([None, None], False), ([2, None], True)])
def test_a_frozen_network_is_said_and_its_time_does_not_compare(
    since: list[int | None], marked: bool
) -> None:
    history = [{"val_accuracy": [0.1] * 2 + [a], "seconds": [10.0, 10.0, 1.0]} for a in (0.9, 0.8)]
    run = run_of(
        cell(
            frozen=since,
            history=history,
            train_images=1000,
            seed_seconds=[21.0, 21.0],
            losses=[],
        )
    )
    (found,) = run.cells.values()
    text = terminal.render(end_of_run.section([found]))
    assert ("lenet-mnist seed 0: frozen since epoch 2" in text) is marked
    assert ("***" in text) is marked
    assert bool(group([run])[0].grid.time_tags(found)) is marked
    # The epoch that was passed through does not count, nor do its seconds.
    assert found.images_per_second == pytest.approx(5000 / 41 if marked else 6000 / 42)


def test_a_spread_is_explained_only_where_a_cell_has_several_seeds() -> None:
    def said(*seeds: int) -> str:
        cells = [
            run_factory.cell([0.9] * n, architecture=name, ece=[0.02] * n)
            for n, name in zip(seeds, ("lenet", "vgg"), strict=True)
        ]
        return str(measures.tables(group([run_of(*cells)])[0].grid)[0].notes[0])

    assert said(1, 1) == "One seed per cell."
    assert said(1, 2) == "Mean over seeds ± standard deviation between them."
