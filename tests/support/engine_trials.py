"""Short trainings on one engine, whose figures can be held against the other engine's. One process has one backend, so each side is

    python -m tests.support.engine_trials jax NAME OUT.npz

in a process of its own. Imports no framework before it is asked to run.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.engine.interface import Floats
from benchmarks.experiment.backend import BACKENDS
from benchmarks.experiment.recipe import Augmentation, Recipe
from tests.support.tiny_data import ADAM, PLAIN, RANDOM, SHAPE, STUDY, Images

ROOT = Path(__file__).parents[2]
Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Trial:
    """A network, how it is trained, and for how many steps."""

    architecture: str
    recipe: Recipe
    shape: tuple[int, int, int] = SHAPE
    steps: int = 12
    precision: str = "float32"
    seed: int = 3
    """Of initial weights, augmentation and dropout. Another than 0 has the network built once more."""
    compared: int = 3
    """Of how many first steps the losses must agree."""
    losses: float = 1e-5
    """The largest difference of such a loss, relative to it."""
    weights: float = 2e-4
    """The largest difference of a weight after all steps, relative to the largest weight."""
    optimized: bool = True
    """Whether XLA optimizes machine code as in users' trainings. Less compiles a sixth faster, and the program is the same."""


_SGD = Recipe("sgd", 0.01, epochs=1, batch_size=7, augmentation=Augmentation(shift=0.1, mirror=True))


_ALTERNATING = Augmentation(shift=0.4, fill="reflect", mirror=True, alternate=True)
_SUBPIXEL = Augmentation(shift=0.4, subpixel=True, fill="nearest")


def _study(architecture: str, shape: tuple[int, int, int], steps: int = 4, rate: float = 1e-3) -> Trial:
    return Trial(architecture, replace(_SGD, learning_rate=rate), shape, steps)


TRIALS = {
    # Ten steps agree to 2e-7. In the next two 18 weights jump to 2e-4, losses to 6e-7: something discrete, such as a ReLU, falls otherwise.
    "nesterov-reflect-alternate": Trial(
        "tiny", replace(PLAIN, augmentation=_ALTERNATING, norm_bias_rate=3.0, norm_momentum=0.9), steps=10
    ),
    "adam-decayed": Trial("tiny", replace(ADAM, weight_decay=2.0, norm_bias_rate=3.0)),
    "nesterov-averaged": Trial("tiny", replace(PLAIN, averaging=0.7)),
    "adam-averaged": Trial("tiny", replace(ADAM, averaging=0.7)),
    "adam-nearest": Trial("tiny", replace(ADAM, augmentation=_SUBPIXEL)),
    "adadelta-clipped-standardized": Trial("dropping", replace(STUDY, initialization="standardized")),
    "dropout-subpixel-lsuv": Trial("dropping", replace(RANDOM, initialization="lsuv")),
    "operations-standardized": Trial("operating", replace(PLAIN, initialization="standardized")),
    "lenet": replace(_study("lenet", (28, 28, 1), 9, 0.01), seed=0),
    "lenet-color": _study("lenet", (32, 32, 3), 9, 0.01),
    "lenet-bfloat16": replace(
        _study("lenet", (28, 28, 1), 4, 0.01), precision="mixed_bfloat16", losses=5e-3, weights=0.02
    ),
    # Batches of seven would have JAX compile each kernel's gradient twice, for four images and for three.
    "resnet20v1": Trial(
        "resnet20v1",
        replace(_SGD, learning_rate=1e-3, batch_size=8),
        (28, 28, 1),
        steps=4,
        seed=0,
        optimized=False,
    ),
    "resnet20v1-color": _study("resnet20v1", (32, 32, 3)),
    "resnet20v2": _study("resnet20v2", (32, 32, 3)),
    "vgg": _study("vgg", (32, 32, 3), rate=0.01),
    "squeezenet": _study("squeezenet", (32, 32, 3), rate=0.01),
    "alexnet": _study("alexnet", (28, 28, 1)),
    # Rounding: in float32 its first gradient is 2e-2 from that in float64 on TensorFlow, 8e-3 on JAX (docs/backends.md).
    "mobilenetv2": replace(_study("mobilenetv2", (32, 32, 3)), compared=1, weights=0.2),
    "cifarnet": _study("cifarnet", (32, 32, 3)),
    "cct": _study("cct", (28, 28, 1), 9, 0.01),
    "linear": _study("linear", (28, 28, 1), 9, 0.01),
    "lenet-100-steps": _study("lenet", (28, 28, 1), 100, 0.01),
    "linear-100-steps": _study("linear", (28, 28, 1), 100, 0.01),
    "cct-100-steps": replace(_study("cct", (28, 28, 1), 100, 0.01), weights=0.06),
    "resnet20v1-100-steps": replace(_study("resnet20v1", (28, 28, 1), 100), weights=0.05),
}


def run(backend: str, name: str) -> dict[str, NDArray[Any]]:
    """Run a trial in this process, and return its figures."""
    from benchmarks.engine.backend import load_engine

    engine = load_engine(backend)
    engine.start()
    from tests.support import tiny_models

    with (
        tiny_models.registered("tiny", tiny_models.tiny),
        tiny_models.registered("dropping", tiny_models.dropping),
        tiny_models.registered("operating", tiny_models.operating),
    ):
        trial = TRIALS[name]
        training = _Training(engine, trial)
        found = _step_by_step(training, trial.steps)
        if backend == "jax":
            found |= _in_other_calls(training, trial.steps)
            if name == "lenet":
                found["in GPU form"] = _in_gpu_form(engine, trial)
                found["compiled late"] = np.array(_compiled_late(training))
    return found


def run_both(name: str, folder: Path) -> tuple[Arrays, Arrays]:
    """Run a trial on JAX and on TensorFlow, at the same time, each in a process of its own."""
    env = {name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"}
    if not TRIALS[name].optimized:
        env["XLA_FLAGS"] = "--xla_backend_optimization_level=1"
    running = []
    for backend in BACKENDS:
        command = [sys.executable, "-m", "tests.support.engine_trials", backend, name, str(folder / backend)]
        with (folder / f"{backend}.log").open("w") as said:
            running.append(subprocess.Popen(command, cwd=ROOT, env=env, stdout=said, stderr=said))  # noqa: S603
    try:
        for backend, process in zip(BACKENDS, running, strict=True):
            assert process.wait() == 0, (folder / f"{backend}.log").read_text()
    finally:
        for process in running:
            process.kill()
            process.wait()
    jax, tensorflow = (np.load(folder / f"{backend}.npz") for backend in ("jax", "tensorflow"))
    with jax, tensorflow:
        return dict(jax), dict(tensorflow)


class _Training:
    """A trial on one engine, in calls of any number of steps."""

    def __init__(self, engine: Any, trial: Trial) -> None:
        """Build the program, and load its start."""
        self._size = trial.recipe.batch_size
        self.data = engine.to_device(_images(trial.shape), trial.recipe.pixels)
        self._order, self._rates = _plan(trial, len(self.data.y_test))
        self.program, _ = engine.program_for(trial.architecture, trial.shape, trial.recipe, trial.precision)
        self.start = self.program.start(
            trial.seed, self.data.x_train[:32], self.data.normalization, trial.recipe.initialization
        )
        self._seed = trial.seed
        self.program.load(self.start)

    def train(self, first: int, last: int) -> tuple[Floats, int]:
        """Take these steps in one call; return the loss of each and the correct answers."""
        images = self._order[first * self._size : last * self._size]
        found: tuple[Floats, int] = self.program.train(self.data, images, self._rates[first:last], self._seed)
        return found


def _step_by_step(training: _Training, steps: int) -> dict[str, NDArray[Any]]:
    losses, right = zip(*(training.train(i, i + 1) for i in range(steps)), strict=True)
    after = training.program.state()
    return {
        "start": training.start.weights,
        "losses": np.concatenate(losses),
        "correct": np.array(right),
        "weights": after.weights,
        "moving": after.moving_statistics,
        "rng": after.rng_state,
        "tensorflow": np.array(sys.modules.get("tensorflow") is not None),
    }


def _in_other_calls(training: _Training, steps: int) -> dict[str, NDArray[Any]]:
    """Train with all steps in one call, and resumed in the middle."""
    program = training.program
    program.load(training.start)
    losses, _ = training.train(0, steps)
    whole = program.state()
    program.load(training.start)
    training.train(0, steps // 2)
    halfway = program.state()
    program.load(training.start)  # something else in between
    training.train(0, 1)
    program.load(halfway)
    training.train(steps // 2, steps)
    return {
        "one call": whole.weights,
        "one call's losses": losses,
        "resumed": program.state().weights,
    }


def _compiled_late(training: _Training) -> int:
    """Return how many programs JAX compiles for answers that it was prepared for."""
    training.program.prepare(training.data, (5,))
    before = len(training.program._compiled)
    for count in (5, len(training.data.x_test)):
        training.program.logits(training.data.x_test[:count], training.data.normalization)
    return len(training.program._compiled) - before


def _in_gpu_form(engine: Any, trial: Trial) -> NDArray[Any]:
    """Return the weights after all steps in one call, by the program that a GPU would get, on whatever is here."""
    from benchmarks.engine.jax.program import Program

    program = Program(trial.architecture, trial.shape, trial.recipe, on_processor=False)
    data = engine.to_device(_images(trial.shape), trial.recipe.pixels)
    assert program.whole_epochs
    order, rates = _plan(trial, len(data.y_test))
    program.load(
        program.start(trial.seed, data.x_train[:32], data.normalization, trial.recipe.initialization)
    )
    program.train(data, order, rates, trial.seed)
    weights: NDArray[Any] = program.state().weights
    return weights


def _plan(trial: Trial, count: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return the order of the images of all steps, and the rates of the steps."""
    size, steps = trial.recipe.batch_size, trial.steps
    epochs = [np.random.default_rng(i).permutation(count) for i in range(-(-steps * size // count))]
    order = np.concatenate(epochs)[: steps * size].astype(np.int32)
    constant = trial.recipe.schedule == "constant"
    return order, trial.recipe.rates(steps) if constant else np.full(steps, 3e-3, np.float32)


def _images(shape: tuple[int, int, int]) -> Images:
    """Return images with something to learn, whole batches of seven, all of them also test images."""
    drawn = Images.drawn(63, 63)
    rows, columns = -(-shape[0] // SHAPE[0]), -(-shape[1] // SHAPE[1])
    tiled = np.tile(drawn.x_train, (1, rows, columns, 2))[:, : shape[0], : shape[1], : shape[2]]
    return Images(tiled, drawn.y_train, tiled, drawn.y_train)


if __name__ == "__main__":
    np.savez(sys.argv[3], **run(sys.argv[1], sys.argv[2]))  # type: ignore[arg-type]
