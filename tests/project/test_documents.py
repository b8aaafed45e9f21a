"""CI recipes and documents say what works: every command in them is taken by the real command line."""

import ast
import inspect
import json
import pkgutil
import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from PIL import Image

from benchmarks.commands import main as command_line
from benchmarks.comparison.verdict import Verdict
from benchmarks.experiment.protocols import PROTOCOLS
from benchmarks.metrics.measures import FURTHER
from benchmarks.plugin import options
from benchmarks.results.run import Run
from tests.support.typed_options import config

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
WORKFLOW = ROOT / ".github" / "workflows" / "accuracy.yml"
GITLAB = ROOT / "docs" / "gitlab-ci.yml"
SCRIPTS = sorted((ROOT / ".ci").iterdir())
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
VARIABLES = {
    "${{ matrix.shard }}": "1",
    "$CI_NODE_INDEX": "1",
    "$CI_NODE_TOTAL": "4",
    '"${judging[@]}"': "--allow-missing unselected",
}


def workflow_text(path: Path) -> str:
    """The shell of a GitHub or GitLab workflow."""
    return workflow_shell(path.read_text())


def workflow_shell(text: str) -> str:
    found: list[str] = []

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            for key, value in node.items():
                if key in ("run", "script", "before_script"):
                    found.extend([value] if isinstance(value, str) else value)
                else:
                    walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(yaml.safe_load(text))
    return "\n".join(found)


def document_text(path: Path) -> str:
    """The shell in a document's code: indented blocks, and fences of `sh` or of workflows."""
    text = re.sub(r"^```(\w*)\n(.*?)^```", _fence, path.read_text(), flags=re.MULTILINE | re.DOTALL)
    return "\n".join(line[4:] for line in text.splitlines() if line.startswith("    "))


def _fence(found: re.Match[str]) -> str:
    language, code = found.groups()
    shell = workflow_shell(code) if language == "yaml" else code if language == "sh" else ""
    return re.sub("^", "    ", shell, flags=re.MULTILINE)


def commands(shell: str) -> Iterator[list[str]]:
    """Each simple command, as words."""
    for name, value in VARIABLES.items():
        shell = shell.replace(name, value)
    for line in shell.replace("\\\n", " ").splitlines():
        try:
            lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
            lexer.whitespace_split = True
            words = list(lexer)
        except ValueError:
            continue  # prose, or half of something longer
        command: list[str] = []
        for word in [*words, ";"]:
            if not re.fullmatch(r"[;&|()<>]+", word):
                command.append(word)
                continue
            yield command
            command = []


def calls(shell: str) -> Iterator[tuple[str, list[str]]]:
    """Calls of pytest and of `python -m benchmarks`, and the arguments of each, whatever starts them: `srun`, `if`, `sh -c`."""
    for command in commands(shell):
        for position in range(len(command)):
            match command[position:]:
                case ["sh", "-c", script, *_]:
                    yield from calls(script)
                    break
                case ["bash", ".ci/gate", reference, *arguments]:
                    yield "pytest", ["benchmarks/", *arguments, "--accuracy-compare", reference]
                    break
                case [python, "-m", ("pytest" | "benchmarks") as module, *arguments] if is_python(python):
                    yield module, arguments
                    break
                case [program, *arguments] if (name := Path(program).name) in ("pytest", "cnn-benchmarks"):
                    yield name.removeprefix("cnn-"), arguments
                    break


def is_python(word: str) -> bool:
    return Path(word).name.startswith("python")


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


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_bash(script: Path) -> None:
    done = subprocess.run(["bash", "-n", str(script)], capture_output=True, text=True)  # noqa: S603, S607
    assert (done.returncode, done.stderr) == (0, "")


def test_the_workflows_shards_are_all_there() -> None:
    jobs = yaml.safe_load(WORKFLOW.read_text())["jobs"]
    shards = jobs["tuned"]["strategy"]["matrix"]["shard"]
    assert shards == list(range(1, len(shards) + 1))
    assert f"--shard ${{{{ matrix.shard }}}}/{len(shards)} " in workflow_text(WORKFLOW)
    assert f"$CI_NODE_INDEX/{yaml.safe_load(GITLAB.read_text())['tuned']['parallel']}" in (
        workflow_text(GITLAB).replace("$CI_NODE_TOTAL", "4")
    )


def test_jobs_wait_for_jobs_that_exist_and_take_what_these_leave() -> None:
    jobs = yaml.safe_load(WORKFLOW.read_text())["jobs"]
    assert {job["needs"] for job in jobs.values() if "needs" in job} <= set(jobs)
    steps = [step for job in jobs.values() for step in job["steps"]]
    left = [step["with"]["name"] for step in steps if "upload-artifact" in step.get("uses", "")]
    (taken,) = [step["with"]["pattern"] for step in steps if "download-artifact" in step.get("uses", "")]
    assert any(Path(name).match(taken) for name in left)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_pin_actions_by_commit_and_have_least_permissions(path: Path) -> None:
    text = path.read_text()
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assert job["permissions"] == {"contents": "read"}
        assert job["timeout-minutes"] <= 360
        assert all(("uses" in step) != ("run" in step) for step in job["steps"])
    uses = re.findall(r"uses: (.*)", text)
    assert uses
    assert all(re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", use) for use in uses)


def test_tests_run_on_every_python_that_the_project_names() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = re.findall(r"Python :: (3\.\d+)\"", json.dumps(project["classifiers"]))
    checks = yaml.safe_load((ROOT / ".github" / "workflows" / "checks.yml").read_text())
    assert checks["jobs"]["tests"]["strategy"]["matrix"]["python"] == named


def test_a_pull_request_gets_every_test_that_decides_what_lands() -> None:
    ours, checks = ({tuple(arguments) for program, arguments in calls(TEXTS[name]) if program == "pytest"}
                    for name in (".ci/run", ".github/workflows/checks.yml"))  # fmt: skip
    trainings = {call for call in ours if call[0] == "benchmarks/"}
    shown = ("--durations", "12")  # for whoever reads the log
    tests = {
        call[:-2] if call[-2:] == shown else call for call in ours - trainings if "real_data" not in call
    }
    assert len(tests) == 4
    assert tests <= checks
    assert ("-n", "auto", "--dist", "loadfile", "-rs") in checks
    steps = yaml.safe_load((ROOT / ".github" / "workflows" / "checks.yml").read_text())["jobs"]["end_to_end"][
        "steps"
    ]
    (whole,) = [step for step in steps if "end_to_end and not slow" in step.get("run", "")]
    assert whole["env"] == {"REQUIRE_BROWSER": 1}  # pages are tested there, not skipped


def test_the_newest_libraries_train_on_both_backends() -> None:
    every = [call for program, call in calls(TEXTS[".github/workflows/newest.yml"]) if program == "pytest"]
    trained = [call for call in every if "benchmarks/" in call]
    assert sorted("jax" if "--backend" in call else "tensorflow" for call in trained) == ["jax", "tensorflow"]
    assert [call for call in every if call not in trained] == [
        ["-n", "auto", "--dist", "loadfile", "-m", "slow"],
        ["-m", "real_data", "-rs"],
    ]
