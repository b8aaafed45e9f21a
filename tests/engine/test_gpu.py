"""What a saved cell says of a GPU: its name, driver and CUDA, of whichever engine. No GPU is needed: what frameworks say is given."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks.engine import gpu
from benchmarks.engine.jax import startup as of_jax
from benchmarks.engine.tensorflow import startup as of_tensorflow


@pytest.fixture
def driver(tmp_path: Path) -> Path:
    file = tmp_path / "version"
    file.write_text("580.82.07\n")
    return file


def test_equal_gpus_are_named_once_with_driver_and_cuda(driver: Path) -> None:
    names = ["NVIDIA H100", "NVIDIA H100"]
    assert gpu.describe(names, "13.0", driver) == "NVIDIA H100 (driver 580.82.07, CUDA 13.0)"


def test_what_is_not_known_is_left_out(driver: Path, tmp_path: Path) -> None:
    assert gpu.describe(["A", "B"], None, driver) == "A, B (driver 580.82.07)"
    assert gpu.describe(["A"], "13.0", tmp_path / "none") == "A (CUDA 13.0)"
    assert gpu.describe(["A"], None, tmp_path / "none") == "A"


def test_both_engines_name_driver_and_cuda(driver: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu.describe, "__defaults__", (driver,))
    monkeypatch.setitem(sys.modules, "tensorflow", _tensorflow())
    monkeypatch.setitem(sys.modules, "jax", _jax("PJRT C API\ncuda 12090"))
    assert of_tensorflow.machine()["device"] == "NVIDIA H100 (driver 580.82.07, CUDA 12.5.1)"
    assert of_jax.machine()["device"] == "NVIDIA H100 (driver 580.82.07, CUDA 12.9)"
    monkeypatch.setitem(sys.modules, "jax", _jax("another platform"))
    assert of_jax.machine()["device"] == "NVIDIA H100 (driver 580.82.07)"


def _tensorflow() -> Any:
    threading = SimpleNamespace(
        get_intra_op_parallelism_threads=lambda: 0, get_inter_op_parallelism_threads=lambda: 0
    )
    experimental = SimpleNamespace(
        get_device_details=lambda device: {"device_name": "NVIDIA H100"},
        tensor_float_32_execution_enabled=lambda: True,
    )
    device = SimpleNamespace(name="/physical_device:GPU:0")
    return SimpleNamespace(
        config=SimpleNamespace(
            list_physical_devices=lambda kind: [device], threading=threading, experimental=experimental
        ),
        sysconfig=SimpleNamespace(get_build_info=lambda: {"cuda_version": "12.5.1"}),
    )


def _jax(version: str) -> Any:
    device = SimpleNamespace(
        platform="gpu", device_kind="NVIDIA H100", client=SimpleNamespace(platform_version=version)
    )
    return SimpleNamespace(
        devices=lambda: [device], config=SimpleNamespace(jax_default_matmul_precision=None)
    )
