"""What stored work depends on."""

import re
from pathlib import Path

import pytest

import models
from benchmarks.execution.resume_key import code_hashes, describe_differences, resume_key
from benchmarks.paths import PROJECT

OF_BOTH = "initialization", "layout", "network", "program", "programs", "rebuild", "states", "weights"
OF_ENGINE = {
    "tensorflow": ("augmentation", "data", "layers", "optimizers", "program", "startup", "steps"),
    "jax": (
        "augmentation", "convolution", "data", "initial_weights", "layers", "optimizers", "philox", "program", "startup", "steps",
    ),
}  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with the suite's engine and an empty package of models."""
    (tmp_path / "benchmarks").symlink_to(PROJECT / "benchmarks")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "__init__.py").touch()
    return tmp_path


@pytest.mark.parametrize("engine", OF_ENGINE)
def test_all_code_that_trains_is_in_the_key_and_no_other(engine: str) -> None:
    """Each further file throws users' stored seeds away whenever it changes."""
    files = {path for name in models.names() for path in code_hashes(name, engine)}
    architectures = {path for path in files if path.startswith("models/")}
    assert architectures == {"models/__init__.py", "models/_blocks.py"} | {
        f"models/{name}.py" for name in models.names()
    }
    assert files - architectures == {
        "benchmarks/__init__.py",
        "benchmarks/engine/__init__.py",
        "benchmarks/engine/backend.py",
        "benchmarks/engine/gpu.py",
        "benchmarks/engine/interface.py",
        "benchmarks/engine/loop.py",
        "benchmarks/engine/model_size.py",
        *(f"benchmarks/engine/networks/{name}.py" for name in ("__init__", *OF_BOTH)),
        *(f"benchmarks/engine/{engine}/{name}.py" for name in ("__init__", *OF_ENGINE[engine])),
        "benchmarks/experiment/__init__.py",
        "benchmarks/experiment/backend.py",
        # A recipe is named field by field: that another protocol's has changed voids nothing.
        "benchmarks/experiment/recipe.py",
        # A stored seed holds its measures: computed otherwise they are other figures.
        "benchmarks/metrics/__init__.py",
        "benchmarks/metrics/measures.py",
        "benchmarks/metrics/outputs.py",
    }  # fmt: skip


def test_a_file_that_is_not_python_is_named(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.execution.resume_key.PROJECT", project)
    (project / "models" / "unclosed.py").write_text("def build(\n")
    with pytest.raises(SyntaxError) as caught:
        code_hashes.__wrapped__("unclosed", "tensorflow")
    assert caught.value.filename == "models/unclosed.py"


def test_another_architectures_code_is_not_in_the_key() -> None:
    files = code_hashes("resnet20v1", "tensorflow")
    assert "models/resnet20v1.py" in files
    assert "models/vgg.py" not in files


@pytest.mark.parametrize(
    "line",
    [
        "from ._parts import part",
        "from . import _parts",
        "from models._parts import part",
        "import models._parts",
    ],
)
def test_what_an_architecture_imports_is_in_the_key_however_it_is_written(
    line: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in (("own", line), ("_parts", "from . import _further"), ("_further", "")):
        (project / "models" / f"{name}.py").write_text(text)
    monkeypatch.setattr("benchmarks.execution.resume_key.PROJECT", project)
    files = code_hashes.__wrapped__("own", "jax")
    assert {path for path in files if path.startswith("models/")} == {
        f"models/{name}.py" for name in ("__init__", "own", "_parts", "_further")
    }


CODE = '''"""An architecture."""

class Block:
    """A block."""

    width: int = 8
    """Channels."""

def build():
    return Block()  # one
'''


def _digest(code: str, project: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (project / "models" / "own.py").write_text(code)
    monkeypatch.setattr("benchmarks.execution.resume_key.PROJECT", project)
    return code_hashes.__wrapped__("own", "jax")["models/own.py"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("An architecture.", "Another description."),
        ("A block.", "What repeats."),
        ('    """Channels."""\n', ""),
        ("  # one", ""),
        ("width: int = 8", "width : int=8"),
    ],
)
def test_documenting_code_trains_nothing_again(
    old: str, new: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert old in CODE
    edited = CODE.replace(old, new)
    assert _digest(edited, project, monkeypatch) == _digest(CODE, project, monkeypatch)


def test_upgrading_python_trains_nothing_again(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python 3.12 quotes f-strings otherwise and gives functions a field for type parameters; 3.13 writes no empty lists."""
    code = """def build(*names, width=8):
    return f"{', '.join(names)}: {width:>8} é", [], None
"""
    assert _digest(code, project, monkeypatch) == "984f9569a40d6873"


@pytest.mark.parametrize(
    ("old", "new"), [("8", "9"), ("Block()", '"Block"'), ("def build", "async def build")]
)
def test_changing_code_trains_again(
    old: str, new: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert old in CODE
    edited = CODE.replace(old, new)
    assert _digest(edited, project, monkeypatch) != _digest(CODE, project, monkeypatch)


def test_the_key_is_flat_and_complete() -> None:
    parts = {"architecture": "lenet", "recipe": {"epochs": 3, "augmentation": {"mirror": True}}}
    found = resume_key(parts, "tensorflow")
    assert found["recipe.augmentation.mirror"] == "true"
    assert found["recipe.epochs"] == "3"
    assert {"version of tensorflow", "version of keras", "version of numpy"} <= set(found)
    assert describe_differences(found, found) == ""


@pytest.mark.parametrize(
    ("engine", "name", "value"),
    [
        ("tensorflow", "TF_ENABLE_ONEDNN_OPTS", "0"),
        ("tensorflow", "ONEDNN_MAX_CPU_ISA", "AVX2"),
        ("tensorflow", "TF_XLA_FLAGS", "--tf_xla_auto_jit=2"),
        ("jax", "XLA_FLAGS", "--xla_cpu_enable_fast_math=true"),
        ("jax", "JAX_DEFAULT_MATMUL_PRECISION", "float32"),
    ],
)
def test_work_that_was_trained_with_other_kernels_does_not_fit(
    engine: str, name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(name, raising=False)
    stored = resume_key({"architecture": "lenet"}, engine)
    monkeypatch.setenv(name, value)
    said = describe_differences(stored, resume_key({"architecture": "lenet"}, engine))
    assert re.fullmatch(f"{name}: .* -> {value}.*", said)


@pytest.mark.parametrize(
    ("engine", "name", "set_by_start"),
    [("tensorflow", "TF_ENABLE_ONEDNN_OPTS", "1"), ("jax", "XLA_FLAGS", "--xla_gpu_deterministic_ops=true")],
)
def test_starting_an_engine_does_not_change_its_key(
    engine: str, name: str, set_by_start: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(name, raising=False)
    before = resume_key({"architecture": "lenet"}, engine)
    monkeypatch.setenv(name, set_by_start)
    assert resume_key({"architecture": "lenet"}, engine) == before


@pytest.mark.parametrize("engine", OF_ENGINE)
def test_numbers_of_threads_are_not_in_the_key(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = resume_key({"architecture": "lenet"}, engine)
    for name in ("NPROC", "OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        monkeypatch.setenv(name, "1")
    assert resume_key({"architecture": "lenet"}, engine) == before


def test_stored_work_of_one_backend_is_none_of_another() -> None:
    parts = {"architecture": "lenet"}
    tensorflow, jax = resume_key(parts, "tensorflow"), resume_key(parts, "jax")
    assert {"version of jax", "version of jaxlib", "version of keras", "version of numpy"} <= set(jax)
    assert "version of tensorflow" not in jax
    assert "version of tensorflow: " in describe_differences(tensorflow, jax)
