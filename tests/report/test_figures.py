"""Pictures of reports: PNG files, images that most models get wrong, and the sizes and times of all of it."""

import base64
import io
import json
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import datasets
from benchmarks.commands.main import main
from benchmarks.report import pngs
from benchmarks.report.groups import group
from benchmarks.report.page import Gallery
from benchmarks.report.views import hard_images
from benchmarks.results.run import from_dict
from tests.support.full_grid import collection, grid
from tests.support.run_factory import cell, run, save

ROOT = Path(__file__).parents[2]
TRAIN, TEST = 40, 30


def bits(wrong: list[int]) -> str:
    right = np.ones(TEST, bool)
    right[wrong] = False
    return base64.b64encode(np.packbits(right).tobytes()).decode()


def three_models(**changes: Any) -> dict[str, Any]:
    """Three models: image 7 is wrong in all, 3 in two, 5 in one."""
    correct = [bits([3, 7]), bits([7]), bits([3, 5, 7])]
    return cell(
        [1 - wrong / TEST for wrong in (2, 1, 3)],
        correct=correct,
        test_images=TEST,
        train_images=TRAIN,
        data_source="synthetic",
        **changes,
    )


def found(info: dict[str, Any], *more: dict[str, Any]) -> list[Gallery]:
    columns = group([from_dict(run(info, *more), "r")])[0].grid.columns
    return [hard_images.gallery(hard, None) for column in columns for hard in hard_images.find(column)]


def places(hard: Gallery) -> list[str]:
    return [picture.said[0] for picture in hard.pictures]


def test_hard_images_come_from_the_bits_the_worst_first() -> None:
    (hard,) = found(three_models())
    assert places(hard) == ["no. 7, 3 of 3 wrong", "no. 3, 2 of 3 wrong"]
    assert hard.said == "1 image of 30 missed by all 3 models, 2 by more than half. The worst 2:"
    assert hard.title == "MNIST (synthetic): lenet"


def test_the_usual_mistake_of_a_class_is_named() -> None:
    data = datasets.load("mnist", "synthetic", train=TRAIN, test=TEST)
    true = int(data.y_test[7])
    names = list(data.class_names)
    info = three_models(data_fingerprint=data.fingerprint, class_names=names)
    whole = np.diag(np.bincount(data.y_test, minlength=10))
    info["confusion"] = [whole.tolist() for _ in range(3)]
    for counts, wrong in zip(info["confusion"], ([3, 7], [7], [3, 5, 7]), strict=True):
        for image in wrong:
            label = int(data.y_test[image])
            counts[label][label] -= 1
            counts[label][(label + 3) % 10] += 1
    (hard,) = found(info)
    assert hard.pictures[0].said[1] == f"class mostly taken for {names[(true + 3) % 10]}"


def test_models_of_other_training_shares_are_counted_together_by_their_test_images() -> None:
    share = {"train_images": 2 * TRAIN, "data_fingerprint": "e" * 16}
    more = three_models(test_fingerprint="t" * 16) | {"architecture": "vgg"} | share
    (hard,) = found(three_models(test_fingerprint="t" * 16), more)
    assert hard.said.startswith("1 image of 30 missed by all 6 models, 2 by more than half.")
    assert len(found(three_models(test_fingerprint="u" * 16), more)) == 2


def test_a_run_without_fingerprints_of_the_test_images_joins_those_of_the_same_data() -> None:
    old = three_models() | {"architecture": "vgg"}
    assert len(found(three_models(test_fingerprint="t" * 16), old)) == 1
    assert len(found(three_models(test_fingerprint="t" * 16), old | {"data_fingerprint": "e" * 16})) == 2


def test_pictures_are_those_of_the_very_same_data() -> None:
    data = datasets.load("mnist", "synthetic", train=TRAIN, test=TEST)
    (hard,) = found(three_models(data_fingerprint=data.fingerprint))
    assert hard.note == ""
    picture = hard.pictures[0]
    assert picture.title == data.class_names[data.y_test[7]]
    head, _, content = picture.uri.partition(",")
    assert head == "data:image/png;base64"
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(content))))
    assert np.array_equal(pixels, data.x_test[7, ..., 0])


def test_other_data_give_no_pictures_and_the_reason() -> None:
    (hard,) = found(three_models(data_fingerprint="e" * 16))
    assert [picture.uri for picture in hard.pictures] == ["", ""]
    assert "the images here differ from the run's" in hard.note


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"train_images": None}, "does not say how many training images"),
        ({"train_images": 50_000}, "are not generated again"),
        ({"dataset": "unheard_of"}, "no data set 'unheard_of'"),
        ({"data_source": "real"}, "MNIST: no real data"),
    ],
)
def test_without_pictures_the_places_are_still_listed(changes: dict[str, Any], reason: str) -> None:
    (hard,) = found(three_models() | changes)
    assert places(hard) == ["no. 7, 3 of 3 wrong", "no. 3, 2 of 3 wrong"]
    assert reason in hard.note


def test_models_tested_on_other_images_are_counted_apart() -> None:
    one, other = found(three_models(), three_models(architecture="vgg", data_fingerprint="e" * 16))
    assert all("by all 3 models" in hard.said for hard in (one, other))


@pytest.mark.end_to_end
def test_png_writes_every_figure(tmp_path: Path) -> None:
    data = grid(
        2, architectures=("lenet", "vgg"), datasets=("mnist", "cifar10"), images=200, synthetic=("cifar10",)
    )
    older = data | {"datetime": "2025-01-01T00:00:00"}
    paths = [str(save(tmp_path / f"{i}.json", one)) for i, one in enumerate((older, data))]
    assert main(["report", *paths, "--png", str(tmp_path / "new" / "png")]) == 0
    files = {path.name: path for path in (tmp_path / "new" / "png").iterdir()}
    columns = ("mnist-real", "cifar10-synthetic")
    wanted = {"accuracy.png", "curves.png", "study.png", "trend.png"}
    assert set(files) == wanted | {f"{kind}-{c}.png" for kind in ("cost", "confusion") for c in columns}
    for path in files.values():
        image = Image.open(path)
        assert min(image.size) > 300
        assert len(set(image.convert("L").resize((60, 40)).tobytes())) > 5  # not an empty canvas


def test_a_data_set_under_two_protocols_or_precisions_has_figures_for_each() -> None:
    data = grid(2, architectures=("lenet", "vgg", "resnet20v1"), datasets=("mnist",), images=200)
    for entry, changes in zip(
        data["benchmarks"], ({}, {"protocol": "study"}, {"precision": "mixed_bfloat16"}), strict=True
    ):
        entry["extra_info"] |= changes
    titles = {figure.key: figure.title for figure in pngs.figures(collection(data))}
    assert {key: title for key, title in titles.items() if key.startswith("confusion")} == {
        "confusion-mnist-real": "MNIST (study, real data): confusion",
        "confusion-mnist-real-2": "MNIST (quick, real data): confusion",
        "confusion-mnist-real-3": "MNIST (quick, real data, mixed_bfloat16): confusion",
    }
    assert [key for key in titles if key.startswith("cost")] == [
        "cost-mnist-real", "cost-mnist-real-2", "cost-mnist-real-3",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--html", "/nowhere/page.html"), "/nowhere/page.html"),
        (("--html", "page.html", "--baseline", "77"), "run 77"),
    ],
)
def test_a_wrong_call_is_status_2(
    words: tuple[str, ...],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    save(tmp_path / "run.json", run(cell()))
    assert main(["report", "run.json", *words]) == 2
    assert message in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["run.json"]


def test_an_empty_folder_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(tmp_path), "--html", str(tmp_path / "page.html")]) == 2
    assert "no saved run in it" in capsys.readouterr().err


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    path = save(tmp_path / "run.json", run(cell()))
    for lacking, form in (("jinja2", "--html"), ("vl_convert", "--png")):
        done = _python(f"sys.modules[{lacking!r}] = None", "report", path, form, tmp_path / "made")
        assert done.returncode == 2
        assert f"{lacking} is missing" in done.stderr
        assert "pip install -e '.[report]'" in done.stderr


def test_the_page_is_written_without_vega(tmp_path: Path) -> None:
    path = save(tmp_path / "run.json", run(cell()))
    done = _python("sys.modules['vl_convert'] = None", "report", path, "--html", tmp_path / "page.html")
    assert (done.returncode, done.stderr.strip()) == (0, "")


@pytest.mark.end_to_end
def test_a_report_with_pictures_imports_no_framework(tmp_path: Path) -> None:
    path = save(tmp_path / "run.json", run(cell()))
    done = _python("", "report", path, "--html", tmp_path / "page.html", "--png", tmp_path)
    assert (done.returncode, done.stderr.strip()) == (0, "")


@pytest.mark.slow
def test_a_thousand_grids_take_less_than_a_minute_and_a_gibibyte(tmp_path: Path) -> None:
    start = datetime(2025, 1, 1, tzinfo=UTC)
    for i in range(1000):
        data = grid(5, draw=i % 7, shift=-0.01 * (i > 600), datetime=(start + timedelta(hours=i)).isoformat())
        save(tmp_path / "runs" / f"{i:04}_x.json", data)
    begin = time.monotonic()
    done = _python("", "report", tmp_path / "runs", "--html", tmp_path / "page.html")
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - begin < 60
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 1024**2  # KiB
    assert (tmp_path / "page.html").stat().st_size < 3_000_000


def _python(before: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own; frameworks that it imported are named on stderr."""
    code = (
        f"import json, sys\n{before}\nfrom benchmarks.commands.main import main\nstatus = main(json.loads(sys.argv[1]))\n"
        "print(*{'tensorflow', 'keras', 'torch'} & set(sys.modules), file=sys.stderr)\nsys.exit(status)"
    )
    words = json.dumps([str(argument) for argument in arguments])
    return subprocess.run(  # noqa: S603
        [sys.executable, "-W", "error", "-c", code, words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
    )
