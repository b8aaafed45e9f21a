"""`python -m benchmarks simulate`."""

import pytest

from benchmarks.commands.main import main


def test_the_quick_tables_are_markdown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "--quick"]) == 0
    text = capsys.readouterr().out
    assert text.count("\n|---") == 3
    assert "(n = 20, standard error of 0.05: 0.0487)" in text
    assert "| 0.2 points | 7 (13) | 4 (5) | 4 (4) | 4 (4) |" in text
    rows = [line for line in text.splitlines() if line.startswith("| full, ")]
    assert len(rows) == 5


def test_no_grids_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "--grids", "0"]) == 2
    assert "expected at least 1" in capsys.readouterr().err
