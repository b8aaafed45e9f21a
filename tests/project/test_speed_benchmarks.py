"""The speed benchmarks' parts: rivals in processes of their own, the same networks in PyTorch, and their place outside the grid."""

import importlib
import json
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks import bench_inference
from benchmarks.engine.backend import Hidden
from benchmarks.engine.rivals.process import RivalProcess
from benchmarks.engine.rivals.trainers import why_missing
from benchmarks.execution import environment
from benchmarks.experiment import published, shapes
from benchmarks.experiment.protocols import PROTOCOLS
from benchmarks.experiment.settings import Settings
from benchmarks.plugin import speed
from benchmarks.plugin.session import SESSION
from tests.support import surroundings

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


@pytest.mark.slow
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
        with pytest.raises(
            RuntimeError, match=r"the process of suite ended with status 1: .*no_such_architecture"
        ):
            rival.seconds(128)
    finally:
        rival.close()


def test_rivals_are_told_nothing_that_an_engine_set_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[dict[str, str]] = []
    monkeypatch.setenv("XLA_FLAGS", "--of-the-engine")
    monkeypatch.setattr("subprocess.Popen", lambda command, **how: given.append(how["env"]))
    RivalProcess("keras-jax", "lenet", (28, 28, 1), "float32")._errors.close()
    assert given[0]["KERAS_BACKEND"] == "jax"
    assert given[0].get("XLA_FLAGS") != "--of-the-engine"


def test_a_process_without_tensorflow_of_its_own_can_tell_whether_a_rival_has_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "meta_path", [Hidden(("tensorflow",), "kept out"), *sys.meta_path])
    assert why_missing("suite") is None  # installed, since these tests need it
    assert importlib.reload(speed).SUITE == "suite"


@pytest.mark.end_to_end
def test_speed_is_collected_only_where_it_is_named() -> None:
    def collected(where: str) -> str:
        command = [sys.executable, "-m", "pytest", where, "--collect-only", "-q", "-p", "no:cacheprovider"]
        done = subprocess.run(  # noqa: S603
            command, cwd=ROOT, env=surroundings.environment(), capture_output=True, text=True, check=True
        )
        return done.stdout

    grid = collected("benchmarks/")
    assert "test_training[lenet-mnist]" in grid
    for named in ("benchmarks/bench_throughput.py", "benchmarks/bench_inference.py"):
        assert named not in grid
        assert named in collected(named)


def test_inference_is_timed_of_the_architectures_and_on_the_backend_that_were_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = Settings(PROTOCOLS["quick"], ("lenet", "vgg"), ("mnist",), backend="jax")
    config: Any = SimpleNamespace(stash={SESSION: SimpleNamespace(settings=settings)})
    asked: dict[str, object] = {}
    bench_inference.pytest_generate_tests(SimpleNamespace(config=config, parametrize=asked.__setitem__))  # type: ignore[arg-type]
    assert asked == {"architecture": ("lenet", "vgg")}
    started: list[str] = []

    def start(backend: str) -> None:
        started.append(backend)
        raise InterruptedError

    monkeypatch.setattr(bench_inference, "load_engine", start)
    with pytest.raises(InterruptedError):
        bench_inference.test_inference("lenet", (28, 28, 1), 1, SimpleNamespace(), config)
    assert started == ["jax"]


def test_contenders_that_are_not_installed_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed, "why_missing", lambda name: "not here" if name.startswith("torch") else None)
    names, missing = speed.contenders(None)
    assert names[0] == "suite"
    assert "keras" in names
    assert missing == dict.fromkeys(("torch", "torch-compile", "torch-graphs"), "not here")
    assert speed.contenders("keras")[0] == ("suite", "keras")
    for wrong, message in (
        ("kreas", r"unknown; did you mean keras\? Expected one of suite, jax"),
        ("torch", "not here"),
    ):
        with pytest.raises(pytest.UsageError, match=message):
            speed.contenders(wrong)


def test_shapes_are_height_width_channels() -> None:
    assert speed.shapes("28x28x1, 96x64x3") == ((28, 28, 1), (96, 64, 3))
    for wrong in ("28x28", "0x28x1", "x", ""):
        with pytest.raises(pytest.UsageError, match="such as 28x28x1"):
            speed.shapes(wrong)


def test_progress_says_how_long_the_rest_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    now, lines = [0.0], list[str]()
    monkeypatch.setattr("benchmarks.plugin.speed.time.monotonic", lambda: now[0])
    progress = speed.Progress(cases=3, rounds=2, say=lines.append)
    progress.begin()
    now[0] = 20.0
    progress.round_done("lenet", 1)
    progress.begin()  # the first case failed after one round: what is left counts whole cases
    now[0] = 60.0
    progress.round_done("vgg", 1)
    now[0] = 8080.0
    progress.round_done("vgg", 2)
    progress.result("vgg", {"suite": [10.0, 30.0], "keras": [5.0, 6.0]}, {"keras": 3.5})
    assert lines[0].endswith("lenet  round 1/2  left: 1:40")
    assert lines[1].endswith("vgg  round 1/2  left: 1:00")
    assert lines[2].endswith("vgg  round 2/2  left: 1:07:20")
    assert lines[3].endswith("vgg  suite 20 img/s  3.50 x keras")


@pytest.mark.parametrize(("flags", "lacks"), [("fpu avx2 avx512_bf16", False), ("fpu avx2 sse4_2", True)])
def test_bfloat16_without_instructions_for_it_is_named(
    flags: str, lacks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "read_text", lambda path: f"flags : {flags}")
    monkeypatch.setattr("benchmarks.engine.tensorflow.on_processor", lambda: True)
    assert bool(environment.lacks_instructions_for("mixed_bfloat16", "tensorflow")) == lacks
    assert environment.lacks_instructions_for("float32", "tensorflow") is None
    monkeypatch.setattr("benchmarks.engine.tensorflow.on_processor", lambda: False)
    assert environment.lacks_instructions_for("mixed_bfloat16", "tensorflow") is None


@pytest.mark.slow
def test_an_interrupted_run_keeps_its_rounds(tmp_path: Path) -> None:
    (tmp_path / "short.py").write_text(
        "def pytest_collection_modifyitems(items):\n    items[0].module.ROUNDS, items[0].module.SECONDS = 500, 0.02\n"
    )
    command = [sys.executable, "-m", "pytest", "benchmarks/bench_throughput.py", "-p", "short", "-p", "no:cacheprovider",
               "--arch", "lenet", "--shape", "28x28x1", "--contender", "keras", "-k", "float32",
               "--benchmark-json", str(tmp_path / "speed.json")]  # fmt: skip
    env = surroundings.environment(PYTHONPATH=str(tmp_path))
    lines = []
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as running:  # noqa: S603
        assert running.stdout is not None
        for line in running.stdout:
            lines.append(line)
            if "round 3/500" in line:
                running.send_signal(signal.SIGINT)
    assert running.returncode == 2, "".join(lines)
    (entry,) = json.loads((tmp_path / "speed.json").read_text())["benchmarks"]
    info = entry["extra_info"]
    assert info["rounds"] >= 3
    assert {len(rates) for rates in info["images_per_second"].values()} == {info["rounds"]}
    assert set(info["ratios"]) == {"keras"}


def test_cases_that_will_be_skipped_do_not_count() -> None:
    def item(**params: object) -> SimpleNamespace:
        return SimpleNamespace(callspec=SimpleNamespace(params=params))

    kinds = ("float32", "mixed_bfloat16")
    cases = [item(shape=shape, precision=kind) for kind in kinds for shape in shapes.STUDY]
    others = [item(precision=kind) for kind in kinds]
    items: list[Any] = [*cases, *others, SimpleNamespace()]
    assert speed.count_cases(items, kinds) == 4
    assert speed.count_cases(items, ["float32"]) == 2
