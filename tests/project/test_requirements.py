"""`requirements-jax.txt` is the project's dependencies with JAX in TensorFlow's place."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_requirements_of_jax_are_the_projects_without_tensorflow() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = (ROOT / "requirements-jax.txt").read_text().splitlines()
    without = {line for line in project["dependencies"] if not line.startswith("tensorflow")}
    required = {line for line in lines if not line.startswith("#")}
    assert required == without | set(project["optional-dependencies"]["jax"])
