"""The speed benchmarks' parts: rivals in processes of their own, the same networks in PyTorch, and their place outside the grid."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.engine.rivals.process import RivalProcess
from benchmarks.experiment import published

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("architecture", published.ARCHITECTURES)
@pytest.mark.parametrize(("shape", "dataset"), [((28, 28, 1), "mnist"), ((32, 32, 3), "cifar10")])
def test_pytorch_networks_have_the_studys_parameters(
    architecture: str, shape: tuple[int, int, int], dataset: str
) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is an optional extra: pip install -e '.[torch]'")
    from benchmarks.engine.rivals.torch_models import build

    model = build(architecture, shape)
    assert sum(p.numel() for p in model.parameters()) == published.PARAMETERS[architecture, dataset][1]
    assert model(torch.zeros(2, shape[2], *shape[:2])).shape == (2, 10)


@pytest.mark.end_to_end
@pytest.mark.parametrize("name", ["suite", "keras"])
def test_a_rival_trains_as_often_as_it_is_asked(name: str) -> None:
    rival = RivalProcess(name, "lenet", (28, 28, 1), "float32")
    try:
        assert all(rival.seconds(images) > 0 for images in (128, 256))
    finally:
        rival.close()


@pytest.mark.end_to_end
def test_a_rival_that_has_ended_is_named() -> None:
    rival = RivalProcess("suite", "no_such_architecture", (28, 28, 1), "float32")
    try:
        with pytest.raises(RuntimeError, match="the process of suite ended with status 1"):
            rival.seconds(128)
    finally:
        rival.close()


def test_speed_is_collected_only_where_it_is_named() -> None:
    def collected(where: str) -> str:
        command = [sys.executable, "-m", "pytest", where, "--collect-only", "-q", "-p", "no:cacheprovider"]
        env = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)  # noqa: S603
        return done.stdout

    grid = collected("benchmarks/")
    assert "test_training[lenet-mnist]" in grid
    for named in ("benchmarks/bench_throughput.py", "benchmarks/bench_inference.py"):
        assert named not in grid
        assert named in collected(named)
