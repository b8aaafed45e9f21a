"""CI recipes and documents say what works: every command in them is taken by the real command line."""

import ast
import inspect
import pkgutil
import re
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import pytest
from PIL import Image

from benchmarks.commands import main as command_line
from benchmarks.comparison.verdict import Verdict
from benchmarks.experiment.protocols import PROTOCOLS
from benchmarks.metrics.measures import FURTHER
from benchmarks.plugin import options
from benchmarks.results.run import Run
from tests.support.shell_calls import calls, document_text, workflow_text
from tests.support.typed_options import config

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
GITLAB = ROOT / "docs" / "gitlab-ci.yml"
SCRIPTS = sorted((ROOT / ".ci").iterdir())
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
TEXTS = {
    str(path.relative_to(ROOT)): read(path)
    for read, paths in (
        (workflow_text, [*WORKFLOWS, GITLAB]),
        (Path.read_text, SCRIPTS),
        (document_text, DOCUMENTS),
    )
    for path in paths
}
CALLS = sorted(
    {(name, *call, *arguments) for name, text in TEXTS.items() for *call, arguments in calls(text)}
)


NO_CALLS = ("test_command=$(sed ",)
"""Lines that begin so speak of pytest and do not call it."""


def test_no_line_that_calls_is_overlooked() -> None:
    lines = [line.strip() for text in TEXTS.values() for line in text.replace("\\\n", " ").splitlines()]
    calling = [
        line
        for line in lines
        if re.search(r"(?<![\w-])pytest\s|-m (pytest|benchmarks)\b|cnn-benchmarks [a-z]", line)
        and not line.startswith(("#", *NO_CALLS))
    ]
    assert len(calling) > 20
    assert [line for line in calling if not list(calls(line))] == []


@pytest.mark.parametrize("call", CALLS, ids=" ".join)
def test_the_command_line_takes_it(
    call: Sequence[str], pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(_pictures(tmp_path))
    monkeypatch.delenv("KERAS_BACKEND", raising=False)  # an engine that has started here sets it
    _, program, *arguments = call
    if program == "benchmarks":
        for name, command in command_line.COMMANDS.items():
            monkeypatch.setitem(command_line.COMMANDS, name, command._replace(run=lambda args: 0))
        assert command_line.main(arguments) == 0
        return
    typed = config(pytestconfig, *arguments)
    cells = {cell.id for cell in options.settings(typed).cells()}
    options.shard(typed)
    options.gate_settings(typed, Run("not trained", {}))
    for name in typed.args:
        path, _, test = name.partition("::")
        assert "$" in name or (ROOT / path).exists(), f"{path} is not there"
        assert not test.startswith("test_training") or test[len("test_training[") : -1] in cells


def _pictures(folder: Path) -> Path:
    """Make the images of a user that the documents speak of."""
    for split in ("train", "test"):
        for kind in ("cat", "dog"):
            path = folder / "photos" / split / kind / "1.png"
            path.parent.mkdir(parents=True)
            Image.new("RGB", (32, 32)).save(path)
    return folder


def test_recipes_and_documents_have_commands() -> None:
    found = {name for name, *_ in CALLS}
    assert found >= {
        ".ci/run",
        ".ci/gate",
        ".github/workflows/accuracy.yml",
        "docs/gitlab-ci.yml",
        "README.md",
    }
    assert len(CALLS) > 20


def test_what_does_not_exist_is_found(pytestconfig: pytest.Config) -> None:
    shell = (
        "x=1 python -m benchmarks compare pinned run.json > log || pytest benchmarks/ --sedes 5; ls\n"
        "srun -n 2 pytest tests; entrypoint: sh -c 'cd /suite && \"$work/bin/python\" -m pytest benchmarks/'"
    )
    found = list(calls(shell))
    assert found == [
        ("benchmarks", ["compare", "pinned", "run.json"]),
        ("pytest", ["benchmarks/", "--sedes", "5"]),
        ("pytest", ["tests"]),
        ("pytest", ["benchmarks/"]),
    ]
    with pytest.raises(AssertionError, match="--sedes"):
        config(pytestconfig, *found[1][1])


def test_the_reference_has_every_command() -> None:
    reference = (ROOT / "docs" / "options.md").read_text()
    assert [name for name in command_line.COMMANDS if f"python -m benchmarks {name} " not in reference] == []


def test_the_glossary_explains_what_the_output_says() -> None:
    rows = re.findall(r"^\| ([^|]+) \|", (ROOT / "docs" / "glossary.md").read_text(), re.MULTILINE)
    words = {word.strip(" `()*") for row in rows for word in re.split(r"[,(]", row)}
    assert set(get_args(Verdict)) <= words
    assert {*PROTOCOLS, "cell", "floor", "LOW", "pinned", "protocol", "stand-in", "synthetic"} <= words
    assert {measure.title for measure in FURTHER} <= words


def test_functions_that_documents_call_take_these_arguments() -> None:
    """Such as the simulation of other grids."""
    found = [
        call for path in DOCUMENTS for call in re.findall(r"`(benchmarks\.[\w.]+\(.+\))`", path.read_text())
    ]
    assert found
    for text in found:
        call = ast.parse(text, mode="eval").body
        assert isinstance(call, ast.Call)
        function = pkgutil.resolve_name(ast.unparse(call.func))
        inspect.signature(function).bind(*call.args, **{str(word.arg): word.value for word in call.keywords})


def test_documents_name_the_program_in_one_way() -> None:
    """`cnn-benchmarks` is the same program; docs/options.md says so once."""
    named = [
        path.name
        for path in DOCUMENTS
        for _ in re.findall(r"cnn-benchmarks (?!COMMAND)[a-z]", path.read_text())
    ]
    assert not named
