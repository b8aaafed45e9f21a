"""Names as they are typed."""

import pytest

from benchmarks.experiment import names

KNOWN = ("lenet", "linear", "vgg")


def test_names_are_returned_once_in_the_order_typed() -> None:
    assert names.several("--arch", "vgg, lenet,vgg", KNOWN) == ("vgg", "lenet")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("lenot", "--arch lenot: unknown; did you mean lenet? Expected one of lenet, linear, vgg"),
        ("zzz", "--arch zzz: unknown; expected one of lenet, linear, vgg"),
        ("", "--arch '': unknown; expected one of lenet, linear, vgg"),
    ],
)
def test_an_unknown_name_is_refused_with_those_that_exist(typed: str, said: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011
        names.several("--arch", f"vgg,{typed}", KNOWN)
    assert str(refused.value) == said


@pytest.mark.parametrize(
    ("typed", "found"),
    [(None, ("lenet",)), ("all", KNOWN), (" all ", KNOWN), ("vgg,lenet", ("vgg", "lenet"))],
)
def test_all_and_nothing_typed_stand_for_names(typed: str | None, found: tuple[str, ...]) -> None:
    assert names.chosen("--arch", typed, KNOWN, ("lenet",)) == found


def test_all_stands_alone() -> None:
    with pytest.raises(ValueError, match="--arch all, vgg: 'all' stands for every name"):
        names.chosen("--arch", "all, vgg", KNOWN, ("lenet",))
