"""Python blocks in the documents run; `test_extending.py` tests those that are files of a project."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
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


@pytest.mark.end_to_end
def test_the_notebooks_figures_show_the_pinned_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    plt = pytest.importorskip("matplotlib.pyplot")
    plt.switch_backend("agg")
    monkeypatch.setattr(plt, "show", lambda: None)
    scope: dict[str, Any] = {}
    for cell in json.loads((ROOT / "docs" / "notebook.ipynb").read_text())["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), scope)  # noqa: S102
    gains, seeds, ranks = (plt.figure(number) for number in plt.get_fignums())
    looks = {
        (line.get_label(), line.get_color())
        for axis in gains.axes
        for line in axis.lines
        if np.isfinite(line.get_ydata()).all() and line.get_label()[0] != "_"
    }
    assert len(looks) == len(dict(looks)) >= 5, "one legend for all: an architecture has one colour"
    assert len(seeds.axes[0].collections) >= 5
    shown = ranks.axes[0].images[0].get_array()
    assert np.isfinite(shown.filled(np.nan)).all()
    assert len(shown) >= 3
    plt.close("all")
