"""Examples in the documents do what the text around them says."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import small_project

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
EXAMPLES = [
    (path.name, code)
    for path in DOCUMENTS
    for code in re.findall(r"^```python\n(.*?)^```", path.read_text(), re.MULTILINE | re.DOTALL)
]
FILES = {
    name: code for _, code in EXAMPLES if (name := code.partition("\n")[0].removeprefix("# ")).endswith(".py")
}
SCRIPTS = [(path, code) for path, code in EXAMPLES if code not in FILES.values()]


def test_there_are_examples() -> None:
    assert any(name.startswith("models/") for name in FILES)
    assert SCRIPTS


@pytest.mark.parametrize("code", [code for _, code in SCRIPTS], ids=[name for name, _ in SCRIPTS])
def test_scripts_run(code: str) -> None:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)  # noqa: S603
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


@pytest.mark.end_to_end
@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("models/")])
def test_a_model_passes_the_contract_tests_and_trains(name: str, tmp_path: Path) -> None:
    project = small_project.copy_project(tmp_path)
    shutil.copytree(ROOT / "tests", project / "tests")
    for path in (project / "models").glob("[!_]*.py"):
        path.unlink()  # their contract tests run elsewhere
    (project / name).write_text(FILES[name])
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "tests/models/test_contract.py",
    ]
    contract = subprocess.run(command, cwd=project, capture_output=True, text=True)  # noqa: S603
    assert contract.returncode == 0, contract.stdout
    architecture = Path(name).stem
    status, output = small_project.run(project, "--arch", architecture, "--dataset", "mnist")
    assert status == 0, output
    assert f"{architecture}-mnist  acc 0." in output
