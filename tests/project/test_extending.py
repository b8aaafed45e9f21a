"""docs/extending.md shows what works: their files pass the contract tests, and all three ways train."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.support.small_project import PROJECT, copy_project, infos, run
from tests.support.surroundings import environment

SHOWN = re.compile(r"```python\n# ((?:models|datasets)/\w+\.py)\n(.*?)```", re.DOTALL)


def shown(document: str) -> dict[str, str]:
    return dict(SHOWN.findall((PROJECT / document).read_text(encoding="utf-8")))


def test_the_guide_shows_an_architecture_and_a_data_set() -> None:
    guide = shown("docs/extending.md")
    assert set(guide) == {"models/tiny.py", "datasets/bars.py"}
    assert shown("README.md") == {"models/tiny.py": guide["models/tiny.py"]}


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with the files that the guide shows, and a folder of pictures."""
    project = copy_project(tmp_path_factory.mktemp("extended"))
    shutil.copytree(PROJECT / "tests", project / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    for name, text in shown("docs/extending.md").items():
        (project / name).write_text(text)
    with (project / "benchmarks" / "experiment" / "protocols.py").open(
        "a"
    ) as file:  # all of the folder's pictures
        file.write(
            'import dataclasses\nPROTOCOLS["tiny"] = dataclasses.replace(PROTOCOLS["tiny"], train=240)\n'
        )
    rng = np.random.default_rng(0)
    for split, count in (("train", 80), ("test", 20)):
        for kind, colour in (("cat", (200, 60, 60)), ("dog", (60, 60, 200)), ("fish", (60, 200, 60))):
            folder = project / "photos" / split / kind
            folder.mkdir(parents=True)
            for i in range(count):
                height, width = rng.integers(10, 60, 2)
                noise = rng.integers(-50, 50, (height, width, 3))
                pixels = np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8)
                Image.fromarray(pixels).save(folder / f"{i}.png")
    return project


@pytest.mark.end_to_end
def test_what_the_guide_shows_passes_the_contract_tests(extended: Path) -> None:
    tests = ["tests/models/test_contract.py", "tests/datasets/test_every_dataset.py"]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests, "-k", "tiny or bars"]
    done = subprocess.run(  # noqa: S603
        command, cwd=extended, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert "skipped" not in done.stdout


@pytest.mark.end_to_end
def test_all_three_ways_train(extended: Path) -> None:
    red = extended / "photos" / "train" / "cat"
    whole = (red / "0.png").read_bytes()
    (red / "0.png").write_bytes(whole[:50])
    (red / "notes.txt").write_text("no picture")
    chosen = (
        "--arch",
        "tiny",
        "--dataset",
        "bars,pets",
        "--own-data",
        f"pets={extended / 'photos'}",
        "--data",
        "auto",
    )
    offline = {"BENCH_OFFLINE": "1", "BENCH_CACHE_DIR": str(extended / "cache"), "KERAS_HOME": str(extended)}
    status, output = run(extended, *chosen, **offline)
    assert status == 4, output
    assert "0.png: broken" in output
    assert "notes.txt: not a PNG, JPEG or BMP file" in output
    saved = extended / "run.json"
    status, output = run(extended, *chosen, "--skip-bad-images", "--benchmark-json", str(saved), **offline)
    assert status == 0, output
    cells = infos(saved)
    assert set(cells) == {"tiny-bars", "tiny-pets"}
    assert cells["tiny-pets"]["data_source"] == "real"
    assert cells["tiny-pets"]["train_images"] == 239
    assert cells["tiny-pets"]["class_names"] == ["cat", "dog", "fish"]
    assert "2 bad files left out" in cells["tiny-pets"]["data_origin"]
    assert min(cell["accuracy"] for cell in cells.values()) > 0.8
