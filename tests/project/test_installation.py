"""What `pip` makes of the project in a fresh environment: everything, or one sentence that says what to do."""

import shutil
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
SENTENCE = "cannot be packed into a wheel: unpack or clone it and run `pip install -e .` in its folder."

pytestmark = pytest.mark.slow


class Environment:
    """A virtual environment that sees this one's libraries, so that nothing but setuptools is downloaded."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        run(sys.executable, "-m", "venv", folder)
        self.python = folder / "bin" / "python"
        (site,) = (folder / "lib").glob("python*/site-packages")
        here = Path(sysconfig.get_paths()["purelib"])
        # By path alone: `.pth` files of this environment, such as its own editable install, do not count there.
        (site / "libraries.pth").write_text(f"{here}\n")
        self.pip("install", "-q", "setuptools>=77", "wheel")

    def pip(self, *arguments: str | Path, status: int = 0) -> str:
        return run(self.python, "-m", "pip", "--disable-pip-version-check", *arguments, status=status)

    def run(self, *code: str) -> str:
        """Run Python away from the checkout."""
        return run(self.python, "-P", *code, cwd=self.folder)


def run(*command: str | Path, cwd: Path | None = None, status: int = 0) -> str:
    """Return what a command prints."""
    done = subprocess.run(list(map(str, command)), cwd=cwd, text=True, capture_output=True)  # noqa: S603
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    return Environment(tmp_path_factory.mktemp("environment"))


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout, which builds may write to."""
    untracked = (
        ".git",
        ".venv",
        "build",
        "*.egg-info",
        "__pycache__",
        ".*_cache",
        ".hypothesis",
        ".benchmarks",
    )
    folder = tmp_path_factory.mktemp("sources") / "checkout"
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*untracked))
    return folder


@pytest.fixture(scope="module")
def archive(environment: Environment, sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source archive (sdist)."""
    folder = tmp_path_factory.mktemp("dist")
    code = f"import build_backend as b; b.build_sdist({str(folder)!r})"
    run(environment.python, "-c", code, cwd=sources)
    (found,) = folder.iterdir()
    return found


@pytest.mark.parametrize("command", ["install", "wheel"])
def test_a_plain_install_says_what_to_do(
    environment: Environment, sources: Path, tmp_path: Path, command: str
) -> None:
    where = ("--wheel-dir", str(tmp_path)) if command == "wheel" else ()
    out = environment.pip(command, *where, "--no-build-isolation", sources, status=1)
    assert SENTENCE in out
    assert "Collecting" not in out, "it looked for dependencies first"
    assert "already satisfied" not in out
    assert "Traceback" not in out
    assert environment.run("-c", "import importlib.util as u; print(u.find_spec('benchmarks'))") == "None\n"


def test_a_source_archive_is_the_whole_checkout(
    environment: Environment, archive: Path, tmp_path: Path
) -> None:
    assert SENTENCE in environment.pip("install", "--no-deps", "--no-build-isolation", archive, status=1)
    run(
        "tar", "-xf", archive, "-C", tmp_path, cwd=tmp_path
    )  # Python's own can unpack safely only since 3.11.4
    unpacked = tmp_path / f"cnn_benchmarks-{VERSION}"
    names = (".ci/run", ".github/workflows/accuracy.yml", "LICENSE", "README.md", "benchmarks/py.typed", "build_backend.py", "conftest.py",
             "benchmarks/baselines/quick-real.json", "benchmarks/report/writers/templates/report.html",
             "datasets/mnist.py", "docs/results.md", "models/lenet.py", "requirements-jax.txt",
             "tests/project/test_installation.py")  # fmt: skip
    assert [name for name in names if not (unpacked / name).exists()] == []

    environment.pip("install", "-q", "--no-deps", "--no-build-isolation", "-e", unpacked)
    script = environment.python.with_name("cnn-benchmarks")
    assert run(script, "--version", cwd=tmp_path).startswith(f"cnn-benchmarks {VERSION}")
    assert "cifar10" in run(script, "data", "--dataset", "cifar10", cwd=tmp_path, status=1)
    assert "== study, real data" in run(script, "report", "pinned", cwd=tmp_path)
    asked = "import importlib.util as u; print([n for n in ('datasets', 'models') if u.find_spec(n)])"
    assert environment.run("-c", asked) == "[]\n", "a folder's name that other libraries have was installed"
    loaded = environment.run(
        "-c", "from benchmarks.results import load_runs; print(len(load_runs('pinned')))"
    )
    assert int(loaded) > 0
