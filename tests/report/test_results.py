"""Saved runs as tables, the files that they are written to, and the page of the pinned runs."""

import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from benchmarks.commands.main import main
from benchmarks.commands.report import results_page
from benchmarks.comparison.significance import mean_interval
from benchmarks.experiment import published
from benchmarks.paths import BASELINES, RESULTS_PAGE
from benchmarks.results.baselines import pin
from benchmarks.results.parsing import RunRefused
from tests.support.published_runs import entry, findings, grid, read, results, texts
from tests.support.run_factory import run, save


def cells(data: dict[str, Any]) -> dict[str, dict[tuple[str, str], str | None]]:
    """Tables of the first group by the first word of their titles: (row, column) to text."""
    found = {}
    for table in results([read(data)])[0].tables:
        heads = [column.head for column in table.columns]
        rows = {(str(r[0]), head): v for r in texts(table) for head, v in zip(heads, r, strict=True)}
        found[table.title.split()[0]] = rows
    return found


def test_headline_tables() -> None:
    accuracies = [0.98, 0.99, 0.985]
    data = run(
        entry("lenet", "mnist", accuracies, seed_seconds=[20.0, 30.0, 40.0]),
        entry("vgg", "mnist", [0.2, None, 0.3], diverged=[None, 2, None], parallel=True),
        entry("vgg", "cifar10", [0.7], data_verified=False),
    )
    found = cells(data)
    low, high = mean_interval(accuracies) or (0, 0)
    assert found["Accuracy"]["lenet", "MNIST"] == f"0.9850 ±{(high - low) / 2:.4f}^ (n=3)"
    assert re.fullmatch(
        r"0\.2000 ±0\.\d{4} \(n=3, 1 diverged, the others 0\.2000\.\.0\.3000\) LOW",
        found["Accuracy"]["vgg", "MNIST"] or "",
    )
    assert found["Accuracy"]["lenet", "CIFAR-10 (copy)"] is None
    assert found["Parameters"]["vgg", "MNIST"] == "1,505,034"
    assert found["Training"]["lenet", "MNIST"] == "30.0 (n=3, 20.0..40.0; 3.00 per epoch)"
    assert str(found["Training"]["vgg", "MNIST"]).startswith("4,986* (n=3")
    beside = found["Beside"]["vgg on MNIST", "difference"], found["Beside"]["vgg on MNIST", "diverged"]
    assert beside == ("−79.46 !", "1 of 3, since epoch 2")
    assert found["Beside"]["vgg on MNIST", "the study's run and our seeds"] == "above 0.1000..0.3000"
    assert found["Beside"]["lenet on MNIST", "the study's run and our seeds"] == "within 0.9800..0.9900"
    assert found["Beside"]["vgg on CIFAR-10", "the study's run and our seeds"] is None
    (section,) = results([read(data)])
    assert section.paragraphs[-1] == (
        "2 of 3 cells differ from the study's accuracy by more than 2.00 points. In the 2 cells with two or more seeds, "
        "the study's one run lies within our seeds' range in 1 and above it in 1."
    )
    assert found["Beside"]["lenet on MNIST", "difference"] == "+0.16"
    assert found["Beside"]["lenet on MNIST", "study's s/epoch"] == "22.0"
    assert "Parameters: as the study's in every cell." in section.tables[-1].notes


def test_every_table_of_figures_says_n_hardware_and_versions() -> None:
    runs = [read(grid())]
    tables = [table for section in [*results(runs), *findings(runs)] for table in section.tables]
    for table in tables:
        if not table.title.startswith(("Parameters", "The data sets")):  # nothing in these was run
            assert "n = 1, 2026-01-02, on Some CPU, 2 cores; tensorflow 2.21.0." in " ".join(table.notes), (
                table.title
            )


def test_other_parameters_than_the_studys_are_shown() -> None:
    found = cells(run(entry("lenet", "mnist", [0.9], params_total=7), entry("vgg", "mnist", [0.9])))
    assert found["Beside"]["lenet on MNIST", "parameters"] == "7, study 150,742"
    assert found["Beside"]["vgg on MNIST", "parameters"] == "as the study's"


def test_synthetic_data_are_not_compared_with_the_study() -> None:
    found = cells(grid(data_source="synthetic"))
    assert found.keys() == {"Accuracy", "Parameters", "Training", "Fronts"}
    assert ("lenet", "MNIST (synthetic)") in found["Accuracy"]


def test_report_writes_what_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = save(tmp_path / "run.json", grid())
    forms = {form: tmp_path / f"out.{form}" for form in ("markdown", "csv", "latex")}
    assert main(["report", str(path), *(v for f, p in forms.items() for v in (f"--{f}", str(p)))]) == 0
    assert "## SQ1. Which architecture works best" in forms["markdown"].read_text()
    assert "| lenet | 0.9834 ±0.0025 (n=1) |" in forms["markdown"].read_text()
    assert len(forms["csv"].read_text().splitlines()) == 21
    assert forms["latex"].read_text().count(r"\begin{table}") > 5
    assert capsys.readouterr().out.count("wrote") == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["report", "nowhere.json", "--csv", "F"], "no such file"),
        (["report", "RUN", "--csv", "/nowhere/f.csv"], "/nowhere/f.csv"),
        (["results", "--baselines", "EMPTY"], "nothing is pinned"),
    ],
)
def test_a_wrong_call_is_status_2(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = save(tmp_path / "run.json", grid())
    names = {"RUN": str(path), "EMPTY": str(tmp_path / "empty"), "F": str(tmp_path / "f.csv")}
    assert main([names.get(a, a) for a in arguments]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "f.csv").exists()


def pinned(folder: Path) -> Path:
    def history(accuracies: Sequence[float]) -> list[dict[str, list[float]]]:
        return [{"val_accuracy": [0.5, a], "seconds": [2.0, 3.0]} for a in accuracies]

    real, stand_in = grid(history=history), grid(protocol="quick", data_source="synthetic")
    pin(read(real, "/home/me/real.json"), folder)
    pin(read(stand_in), folder, synthetic=True)
    return folder


def test_the_page_is_made_of_pinned_files_alone_and_repeats(tmp_path: Path) -> None:
    folder = pinned(tmp_path / "baselines")
    output = tmp_path / "results.md"
    assert main(["results", "-o", str(output), "--baselines", str(folder)]) == 0
    text = output.read_text()
    assert text == results_page(folder)
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert headings[:4] == [
        "## Accuracy on all training images",
        "## Parameters",
        "## The data sets, measured",
        "## Results (study, real data)",
    ]
    # The study's questions are about real images.
    assert headings[-1] == "## Results (quick, synthetic data)"
    assert all("real data" in h or "synthetic" in h for h in headings[3:])
    # What does not depend on the protocol is said once.
    assert text.count("| lenet | 150,742 | 150,742 |") == text.count("| pixels | 784 |") == 1
    # What pinning keeps is enough for times and for the time to the study's accuracy.
    assert "220 (n=1; 22.0 per epoch)" in text
    assert "| lenet on MNIST | 0.9834 | 1 of 1 | 2 | 5.00 | 22.0 |" in text
    assert str(tmp_path) not in text
    assert "/home" not in text


def test_the_page_refuses_a_broken_pin(tmp_path: Path) -> None:
    pinned(tmp_path)
    (tmp_path / "study-real.json").write_text("{")
    with pytest.raises(RunRefused, match=r"study-real\.json: invalid or truncated JSON"):
        results_page(tmp_path)


def test_docs_results_matches_the_pinned_runs() -> None:
    pins = list(BASELINES.glob("*.json"))
    assert RESULTS_PAGE.exists() == bool(pins), "python -m benchmarks results"
    assert not pins or RESULTS_PAGE.read_text(encoding="utf-8") == results_page(BASELINES), (
        "python -m benchmarks results"
    )


def test_a_grid_of_five_seeds_takes_little_time(tmp_path: Path) -> None:
    figures = {key: [v - i / 1000 for i in range(5)] for key, v in published.ACCURACY.items()}

    def history(accuracies: Sequence[float]) -> list[dict[str, list[float]]]:
        return [{"val_accuracy": [0.5] * 9 + [a], "seconds": [1.0] * 10} for a in accuracies]

    path = save(tmp_path / "run.json", grid(figures, history=history))
    started = time.process_time()
    assert main(["report", str(path), "--markdown", str(tmp_path / "out.md")]) == 0
    assert time.process_time() - started < 2
