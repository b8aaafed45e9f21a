"""The first words of a report of several runs or protocols, side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from benchmarks.report.answer import Answer
from benchmarks.report.findings import side_by_side
from benchmarks.report.table import Table
from benchmarks.report.views import alternatives as view
from benchmarks.results.run import Run, from_dict
from tests.support.full_grid import SMALL, collection, grid, page_of
from tests.support.run_factory import STEADY, cell, run

LOW = (0.85, 0.86, 0.84, 0.85, 0.85)


def protocols(*given: tuple[str, Sequence[Mapping[str, Any]]], **suite: Any) -> Answer:
    """The answer for one run per protocol."""
    runs = []
    for protocol, cells in given:
        data = run(*({**one, "protocol": protocol} for one in cells))
        data["suite"] |= suite
        runs.append(from_dict(data, f"{protocol}.json"))
    return side_by_side.of_runs(runs)


def pair(dataset: str, lenet: Sequence[float], vgg: Sequence[float]) -> list[dict[str, Any]]:
    return [cell(v, architecture=a, dataset=dataset) for a, v in (("lenet", lenet), ("vgg", vgg))]


def test_real_and_synthetic_images_have_names_of_their_own_in_any_precision() -> None:
    kinds = [("real", "mixed_bfloat16"), ("synthetic", "mixed_bfloat16"), ("synthetic", "float32")]
    runs = [from_dict(run(cell(data_source=s, precision=p)), f"{s} {p}.json") for s, p in kinds]
    _, found = side_by_side.alternatives(runs)
    assert [one.name for one in found] == [
        "quick (mixed_bfloat16)", "quick (synthetic)", "quick (mixed_bfloat16, synthetic)",
    ]  # fmt: skip


def test_data_sets_with_the_same_first_place_are_named_beside_those_without() -> None:
    quick = [*pair("mnist", STEADY, LOW), *pair("svhn", STEADY, LOW)]
    study = [*pair("mnist", LOW, STEADY), *pair("svhn", STEADY, LOW)]
    found = protocols(("quick", quick), ("study", study))
    assert found.headline == "Which architecture is best depends on the protocol on 1 of 2 data sets"
    assert found.lede == [
        "First on MNIST: lenet under quick; vgg under study.",
        "First on SVHN: lenet under quick and study.",
    ]
    turned = protocols(("quick", quick), ("study", [*pair("mnist", LOW, STEADY), *pair("svhn", LOW, STEADY)]))
    assert turned.headline == "Which architecture is best depends on the protocol"
    same = protocols(("quick", quick), ("study", quick))
    assert same.headline == "The same architectures come first under both protocols"


def test_one_seed_is_said_of_whoever_has_it() -> None:
    found = protocols(("quick", pair("mnist", STEADY, LOW)), ("study", pair("mnist", LOW, [0.99])))
    assert found.lede == ["First on MNIST: lenet under quick; vgg (one seed) under study."]


@pytest.mark.parametrize(
    ("quick", "study"),
    [
        ([cell()], [cell()]),
        (pair("mnist", STEADY, LOW), pair("svhn", STEADY, LOW)),
        (pair("mnist", STEADY, LOW), [cell(dataset="mnist")]),
    ],
    ids=["one architecture", "other data sets", "one side alone"],
)
def test_where_nothing_is_shared_nothing_depends_on_the_protocol(
    quick: list[dict[str, Any]], study: list[dict[str, Any]]
) -> None:
    found = protocols(("quick", quick), ("study", study))
    assert found.headline == "No two protocols rank architectures on the same data set"
    ranked = len(quick) > 1, len(study) > 1
    assert len(found.lede) == sum(ranked)
    assert all(text.startswith("First on ") for text in found.lede)


def test_cells_that_ran_once_come_with_the_command_that_gives_them_a_spread() -> None:
    once = [cell([0.9], architecture=a) for a in ("lenet", "vgg")]
    (step,) = protocols(("quick", pair("mnist", STEADY, LOW)), ("study", once), ("tuned", once)).steps
    assert "4 of 6 cells ran once, all under study and tuned. 2 more seeds there" in step.text
    assert step.command.split("; ") == [
        f"pytest benchmarks/ --protocol {name} --data real --dataset mnist --arch lenet,vgg --seeds 3 --resume --benchmark-autosave"
        for name in ("study", "tuned")
    ]


def test_of_several_runs_only_the_newest_gets_more_seeds() -> None:
    old, new = (from_dict(run(cell([0.9], seeds=[seed])), f"{seed}.json") for seed in (0, 4))
    (step,) = side_by_side.of_runs([old, new]).steps
    assert "1 of 1 cell ran once, all in 4. 2 more seeds there" in step.text
    assert "--arch lenet --seed 4 --seeds 3 --resume" in step.command
    several = from_dict(run(cell()), "5.json")
    assert side_by_side.of_runs([old, several]).steps == []


def test_seeds_of_a_pinned_run_are_trained_after_its_own_as_nothing_else_stored_them() -> None:
    once = [cell([0.9], protocol="study", seeds=[2])]
    pinned = replace(from_dict(run(*once), "study-real.json"), pinned=True)
    (step,) = side_by_side.of_runs([from_dict(run(cell()), "quick.json"), pinned]).steps
    assert "Unite each new run with the pinned one" in step.text
    assert "--seed 3 --seeds 2 --benchmark-autosave" in step.command
    assert "--resume" not in step.command


def test_interrupted_runs_side_by_side_are_no_pass() -> None:
    cells = pair("mnist", STEADY, LOW)
    expected = ["lenet-mnist", "vgg-mnist", "vgg-svhn"]
    found = protocols(("quick", cells), ("study", cells), expected=expected)
    assert (found.state, found.label) == ("warn", "Incomplete: 1 cell missing")
    assert found.lede[0] == "Incomplete: vgg-svhn did not finish."
    assert protocols(("quick", cells), ("study", cells)).label == "Passed: every floor reached"


def test_protocols_side_by_side() -> None:
    quick, study = grid(2, **SMALL), grid(1, **SMALL, draw=1)
    for entry in study["benchmarks"]:
        entry["extra_info"]["protocol"] = "study"
    runs = [from_dict(quick, "quick.json"), from_dict(study, "study.json")]
    saved = collection(quick)
    both = type(saved)((*saved.summaries, *saved.summaries), (), tuple(runs))
    noun, found = side_by_side.alternatives(runs)
    assert noun == "protocol"
    assert [one.name for one in found] == ["quick", "study"]
    told = side_by_side.answer(found, "protocol")
    assert "Within a protocol, first places are tested" in told.sure[0]
    assert "4 of 8 cells ran once, all under study" in told.steps[-1].text
    page = page_of(both)
    assert "The same networks under two protocols" in page
    again = type(saved)((*saved.summaries, *saved.summaries), (), (runs[0], Run("later.json", runs[0].cells)))
    noun, found = side_by_side.alternatives(again.whole)
    assert (noun, [one.name for one in found]) == ("run", ["quick", "later"])
    page = page_of(again)
    assert "Two runs" in page
    assert "The same networks in two runs" in page


def test_a_run_is_written_with_another_preposition_than_a_protocol() -> None:
    cells = [*pair("mnist", STEADY, LOW), *pair("svhn", STEADY, LOW)]
    turned = [*pair("mnist", STEADY, LOW), *pair("svhn", LOW, STEADY)]
    same = [from_dict(run(*cells), f"{name}.json") for name in ("one", "two")]
    found = side_by_side.of_runs(same)
    assert found.headline == "The same architectures come first in both runs"
    assert found.lede[-1] == "First on SVHN: lenet in one and two."
    _, alternatives = side_by_side.alternatives(same)
    assert view.panels(alternatives, "run")[0].caption == "First: lenet in one and two."
    failed = [{**turned[0], "floor": 0.99}, *turned[1:]]
    other = side_by_side.of_runs([same[0], from_dict(run(*failed), "two.json")])
    assert other.headline.endswith(" in “two”")
    assert other.lede == ["First on MNIST: lenet in one and two.", "First on SVHN: lenet in one; vgg in two."]
    assert "lenet in “two”: " in other.steps[0].text


DIED: dict[str, Any] = {"diverged": [1, None, None], "divergence": ["dead", None, None], "deaths_allowed": 1}


def test_what_dead_seeds_leave_open_is_not_said_to_depend_on_the_protocol() -> None:
    open_ = [cell([0.9, 0.91, 0.9]), cell([0.1, 0.95, 0.94], architecture="vgg", **DIED)]
    decided = pair("mnist", LOW, STEADY)
    found = protocols(("quick", decided), ("study", open_))
    assert found.headline == "Seeds died: whether the best architecture depends on the protocol is open"
    other = [*pair("svhn", STEADY, LOW)], [*pair("svhn", LOW, STEADY)]
    mixed = protocols(("quick", [*decided, *other[0]]), ("study", [*open_, *other[1]]))
    assert mixed.headline == "Which architecture is best depends on the protocol on 1 of 2 data sets"


def test_who_is_undecided_is_said_beside_the_first() -> None:
    cells = [cell([0.9, 0.91, 0.9]), cell([0.1, 0.95, 0.94], architecture="vgg", **DIED)]
    found = protocols(("quick", cells), ("study", cells))
    assert found.lede == ["First on MNIST: lenet (vgg undecided, as seeds died) under quick and study."]


def test_synthetic_images_are_not_ranked_beside_real_ones() -> None:
    real, made = pair("mnist", STEADY, LOW), pair("mnist", STEADY, LOW)
    for one in made:
        one["data_source"] = "synthetic"
    runs = [
        from_dict(run(*({**one, "protocol": name} for one in cells)), f"{name}.json")
        for name, cells in (("quick", made), ("study", real))
    ]
    _, both = side_by_side.alternatives(runs)
    assert side_by_side.ranks(both) is None
    runs.append(from_dict(run(*({**one, "protocol": "tuned"} for one in real)), "tuned.json"))
    _, three = side_by_side.alternatives(runs)
    found = side_by_side.ranks(three)
    assert found is not None
    assert [*found.columns] == ["study", "tuned"]


def test_ranks_are_of_the_architectures_and_data_sets_that_all_protocols_share() -> None:
    most = [cell([0.99] * 5, architecture="cct", dataset=d) for d in ("mnist", "svhn")]
    quick = [*pair("mnist", STEADY, LOW), *pair("svhn", LOW, STEADY), *most]
    others = [
        cell(STEADY, architecture=a, dataset=d) for a in ("cct", "linear") for d in ("mnist", "cifar10")
    ]
    tuned = [
        *pair("mnist", LOW, [0.4] * 5),
        *pair("svhn", STEADY, LOW),
        *pair("cifar10", LOW, STEADY),
        *others,
    ]
    runs = [
        from_dict(run(*({**one, "protocol": p} for one in cells)), f"{p}.json")
        for p, cells in (("quick", quick), ("tuned", tuned))
    ]
    _, found = side_by_side.alternatives(runs)
    ranks = side_by_side.ranks(found)
    assert ranks is not None
    assert ranks.datasets == ["mnist", "svhn"]
    assert ranks.columns == {
        "quick": {"lenet": [1, 2], "vgg": [2, 1]},
        "tuned": {"lenet": [1, 1], "vgg": [2, 2]},
    }
    page = page_of(type(collection(run(*quick)))(collection(run(*quick)).summaries * 2, (), tuple(runs)))
    assert "all these protocols share, with the rank on MNIST and SVHN in brackets; 1 is" in page
    lone = from_dict(run(cell(protocol="study")), "study.json")
    assert side_by_side.ranks(side_by_side.alternatives([runs[0], lone])[1]) is None


def test_close_accuracies_are_apart_and_one_far_below_is_behind_an_arrow() -> None:
    quick = [*pair("mnist", [0.995] * 5, [0.98] * 5), cell([0.2] * 5, architecture="cct")]
    study = pair("mnist", [0.992] * 5, [0.985] * 5)
    runs = [
        from_dict(run(*({**one, "protocol": p} for one in cells)), f"{p}.json")
        for p, cells in (("quick", quick), ("study", study))
    ]
    _, found = side_by_side.alternatives(runs)
    (panel,) = view.panels(found, "protocol")
    assert isinstance(panel.content, Table)
    marks = {}
    for line in panel.content.rows:
        strip = line.entries[1].strip
        assert strip is not None
        marks[line.architecture] = {item.kind: item.x for item in strip.items}
    assert marks["lenet"]["circle"] - marks["lenet"]["diamond"] > 50
    assert "left" not in marks["lenet"]
    assert marks["cct"]["left"] < marks["cct"]["circle"] < marks["vgg"]["circle"]


def test_first_places_that_only_overlap_are_not_called_the_same() -> None:
    three = [*pair("mnist", STEADY, STEADY), cell(LOW, architecture="cct")]
    other = [*pair("mnist", LOW, STEADY), cell(STEADY, architecture="cct")]
    said = "Nothing shows that the best architecture depends on the protocol"
    assert protocols(("quick", three), ("study", other)).headline == said
    svhn = pair("svhn", STEADY, LOW)
    assert protocols(("quick", three), ("study", three), ("tuned", svhn)).headline == said
    same = protocols(("quick", three), ("study", three), ("tuned", three))
    assert same.headline == "The same architectures come first under all 3 protocols"


def test_accepted_copies_are_named_beside_other_facts() -> None:
    copies = pair("mnist", STEADY, LOW)
    for one in copies:
        one["data_verified"] = False
    (said,) = [fact for fact in protocols(("quick", copies), ("study", copies)).facts if fact.name == "Data"]
    assert said.line == "Data: real; MNIST from accepted copies"


def test_runs_beside_each_other_name_their_machines_as_their_times_depend_on_them() -> None:
    both = [run(cell()), run(cell(), machine_info={"cpu": {"brand_raw": "Other CPU", "count": 64}})]
    _, found = side_by_side.alternatives([from_dict(data, f"{i}.json") for i, data in enumerate(both)])
    rows = {
        row.entries[0].value: [entry.value for entry in row.entries[1:]] for row in view.described(found).rows
    }
    assert rows["Machine"] == ["Some CPU, 2 cores", "Other CPU, 64 cores"]
