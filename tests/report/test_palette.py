"""Colours and marks of architectures: readable on both grounds, and each its own."""

import itertools

import pytest

from benchmarks.report import palette
from benchmarks.report.palette import REGISTRY, TOKENS, Style, style, styles

KNOWN = (
    "lenet", "vgg", "resnet20v1", "resnet20v2", "squeezenet", "alexnet", "mobilenetv2", "cifarnet", "cct", "linear",
)  # fmt: skip
UNKNOWN = [f"net{i}" for i in range(60)]


def look(one: Style) -> tuple[str, str]:
    return one.light, one.path


def luminance(colour: str) -> float:
    shares = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["ground", "card", "sunk"])
def test_every_colour_can_be_read_on_every_ground(theme: int, ground: str) -> None:
    below = TOKENS[ground][theme]
    for name in (*KNOWN, *UNKNOWN):
        found = style(name)
        assert contrast((found.light, found.dark)[theme], below) >= 4.5, name
    for token in ("ink", "muted", "link", "pass", "fail", "warn"):
        assert contrast(TOKENS[token][theme], below) >= 4.5, token


def test_marks_can_be_read_on_a_terminal_whose_ground_is_not_known() -> None:
    for name in (*KNOWN, *UNKNOWN):
        for ground in ("#000000", "#ffffff"):
            assert contrast(style(name).between, ground) >= 4.4, name


def test_known_architectures_differ_in_colour_and_in_mark() -> None:
    assert set(REGISTRY) == set(KNOWN)
    for one, other in itertools.combinations(map(style, KNOWN), 2):
        assert (one.light, one.dark) != (other.light, other.dark)
        assert one.path != other.path
        assert one.sign != other.sign


def test_an_unknown_name_has_one_look_whatever_else_ran() -> None:
    assert style("mine") == style("mine")
    assert len({look(style(name)) for name in UNKNOWN}) == 12  # four colours, three marks
    assert not {style(name).path for name in UNKNOWN} & {style(name).path for name in KNOWN}


def test_new_names_of_one_report_differ_and_keep_their_look_where_they_can() -> None:
    assert look(style("net0")) == look(style("net46")) == look(style("net50"))
    names = ["net50", "net1", "net46", "vgg", "net0"]
    found = styles(names)
    assert [*found] == names
    assert len({look(one) for one in found.values()}) == len({one.key for one in found.values()}) == 5
    assert all(found[name] == style(name) for name in ("net0", "net1", "vgg"))
    assert styles(sorted(names)) == found  # whatever their order
    assert len({look(one) for one in styles(UNKNOWN[:12]).values()}) == 12
    assert len({look(one) for one in styles(UNKNOWN).values()}) == 12  # there are no more


def test_a_chart_for_paper_holds_no_variable() -> None:
    looks = {name: style(name) for name in ("lenet", "mine")}
    spec = {
        "mark": {"color": looks["mine"].colour, "shape": looks["mine"].mark},
        "layer": [{"stroke": "var(--muted)"}, 1, None],
    }
    assert palette.literal(spec, looks) == {
        "mark": {"color": looks["mine"].light, "shape": looks["mine"].path}, "layer": [{"stroke": TOKENS["muted"][0]}, 1, None],
    }  # fmt: skip
