"""Calls of pytest and of `python -m benchmarks` in scripts, workflows and documents."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

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
