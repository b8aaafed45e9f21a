"""Python blocks in the documents run; `test_extending.py` tests those that are files of a project."""

import re
from pathlib import Path

import pytest

from tests.support import command_line

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
EXAMPLES = [
    (path.name, code)
    for path in DOCUMENTS
    for code in re.findall(r"^```python\n(.*?)^```", path.read_text(), re.MULTILINE | re.DOTALL)
]
SCRIPTS = [(name, code) for name, code in EXAMPLES if not re.match(r"# \S+\.py\n", code)]


def test_there_are_examples() -> None:
    assert SCRIPTS
    assert len(EXAMPLES) > len(SCRIPTS)


@pytest.mark.parametrize("code", [code for _, code in SCRIPTS], ids=[name for name, _ in SCRIPTS])
def test_scripts_run(code: str) -> None:
    done = command_line.python(code)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout
