"""`python -m benchmarks simulate`."""

import re

import pytest

from benchmarks.commands.main import main


@pytest.mark.end_to_end
def test_the_quick_tables_are_markdown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "--quick"]) == 0
    text = capsys.readouterr().out
    assert text.count("\n|---") == 3
    assert "(n = 20, standard error of 0.05: 0.0487)" in text
    assert "| 0.2 points | 7 (13) | 4 (5) | 4 (4) | 4 (4) |" in text
    rows = [line for line in text.splitlines() if line.startswith("| full, ")]
    assert len(rows) == 5


def test_the_table_of_what_cells_see(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "--sees", "--grids", "1"]) == 0
    text = capsys.readouterr().out
    assert "(n = 1, standard error of 0.8: 0.4000)" in text
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| full, ")]
    assert len(rows) == 3
    assert all(re.fullmatch(r"[01]\.000 \(\d+\.\d\)", entry) for row in rows for entry in row[1:-1])


def test_the_table_of_second_looks(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "--confirm", "--grids", "1"]) == 0
    head, _, *rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("|")]
    assert "| 5v1, then 5v7 |" in head
    assert "| 5v5, then 5v10, --looks 2 |" in head
    fallen = next(row for row in rows if row.startswith("| one cell falls by 40 points: found |"))
    assert fallen.count(" 1.000 ") == 5


def test_no_grids_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "--grids", "0"]) == 2
    assert "expected at least 1" in capsys.readouterr().err


@pytest.mark.parametrize("tables", ["--nodes", "--quick"])
def test_a_number_of_grids_that_would_be_ignored_is_refused(
    tables: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["simulate", tables, "--grids", "5"]) == 2
    assert "--grids 5: " in capsys.readouterr().err


@pytest.mark.parametrize("second", ["--sees", "--confirm", "--nodes", "--quick"])
def test_only_one_set_of_tables_is_printed_so_two_are_refused(
    second: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["simulate", "--all-pairs", second, "--grids", "1"])
    assert f"{second}: not allowed with argument --all-pairs" in capsys.readouterr().err


def test_the_grid_on_many_nodes_ends_with_its_longest_training(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "--nodes"]) == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| ")][1:]
    found = {tuple(row.split(" | ")[:2]): row.split(" | ")[2:] for row in rows}
    assert len(found) == 9
    assert found["| 200", "1,000"][:2] == ["89 min", "88 min"]  # more nodes than trainings
    assert found["| 100,000", "1,000"][2] == "100%"
