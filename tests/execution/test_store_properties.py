"""Whatever a stored seed's file holds, it becomes a typed seed or one refusal that names the file; what was stored comes back exactly."""

import json
from typing import Any

import msgspec
import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec import structs

import datasets
from benchmarks.execution import store
from benchmarks.execution.job import CellPlan
from benchmarks.execution.sealed_file import StoredWorkRefused, seal
from benchmarks.experiment.protocols import PROTOCOLS
from benchmarks.experiment.settings import Settings
from benchmarks.results.schema import CellResult
from benchmarks.results.seed_result import SeedResult
from tests.support.hostile_json import JSON, places, replaced
from tests.support.stored_seeds import CELL, KEY, finished, job

IMAGES, LABELS = np.zeros((500, 28, 28, 1), np.uint8), np.zeros(500, np.uint8)
DATA = datasets.Dataset(
    "mnist", IMAGES, LABELS, IMAGES[:100], LABELS[:100], datasets.spec("mnist").class_names, "synthetic", "made up", None, "d" * 16
)  # fmt: skip
PLAN = CellPlan(
    CELL, Settings(PROTOCOLS["study"], ("lenet",), ("mnist",), (0, 1)), job().spec.recipe, DATA, (job(), job(1))
)  # fmt: skip
WHOLE = {"resume_key": KEY, "result": msgspec.to_builtins(finished())}


def read(content: bytes) -> SeedResult | str:
    """The seed, or the one refusal that names the file."""
    try:
        return store.decode(content, "seed-0.training", job())
    except StoredWorkRefused as refused:
        assert str(refused).startswith("seed-0.training: ")  # noqa: PT017
        return str(refused)


def sealed(data: object) -> bytes:
    return seal("seed 2", json.dumps(data).encode())


@given(st.binary())
def test_arbitrary_bytes_are_refused(content: bytes) -> None:
    assert isinstance(read(content), str)
    assert isinstance(read(seal("seed 2", content)), str)


@given(JSON)
def test_arbitrary_json_is_refused(data: Any) -> None:
    assert isinstance(read(sealed(data)), str)


@settings(max_examples=200, deadline=None)
@given(place=st.sampled_from(places(WHOLE)), value=JSON | st.sampled_from([None, 0, 1, 2, 0.5, -1]))
@example(place=("result", "history", "val_loss", 9), value=-1)
def test_a_seed_with_anything_anywhere_is_read_or_refused_by_field(
    place: tuple[Any, ...], value: Any
) -> None:
    found = read(sealed(replaced(WHOLE, place, value)))
    if isinstance(found, SeedResult):
        assembled = PLAN.result([found, finished(1)])
        saved = json.loads(json.dumps(assembled.to_json(), allow_nan=False))
        assert CellResult.from_json(saved, "saved") == assembled
    elif len(place) > 1 and place[0] == "result":
        # What stands in two places is refused by either.
        named = any(str(key) in found for key in place if isinstance(key, str) and key != "result")
        assert (
            named or "of another cell or seed" in found or place[1] in ("correct", "test_images", "confusion")
        )


FINITE = st.floats(-1e300, 1e300)
KEYS = st.text(max_size=8).filter(lambda key: key != "backend")
"""Of the machine's facts, of which the backend alone has to be the job's; Hypothesis takes texts from the code, too."""


@given(
    loss=st.floats(0, 1e300) | st.none(),
    seconds=st.floats(0, 1e12),
    machine=st.dictionaries(KEYS, FINITE | st.none() | st.text(max_size=8), max_size=3),
    digest=st.text("0123456789abcdef", min_size=64, max_size=64),
)
def test_what_was_stored_comes_back_exactly(
    loss: float | None, seconds: float, machine: dict[str, Any], digest: str
) -> None:
    kept = structs.replace(finished(loss=loss), eval_seconds=seconds, machine=machine, weights_sha256=digest)
    assert store.decode(store.encode(job(), kept), "x", job()) == kept
