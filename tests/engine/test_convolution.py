"""Convolutions for a processor on JAX: the gradients are those that JAX derives from its own convolution."""

import re
from typing import Any

import numpy as np
import pytest

Case = tuple[tuple[int, int, int, int], tuple[int, int, int, int], tuple[int, int], Any]
CASES: dict[str, Case] = {
    "same": ((5, 6, 7, 3), (3, 3, 3, 4), (1, 1), ((1, 1), (1, 1))),
    "valid": ((5, 6, 7, 3), (2, 2, 3, 4), (1, 1), ((0, 0), (0, 0))),
    "strided": ((5, 7, 8, 3), (3, 3, 3, 4), (2, 2), ((1, 1), (0, 1))),
    "one row": ((5, 1, 9, 3), (1, 3, 3, 4), (1, 1), ((0, 0), (1, 1))),
    "not square": ((5, 6, 7, 3), (3, 2, 3, 4), (2, 1), ((0, 0), (0, 0))),
}


@pytest.mark.parametrize(
    ("case", "floats"),
    [("same", 1), ("same", 2**18), ("valid", 300), ("strided", 300), ("one row", 60), ("not square", 300)],
)  # one image at a time, all at once, and two with one left
def test_gradients_are_jaxs_own(case: str, floats: int, monkeypatch: pytest.MonkeyPatch) -> None:
    import jax
    from jax import lax

    from benchmarks.engine.jax import convolution

    monkeypatch.setattr(convolution, "_FLOATS", floats)
    shape, of_kernel, strides, padding = CASES[case]
    rng = np.random.default_rng(0)
    images, kernel = (rng.standard_normal(s, np.float32) for s in (shape, of_kernel))

    def own(x: Any, k: Any) -> Any:
        return lax.conv_general_dilated(x, k, strides, padding, dimension_numbers=("NHWC", "HWIO", "NHWC"))

    def ours(x: Any, k: Any) -> Any:
        return convolution.convolve(x, k, strides, padding)

    @jax.jit  # type: ignore[untyped-decorator]
    def both(x: Any, k: Any, gradient: Any) -> Any:
        return [(outputs, of(gradient)) for outputs, of in (jax.vjp(form, x, k) for form in (own, ours))]

    shape_after = jax.eval_shape(own, images, kernel).shape
    expected, found = both(images, kernel, rng.standard_normal(shape_after, np.float32))
    np.testing.assert_array_equal(found[0], expected[0])
    for result, right in zip(found[1], expected[1], strict=True):
        np.testing.assert_allclose(result, right, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("strides", [(1, 1), (2, 2)])
def test_in_a_loop_of_steps_all_convolutions_stay_in_the_form_that_eigen_takes(
    strides: tuple[int, int],
) -> None:
    """XLA runs any other form as a naive loop, which took three quarters of a ResNet's step."""
    import jax
    from jax import lax

    from benchmarks.engine.jax.convolution import convolve

    def loss(kernels: Any, images: Any) -> Any:
        for kernel in kernels:
            images = convolve(images, kernel, strides, ((1, 1), (1, 1)))
        return (images**2).sum()

    @jax.jit  # type: ignore[untyped-decorator]
    def train(kernels: Any, images: Any) -> Any:
        return lax.fori_loop(0, 3, lambda _, found: found - 0.1 * jax.grad(loss)(found, images), kernels)

    shapes = (jax.ShapeDtypeStruct(shape, np.float32) for shape in ((2, 3, 3, 16, 16), (8, 16, 16, 16)))
    forms = re.findall(r"convolution\(.*dim_labels=([^,\s]+)", train.lower(*shapes).compile().as_text())
    assert len(forms) == 3  # forward twice, and the second one's input
    assert set(forms) == {"b01f_01io->b01f"}


@pytest.mark.parametrize("strides", [(1, 1), (2, 2)])
def test_many_bfloat16_images_are_summed_in_float32(
    strides: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    import jax.numpy as jnp

    from benchmarks.engine.jax import convolution

    monkeypatch.setattr(convolution, "_FLOATS", 1)  # one image at a time
    images, gradient = jnp.ones((600, 1, 1, 1), jnp.bfloat16), jnp.ones((600, 1, 1, 1), jnp.bfloat16)
    found = convolution.kernel_gradient(images, gradient, (1, 1, 1, 1), strides, ((0, 0), (0, 0)))
    assert found.dtype == jnp.bfloat16
    assert float(found[0, 0, 0, 0]) == 600  # in bfloat16, 256 + 1 is 256
