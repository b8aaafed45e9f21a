"""Tests of `benchmarks.report.views.all_images`: what the study reports and what each protocol reaches on all training images."""

from collections.abc import Sequence
from typing import Any

from benchmarks.report.groups import group
from benchmarks.report.views import all_images
from tests.support.published_runs import entry, read, texts
from tests.support.run_factory import run


def cells(*found: dict[str, Any], protocol: str = "study", **changes: Any) -> Any:
    return read(run(*(one | {"protocol": protocol} | changes for one in found)), f"{protocol}.json")


def rows(*runs: Any) -> Sequence[Sequence[str | None]]:
    table = all_images.table(group(runs))
    assert table is not None
    return [[column.head for column in table.columns], *texts(table)]


def test_each_protocol_stands_below_the_study_and_what_did_not_run_is_empty() -> None:
    study = cells(entry("lenet", "mnist", [0.98, 0.97]))
    tuned = cells(
        entry("lenet", "mnist", [0.99]), entry("lenet", "emnist_letters", [0.93]), entry("cct", "cifar10", [0.77]),
        protocol="tuned",
    )  # fmt: skip
    assert rows(tuned, study) == [
        ["", "run", "MNIST", "CIFAR-10", "EMNIST Letters"],
        ["lenet", "study of 2018, one run", "0.9834", "0.6561", None],
        [None, "study, real data", "0.9750 ±0.0635 (n=2)", None, None],
        [None, "tuned, real data", "0.9900 ±0.0020 (n=1)", None, "0.9300 ±0.0050 (n=1)"],
        ["cct", "tuned, real data", None, "0.7700 ±0.0082 (n=1)", None],
    ]


def test_deaths_are_said_with_the_interval_of_their_rate() -> None:
    died = entry("vgg", "mnist", [0.1, 0.99], diverged=[0, None], divergence=["dead", None])
    table = all_images.table(group([cells(died)]))
    assert table is not None
    assert any("vgg with study on MNIST: 1 of 2; rate 0.01 to 0.99" in note for note in table.notes)
    assert "(n=2, 1 diverged, the other 0.9900)" in str(rows(cells(died))[2][2])
    all_died = entry("vgg", "mnist", [0.1, 0.1], diverged=[1, 1], divergence=["dead", "dead"])
    assert rows(cells(all_died))[2][2] == "0.1000 (n=2, 2 diverged)"


def test_neither_a_share_of_the_images_nor_synthetic_ones_nor_explorations_belong_to_it() -> None:
    quick = cells(entry("lenet", "mnist", [0.9]), protocol="quick")
    made = cells(entry("lenet", "mnist", [0.9], data_source="synthetic"))
    explored = cells(entry("lenet", "mnist", [0.9]), set_fields={"epochs": "20"})
    assert all_images.table(group([quick, made, explored])) is None


def test_copies_and_official_images_have_columns_of_their_own() -> None:
    official = cells(entry("lenet", "mnist", [0.98]), data_verified=True)
    copies = cells(entry("lenet", "mnist", [0.97]), protocol="tuned", data_verified=False)
    assert rows(official, copies) == [
        ["", "run", "MNIST", "MNIST (copy)"],
        ["lenet", "study of 2018, one run", "0.9834", "0.9834"],
        [None, "study, real data", "0.9800 ±0.0027 (n=1)", None],
        [None, "tuned, real data", None, "0.9700 ±0.0033 (n=1)"],
    ]
