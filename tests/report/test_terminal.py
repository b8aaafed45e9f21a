"""The tables at the end of a run, on terminals and in logs."""

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from benchmarks.experiment import published
from benchmarks.report.writers import terminal

PHASES = ("import", "data", "build", "trace", "steps", "evaluation")


def info(architecture: str = "lenet", dataset: str = "mnist", **changes: Any) -> dict[str, Any]:
    """`extra_info` of a cell, as far as tables look at it."""
    total, _, fixed = published.PARAMETERS[architecture, dataset]
    given: dict[str, Any] = {
        "architecture": architecture, "dataset": dataset, "protocol": "quick", "precision": "float32",
        "data_source": "synthetic", "train_images": 2000, "test_images": 1000,
        "seeds": [0], "accuracies": [0.8765], "accuracy": 0.8765, "verdict": "passed",
        "divergence": [None], "diverged": [None],
        "params_total": total, "params_non_trainable": fixed,
        "train_seconds": 17550.25, "images_per_second": 16800.0,
        "phase_seconds": dict.fromkeys(PHASES, 12345.67), "peak_memory_mib": 12345.0,
    }  # fmt: skip
    return given | changes


def seeds(*accuracies: float) -> dict[str, Any]:
    """What several trainings change of a cell."""
    n = len(accuracies)
    mean = round(sum(accuracies) / n, 9)
    gaps: dict[str, Any] = {key: [None] * n for key in ("divergence", "diverged")}
    return {"seeds": [*range(n)], "accuracies": [*accuracies], "accuracy": mean} | gaps


GRID = [
    info(a, d, accuracy=0.5 + i / 100, accuracies=[0.5 + i / 100])
    for d in published.DATASETS
    for i, a in enumerate(published.ARCHITECTURES)
]
"""Twenty cells, data set by data set; SqueezeNet is the best of each."""
WORST = [
    info(a, d, verdict="failed", **seeds(0.1, 0.5, 0.9))
    for d in published.DATASETS
    for a in published.ARCHITECTURES
]
"""Every entry as wide as it gets."""


def printed(
    infos: Sequence[Mapping[str, Any]], width: int = 80, notes: Sequence[str] = (), *, timed: bool = False
) -> list[str]:
    file = io.StringIO()
    terminal.print_run(infos, file, notes, width=width)
    if timed:
        terminal.time_report(infos, file, width=width)
    return file.getvalue().splitlines()


def row(lines: Sequence[str], architecture: str, table: int = 0) -> str:
    """The line of an architecture in the table that comes at this place."""
    return [line for line in lines if line.startswith(f"{architecture} ")][table]


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("infos", [[info()], GRID, WORST], ids=["one", "grid", "worst"])
def test_lines_fit_the_terminal_and_nothing_is_cut(infos: list[dict[str, Any]], width: int) -> None:
    lines = printed(infos, width, timed=True)
    assert max(map(len, lines)) <= min(width, 80)
    text = "\n".join(lines)
    assert "…" not in text
    assert "\x1b" not in text
    for cell in infos:  # figures and names of architectures are never broken up
        assert f"{cell['accuracy']:.4f}" in text
        assert f"{cell['params_total']:,}" in text
        assert f"{cell['train_seconds'] / len(cell['seeds']):.0f}" in text
        assert cell["architecture"] in text
    assert text.count("±") == len(infos) + 1  # and in the title


@pytest.mark.parametrize("infos", [GRID, WORST], ids=["grid", "worst"])
def test_a_whole_grid_takes_one_line_an_architecture(infos: list[dict[str, Any]]) -> None:
    lines = printed(infos)
    for architecture in published.ARCHITECTURES:
        own = [line for line in lines if line.startswith(f"{architecture} ")]
        assert len(own) == 3
        assert [len(re.findall(r"\d\.\d{4}", own[0])), len(re.findall(r"\d,\d{3}(?! ?\))", own[1]))] == [4, 4]


def test_columns_stand_under_each_other() -> None:
    lines = printed(GRID)
    ends = {
        tuple(found.end() for found in re.finditer(r"±\S+", row(lines, a))) for a in published.ARCHITECTURES
    }
    assert len(ends) == 1
    assert len(ends.pop()) == 4


def test_the_best_of_each_data_set_is_starred() -> None:
    lines = printed(GRID)
    assert row(lines, "squeezenet").count("*") == 4
    for architecture in published.ARCHITECTURES[:-1]:
        assert "*" not in row(lines, architecture)


def test_a_missed_floor_is_low_and_named() -> None:
    lines = printed([info(), info("vgg", verdict="failed")])
    assert "LOW" in row(lines, "vgg")
    assert "LOW" not in row(lines, "lenet")
    assert "below their floor (LOW): vgg-mnist" in lines
    assert "all cells reached their floors" in printed([info()])


def test_stand_ins_are_named_under_each_data_set() -> None:
    lines = printed([info(), info(dataset="cifar10", data_source="real")])
    (heads,) = [line for line in lines if "(synthetic)" in line]
    assert "(real)" in heads


def test_divergence_is_told_with_its_seed_and_epoch() -> None:
    ended = info(
        seeds=[4, 5, 6], accuracies=[0.1, None, 0.9], accuracy=None, verdict="failed",
        divergence=["dead", "nan", None], diverged=[2, 1, None],
    )  # fmt: skip
    lines = printed([ended, info("vgg")])
    assert "diverged" in row(lines, "lenet")
    assert "lenet-mnist seed 4: dead network since epoch 2" in lines
    assert "lenet-mnist seed 5: loss not finite since epoch 1" in lines
    assert not any("seed 6" in line for line in lines)
    assert "*" in row(lines, "vgg")


def test_cells_that_did_not_run_are_dashes() -> None:
    lines = printed([info("lenet", "mnist"), info("vgg", "cifar10")])
    assert row(lines, "lenet").split()[-1] == "-"
    assert row(lines, "vgg").split()[1] == "-"


def test_notes_and_what_was_run_stand_below() -> None:
    two = info(**seeds(0.9, 0.8), train_seconds=3.0)
    lines = printed([two], notes=["mnist: [a] note"])
    assert lines[-1] == "mnist: [a] note"
    assert "protocol quick, float32; 2 seeds; training + test images 2,000 + 1,000" in lines
    assert row(lines, "lenet", 2).split()[1] == "1.5"


def test_one_runs_interval_is_that_of_its_images() -> None:
    # Wilson's interval of 0.8765 of 1,000: 0.8546 to 0.8955.
    assert "0.8765* ±0.020" in row(printed([info()]), "lenet")


def test_several_seeds_interval_is_that_of_their_mean() -> None:
    # t of 2 degrees of freedom 4.303, standard deviation 0.01: 4.303 * 0.01 / sqrt(3).
    assert "0.9000* ±0.025" in row(printed([info(**seeds(0.89, 0.9, 0.91))]), "lenet")


def test_the_time_report_sums_its_phases() -> None:
    cells = [
        info(phase_seconds=dict.fromkeys(PHASES, 1.25)),
        info("vgg", phase_seconds=dict.fromkeys(PHASES, 2.0)),
    ]
    lines = printed(cells, timed=True)
    assert row(lines, "lenet-mnist").split() == ["lenet-mnist", *["1.25"] * 6, "12345"]
    assert lines[-1].split() == ["all", *["3.25"] * 6]


def test_no_cells_say_nothing() -> None:
    assert not any(line.strip() for line in printed([], notes=[])[-1:])


def test_a_terminal_of_ascii_alone_gets_its_tables() -> None:
    file = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    terminal.print_run([info()], file, ["mnist: /home/renée"], width=80)
    file.seek(0)
    text = file.read()
    assert "0.8765* ~0.020" in text
    assert "mnist: /home/ren?e" in text
