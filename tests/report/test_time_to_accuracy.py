"""How long it took to reach the study's accuracy."""

from benchmarks.experiment import published
from benchmarks.report.findings.time_to_accuracy import reached
from benchmarks.results.seed_result import History
from tests.support.published_runs import entry, findings, read, row
from tests.support.run_factory import run


def test_time_to_the_studys_accuracy() -> None:
    def history(*values: float | None) -> dict[str, list[float | None]]:
        return {"val_accuracy": [*values], "seconds": [2.0] * len(values)}

    target = published.ACCURACY["lenet", "mnist"]
    data = run(
        entry("lenet", "mnist", [0.99, target, 0.1], history=[
            history(0.5, target, 0.99), history(0.5, None, target), history(0.1, 0.1, 0.1),
        ], epochs=3, seed_seconds=[4.0, 6.0, 20.0]),
        entry("vgg", "mnist", [0.9], history=[history(0.5, 0.9)]),
        entry("mine", "mnist", [0.9], history=[history(0.5, 0.9)]),
    )  # fmt: skip
    section = findings([read(data)])[-1]
    (table,) = section.tables
    assert row(table, "lenet") == [
        "lenet on MNIST", "0.9834", "2 of 3", "2.5 (2..3)", "5.00 (4.00..6.00)", "2.00",
    ]  # fmt: skip
    assert row(table, "vgg")[2:5] == ["0 of 1", None, None]
    assert len(table.rows) == 2
    assert "1 of 2 cells reached" in section.paragraphs[0]
    assert "Never reached by vgg on MNIST." in section.paragraphs


def test_one_cell_is_no_plural() -> None:
    history = {"val_accuracy": [0.99], "seconds": [2.0]}
    section = findings([read(run(entry("lenet", "mnist", [0.99], history=[history], epochs=1)))])[-1]
    assert section.paragraphs[0].startswith("1 of 1 cell reached the study's accuracy")


def test_reached_counts_the_epoch_and_its_seconds() -> None:
    history = History(val_accuracy=(0.2, None, 0.8, 0.9), seconds=(1.0, 2.0, 4.0, 8.0))
    assert reached(history, 0.8) == (3, 7.0)
    assert reached(history, 0.95) is None
