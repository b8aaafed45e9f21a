"""What every engine shares: normalization, and engines found by their names."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.engine.backend import load_engine
from benchmarks.engine.interface import Normalization
from tests.support import command_line

ROOT = Path(__file__).parents[2]


def test_an_engine_is_found_by_its_name() -> None:
    import benchmarks.engine.jax as jax
    import benchmarks.engine.tensorflow as tensorflow
    from benchmarks.engine.interface import Engine

    typed: Engine = tensorflow  # mypy compares the functions
    other: Engine = jax
    assert load_engine("tensorflow") is typed
    assert load_engine() is typed
    assert load_engine("jax") is other


@pytest.mark.parametrize("name", ["pytorch", "interface", ""])
def test_an_unknown_engine_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(ValueError, match=rf"engine '{name}' is unknown; choose one of: tensorflow, jax"):
        load_engine(name)


def test_no_framework_is_loaded_before_an_engine_starts() -> None:
    code = (
        "import sys\n"
        "import benchmarks.engine.loop\n"
        "from benchmarks.engine.backend import load_engine\n"
        "for engine in (load_engine('jax'), load_engine('tensorflow')):\n"
        "    engine.machine(), engine.on_processor()\n"
        "assert not {'tensorflow', 'keras', 'jax'} & set(sys.modules)\n"
    )
    done = command_line.python(code)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("pixels", ["raw", "unit", "standardized"])
def test_normalization_is_that_of_numpy(pixels: str) -> None:
    rng = np.random.default_rng(0)
    images = np.stack([rng.integers(0, 256, (9, 5, 4)), rng.integers(30, 60, (9, 5, 4))], -1).astype(np.uint8)
    by = Normalization.of(pixels, images)
    floats = images.astype(np.float64)
    expected = {
        "raw": floats,
        "unit": floats / 255,
        "standardized": (floats - floats.mean((0, 1, 2))) / floats.std((0, 1, 2)),
    }[pixels]
    np.testing.assert_allclose(images * by.scale + by.offset, expected, rtol=1e-5, atol=1e-5)
    assert by.scale.dtype == by.offset.dtype == np.float32


def test_a_channel_without_contrast_stays_finite() -> None:
    by = Normalization.of("standardized", np.full((2, 3, 3, 1), 7, np.uint8))
    np.testing.assert_allclose(7 * by.scale + by.offset, 0, atol=1)
