"""The tables at the end of a run, on terminals and in logs."""

import io
import re
from collections.abc import Sequence
from typing import Any

import pytest

from benchmarks.experiment import published
from benchmarks.report import end_of_run, palette
from benchmarks.report.table import Column, Section, Table
from benchmarks.report.table import row as table_row
from benchmarks.report.writers import terminal
from benchmarks.results.schema import CellResult
from tests.support import run_factory

PHASES = ("import", "data", "build", "trace", "steps", "evaluation")


def info(
    architecture: str = "lenet",
    dataset: str = "mnist",
    accuracies: Sequence[float | None] = (0.8765,),
    **changes: Any,
) -> CellResult:
    """A cell with figures as wide as they get."""
    total, trainable, fixed = published.PARAMETERS[architecture, dataset]
    n = len(accuracies)
    given: dict[str, Any] = {
        "architecture": architecture, "dataset": dataset, "data_source": "synthetic", "floor": 0.1, "train_images": 295_000_000,
        "divergence": [None] * n, "params_total": total, "params_trainable": trainable,
        "params_non_trainable": fixed, "seed_seconds": [17550.25] * n,
        "history": [{"val_accuracy": [a], "seconds": [17550.25]} for a in accuracies],
        "phase_seconds": dict.fromkeys(PHASES, 12345.67), "peak_memory_mib": 12345.0,
    }  # fmt: skip
    return CellResult.from_json(run_factory.cell(accuracies, **(given | changes)), "test")


GRID = [
    info(a, d, [0.5 + i / 100]) for d in published.DATASETS for i, a in enumerate(published.ARCHITECTURES)
]
"""Twenty cells, data set by data set; SqueezeNet is the best of each."""
WORST = [info(a, d, [0.1, 0.5, 0.9], floor=0.8) for d in published.DATASETS for a in published.ARCHITECTURES]
"""Every entry as wide as it gets."""


def printed(
    cells: Sequence[CellResult], width: int = 80, notes: Sequence[str] = (), *, timed: bool = False
) -> list[str]:
    file = io.StringIO()
    terminal.write(file, end_of_run.section(cells, notes, phases=timed), width=width, n=False)
    return file.getvalue().splitlines()


def row(lines: Sequence[str], architecture: str, table: int = 0) -> str:
    """The line of an architecture in the table that comes at this place."""
    return [line for line in lines if line.startswith(f"{architecture} ")][table]


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("cells", [[info()], GRID, WORST], ids=["one", "grid", "worst"])
def test_lines_fit_the_terminal_and_nothing_is_cut(cells: list[CellResult], width: int) -> None:
    lines = printed(cells, width, timed=True)
    assert max(map(len, lines)) <= min(width, 100)
    text = "\n".join(lines)
    assert "…" not in text
    assert "\x1b" not in text
    for cell in cells:  # figures and names of architectures are never broken up
        assert f"{cell.accuracy:.4f}" in text
        assert f"{cell.params_total:,}" in text
        assert f"{cell.train_seconds / len(cell.seeds):,.0f}" in text
        assert cell.architecture in text
    assert text.count("±") == len(cells) + 1  # and in the title
    assert text.count("16.8k/s") == len(cells)


@pytest.mark.parametrize("cells", [GRID, WORST], ids=["grid", "worst"])
def test_a_whole_grid_takes_one_line_per_architecture(cells: list[CellResult]) -> None:
    lines = printed(cells)
    lines = lines[: next(i for i, line in enumerate(lines) if line.startswith("protocol "))]
    for architecture in published.ARCHITECTURES:
        own = [line for line in lines if line.startswith(f"{architecture} ")]
        assert len(own) == 3
        figures = re.findall(r"\d\.\d{4} ±", own[0])
        assert [len(figures), len(re.findall(r"\d,\d{3}(?! ?\))", own[1]))] == [4, 4]


def test_columns_are_aligned() -> None:
    lines = printed(GRID)
    ends = {
        tuple(found.end() for found in re.finditer(r"±\S+", row(lines, a))) for a in published.ARCHITECTURES
    }
    assert len(ends) == 1
    assert len(ends.pop()) == 4


def test_marks_of_the_first_are_those_of_the_ranking() -> None:
    """The ranking's words stand below: who is first, and who is not told apart from it."""
    legend = "^ best on its data set, or not told apart from the best"
    ahead = info("lenet", accuracies=[0.92, 0.93, 0.94])
    for rival, marked, said in (
        ([0.77, 0.78, 0.79], ["lenet"], "1 ● lenet 93.00, 2 ■ vgg 78.00."),
        ([0.91, 0.93, 0.94], ["lenet", "vgg"], "1= ● lenet 93.00, 1= ■ vgg 92.67."),
    ):
        lines = printed([ahead, info("vgg", accuracies=rival)])
        assert [name for name in ("lenet", "vgg") if "^" in row(lines, name)] == marked
        assert legend in lines
        assert f"MNIST (synthetic): {said}" in lines
    assert not any("^" in line for line in printed([info()]))


def test_a_missed_floor_is_low_and_named() -> None:
    lines = printed([info(), info("vgg", floor=0.99)])
    assert "LOW" in row(lines, "vgg")
    assert "LOW" not in row(lines, "lenet")
    assert "below their floor (LOW): vgg-mnist" in lines
    assert "all cells reached their floors" in printed([info()])


def test_a_cell_that_cannot_have_a_floor_is_named() -> None:
    lines = printed([info(), info("vgg", floor=None)])
    said = "no floor, as a pinned seed learned nothing: vgg-mnist; all other cells reached their floors"
    assert said in " ".join(lines)


def test_what_the_images_are_is_named_under_each_data_set() -> None:
    copies = info(dataset="svhn", data_source="real", data_verified=False)
    lines = printed([info(), info(dataset="cifar10", data_source="real"), copies])
    heads = [line for line in lines if "(synthetic)" in line]
    assert len(heads) == 3
    assert all("(real)" in line and "(accepted copies)" in line for line in heads)


def test_divergence_is_reported_with_its_seed_and_epoch() -> None:
    ended = info(
        accuracies=[0.1, None, 0.9], seeds=[4, 5, 6],
        divergence=["dead", "nan", None], diverged=[2, 1, None],
    )  # fmt: skip
    lines = printed([ended, info("vgg")])
    assert "(2 diverged, the other 0.9000) LOW" in row(lines, "lenet")
    assert "lenet-mnist seed 4: dead network since epoch 2" in lines
    assert "lenet-mnist seed 5: loss not finite since epoch 1" in lines
    assert not any("seed 6" in line for line in lines)
    assert "^" in row(lines, "vgg")


def test_cells_that_did_not_run_are_dashes() -> None:
    lines = printed([info("lenet", "mnist"), info("vgg", "cifar10")])
    assert row(lines, "lenet").split()[-1] == "–"
    assert row(lines, "vgg").split()[1] == "–"


def test_notes_and_settings_are_below_the_tables() -> None:
    two = info(accuracies=[0.9, 0.8], seed_seconds=[1.0, 2.0], train_images=2000)
    lines = printed([two], notes=["mnist: [a] note"])
    assert lines[-1] == "mnist: [a] note"
    assert "protocol quick, float32; 2 seeds; 3 epochs; training + test images 2,000 + 1,000" in lines
    assert row(lines, "lenet", 2).split()[1] == "1.50"


def test_one_runs_interval_is_that_of_its_images() -> None:
    # Wilson's interval of 0.8765 of 1,000: 0.8546 to 0.8955.
    assert "0.8765 ±0.0204" in row(printed([info()]), "lenet")


def test_several_seeds_interval_is_that_of_their_mean() -> None:
    # t of 2 degrees of freedom 4.303, standard deviation 0.01: 4.303 * 0.01 / sqrt(3).
    assert "0.9000 ±0.0248" in row(printed([info(accuracies=[0.89, 0.9, 0.91])]), "lenet")


def test_the_time_report_sums_its_phases() -> None:
    cells = [
        info(phase_seconds=dict.fromkeys(PHASES, 1.25)),
        info("vgg", phase_seconds=dict.fromkeys(PHASES, 2.0)),
    ]
    lines = printed(cells, timed=True)
    assert row(lines, "lenet-mnist").split() == ["lenet-mnist", *["1.25"] * 6, "12,345"]
    assert row(lines, "all").split() == ["all", *["3.25"] * 6, "–"]


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("file", "setting", "coloured"),
    [
        (Screen, {}, True),
        (Screen, {"NO_COLOR": "1"}, False),
        (Screen, {"TERM": "dumb"}, False),
        (io.StringIO, {}, False),
        (io.StringIO, {"FORCE_COLOR": "1"}, True),
    ],
)
def test_terminals_have_colours_and_only_they_break_sentences(
    file: type[io.StringIO], setting: dict[str, str], coloured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in setting.items():
        monkeypatch.setenv(name, value)
    shown = file()
    terminal.show(Section("Title", ["word " * 50]), file=shown)
    assert ("\x1b[" in shown.getvalue()) == coloured
    assert (shown.getvalue().count("\n") > 2) == (file is Screen)


@pytest.mark.parametrize(("ground", "shade"), [("", "between"), ("0;15", "light"), ("15;0", "dark")])
def test_marks_suit_the_ground_that_the_terminal_names(
    ground: str, shade: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLORFGBG", ground)
    look = palette.style("vgg")
    text = terminal.render(
        Section("", tables=[Table("t", "T", [Column("n")], [table_row("vgg", architecture="vgg")])]),
        colour=True,
    )
    rgb = ";".join(str(int(getattr(look, shade)[i : i + 2], 16)) for i in (1, 3, 5))
    assert f"\x1b[38;2;{rgb}m{look.sign} " in text


def test_text_from_a_run_is_neither_markup_nor_control() -> None:
    hostile = "[red]x[/red] :smile: \x1b[31m\nnext"
    table = Table("key", hostile, [Column(hostile)], [table_row(hostile)], [hostile])
    text = terminal.render(Section(hostile, [hostile], [table]))
    assert text.count("[red]x[/red] :smile: ?[31m?next") == 6


def test_a_terminal_of_ascii_alone_gets_its_tables() -> None:
    file = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    terminal.write(file, end_of_run.section([info()], ["mnist: /home/renée"]), width=80)
    file.seek(0)
    text = file.read()
    assert "0.8765 ~0.0204 (n=1)" in text
    assert "mnist: /home/ren?e" in text


def test_architectures_have_their_marks_in_the_ranking_where_the_terminal_has_them() -> None:
    cells = [info(), info("vgg", accuracies=[0.5])]
    for encoding, said in (
        ("utf-8", "1 ● lenet 87.65, 2 ■ vgg 50.00"),
        ("ascii", "1 lenet 87.65, 2 vgg 50.00"),
    ):
        file = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        terminal.write(file, end_of_run.section(cells), width=80)
        file.seek(0)
        assert said in file.read()


def test_no_sign_has_two_meanings() -> None:
    """Of the first on a data set, and of times that do not compare."""
    kinds = [
        info("lenet", parallel=True),
        info("vgg", parallel=True),
        info("squeezenet", frozen=[1], history=[]),
    ]
    legend = [line for line in printed(kinds) if line.startswith(("^ best on ", "Times marked ", "*** "))]
    signs = re.findall(r"(?<!\S)([*^]+) ", " ".join(legend))
    assert signs == ["^", "*", "**", "***"]


def test_short_names_leave_figures_whole_on_a_narrow_terminal() -> None:
    columns = [Column(""), *map(Column, ("accuracy", "parameters", "what"))]
    wide = table_row("vgg", "0.8765 ±0.0204 (1 diverged)", "1,234,567", "a sentence of several words")
    text = terminal.render(Section("", tables=[Table("t", "T", columns, [wide])]), width=33)
    assert "parameters" in text
    assert re.search(r"vgg +0\.8765 +1,234,567 ", text)


def test_only_what_holds_of_some_cell_is_said_of_floors() -> None:
    none = info("vgg", floor=None)
    died: dict[str, Any] = {"diverged": [1], "divergence": ["dead"], "deaths_allowed": 1}
    assert "no floor, as a pinned seed learned nothing: vgg-mnist" in printed([none])
    assert "all seeds died, as in the pinned run: lenet-mnist" in printed([info(accuracies=[0.1], **died)])
    (said,) = [
        line
        for line in printed([info(accuracies=[0.1], **died), info("vgg", floor=0.99)], 120)
        if "LOW)" in line
    ]
    assert said == "below their floor (LOW): vgg-mnist; all seeds died, as in the pinned run: lenet-mnist"
