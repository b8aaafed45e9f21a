"""The study's five architectures: what no shape or count shows."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import models

GREY, COLOUR = (28, 28, 1), (32, 32, 3)


class Graph:
    """A functional model as layers and the layers that feed them."""

    def __init__(self, model: Any) -> None:
        self.layers = list(model.layers)
        producer = {id(layer.output): layer for layer in self.layers}
        self.parents = {
            layer: [producer[id(t)] for t in (layer.input if isinstance(layer.input, list) else [layer.input])]
            for layer in self.layers[1:]
        }  # fmt: skip
        self.children: dict[Any, list[Any]] = {layer: [] for layer in self.layers}
        for layer, parents in self.parents.items():
            for parent in parents:
                self.children[parent].append(layer)

    def chain(self, first: Any) -> tuple[list[str], Any]:
        """Descriptions from `first` on to where ways part or meet, and the layer behind which they do."""
        said, layer = [describe(first)], first
        while len(self.children[layer]) == 1 and len(self.parents[self.children[layer][0]]) == 1:
            layer = self.children[layer][0]
            said.append(describe(layer))
        return said, layer

    def blocks(self) -> Iterator[tuple[list[list[str]], str, list[str]]]:
        """For each parting: the ways to where they meet, what meets them there, and what follows that."""
        _, fork = self.chain(self.layers[0])
        while self.children[fork]:
            ways: list[list[str]] = []
            ends = set()
            for child in self.children[fork]:
                if len(self.parents[child]) > 1:
                    ways.append([])
                    ends.add(child)
                    continue
                way, end = self.chain(child)
                ways.append(way)
                ends.update(self.children[end])
            (meeting,) = ends
            follows, fork = self.chain(meeting)
            yield ways, describe(meeting), follows[1:]

    @property
    def stem(self) -> list[str]:
        return self.chain(self.layers[0])[0][1:]


def describe(layer: Any) -> str:
    """A layer as architectures are written down: `C 16 3 /2 same relu` has 16 filters of 3x3 and stride 2."""
    kind = type(layer).__name__
    if kind == "Conv2D":
        (size, _), (stride, _) = layer.kernel_size, layer.strides
        words = ["C", layer.filters, size, f"/{stride}", layer.padding, layer.activation.__name__]
        return " ".join(map(str, words))
    if kind == "Dense":
        return f"dense {layer.units} {layer.activation.__name__}"
    if kind in ("MaxPooling2D", "AveragePooling2D"):
        (size, _), (stride, _) = layer.pool_size, layer.strides
        return f"{kind.removesuffix('Pooling2D').lower()} {size} /{stride} {layer.padding}"
    if kind == "Dropout":
        return f"dropout {layer.rate}"
    if kind == "LeakyReLU":
        return f"leaky relu {layer.negative_slope}"
    if kind == "ZeroPadding2D":
        return f"pad {layer.padding}"
    if kind == "Concatenate":
        return f"concatenate {layer.axis}"
    return kind


@pytest.fixture(scope="module")
def graphs(built: dict[Any, Any]) -> dict[Any, Graph]:
    names = "resnet20v1", "resnet20v2", "squeezenet"
    return {(name, shape): Graph(built[name, shape]) for name in names for shape in (GREY, COLOUR)}


@pytest.mark.parametrize("shape", [GREY, COLOUR])
def test_lenet(built: Any, shape: tuple[int, int, int]) -> None:
    assert [describe(layer) for layer in built["lenet", shape].layers[1:]] == [
        "C 6 3 /1 valid tanh",
        "max 2 /2 valid",
        "C 16 2 /1 valid tanh",
        "max 2 /2 valid",
        "Flatten",
        "dense 256 tanh",
        "dense 10 softmax",
    ]


@pytest.mark.parametrize("shape", [GREY, COLOUR])
def test_vgg_drops_after_both_poolings_and_the_first_dense_layer_alone(
    built: Any, shape: tuple[int, int, int]
) -> None:
    assert [describe(layer) for layer in built["vgg", shape].layers[1:]] == [
        "C 32 3 /1 same relu",
        "C 64 3 /1 same relu",
        "max 2 /2 valid",
        "dropout 0.5",
        "C 128 3 /1 same relu",
        "C 256 3 /1 valid relu",
        "max 3 /3 valid",
        "dropout 0.5",
        "Flatten",
        "dense 256 linear",
        "leaky relu 0.3",
        "dropout 0.5",
        "dense 256 linear",
        "leaky relu 0.3",
        "dense 10 softmax",
    ]


HEAD = ["average 8 /8 valid", "Flatten", "dense 10 softmax"]
BN_RELU = ["BatchNormalization", "ReLU"]
STEMS = {
    GREY: ["pad ((2, 2), (2, 2))", "C 16 3 /1 same linear"],  # bare: neither batch norm nor ReLU
    COLOUR: ["C 16 3 /1 same linear", *BN_RELU],
}


@pytest.mark.parametrize("shape", STEMS)
def test_resnet_v1_adds_before_its_relu(graphs: Any, shape: tuple[int, int, int]) -> None:
    graph = graphs["resnet20v1", shape]
    assert graph.stem == STEMS[shape]
    expected = []
    for filters, first_stride in ((16, 1), (32, 2), (64, 2)):
        for stride in (first_stride, 1, 1):
            residual = [
                f"C {filters} 3 /{stride} same linear",
                *BN_RELU,
                f"C {filters} 3 /1 same linear",
                "BatchNormalization",
            ]
            shortcut = [f"C {filters} 1 /2 same linear"] if stride == 2 else []
            expected.append((sorted([residual, shortcut]), "Add", ["ReLU"]))
    expected[-1][2].extend(HEAD)
    assert [(sorted(ways), meeting, after) for ways, meeting, after in graph.blocks()] == expected


@pytest.mark.parametrize("shape", STEMS)
def test_resnet_v2_norms_before_its_convolutions_but_the_first(
    graphs: Any, shape: tuple[int, int, int]
) -> None:
    graph = graphs["resnet20v2", shape]
    assert graph.stem == STEMS[shape]
    expected: list[tuple[list[list[str]], str, list[str]]] = []
    for stage, (narrow, wide, first_stride) in enumerate(((16, 64, 1), (64, 128, 2), (128, 256, 2))):
        for block, stride in enumerate((first_stride, 1)):
            residual = [
                *([] if stage == block == 0 else BN_RELU),
                f"C {narrow} 1 /{stride} same linear",
                *BN_RELU,
                f"C {narrow} 3 /1 same linear",
                *BN_RELU,
                f"C {wide} 1 /1 same linear",
            ]
            shortcut = [f"C {wide} 1 /{stride} same linear"] if block == 0 else []
            expected.append((sorted([residual, shortcut]), "Add", []))
    expected[-1][2].extend([*BN_RELU, *HEAD])
    assert [(sorted(ways), meeting, after) for ways, meeting, after in graph.blocks()] == expected


@pytest.mark.parametrize("shape", [GREY, COLOUR])
def test_squeezenet_concatenates_along_the_height(graphs: Any, shape: tuple[int, int, int]) -> None:
    graph = graphs["squeezenet", shape]
    pool, tail = "max 2 /2 valid", ["dropout 0.5", "C 10 1 /1 valid linear", "average 13 /1 same", *HEAD[1:]]
    assert graph.stem == ["C 96 3 /2 valid relu", pool, "C 16 1 /1 valid relu"]
    expected = []
    for expand, after in (
        (64, ["C 16 1 /1 valid relu"]),
        (64, ["C 32 1 /1 valid relu"]),
        (128, [pool, "C 32 1 /1 valid relu"]),
        (128, ["C 48 1 /1 valid relu"]),
        (192, ["C 48 1 /1 valid relu"]),
        (192, ["C 64 1 /1 valid relu"]),
        (256, [pool, "C 64 1 /1 valid relu"]),
        (256, tail),
    ):
        ways = [[f"C {expand} 1 /1 valid relu"], [f"C {expand} 3 /1 same relu"]]
        expected.append((ways, "concatenate 1", after))
    assert list(graph.blocks()) == expected


def test_squeezenets_maps_grow_tall_instead_of_deep(built: Any) -> None:
    assert built["squeezenet", COLOUR].get_layer("conv10").input.shape == (None, 448, 1, 256)


@pytest.mark.parametrize("shape", STEMS)
@pytest.mark.parametrize("name", ["resnet20v1", "resnet20v2"])
def test_resnets_penalize_and_draw_their_convolutions_as_the_paper_does(
    built: Any, name: str, shape: tuple[int, int, int]
) -> None:
    for layer in built[name, shape].layers:
        penalties = [key for key, value in layer.get_config().items() if "regularizer" in key and value]
        if type(layer).__name__ == "Conv2D":
            assert penalties == ["kernel_regularizer"]
            assert layer.kernel_regularizer.get_config() == pytest.approx({"l2": 1e-4})
            assert type(layer.kernel_initializer).__name__ == "HeNormal"
            assert layer.use_bias
        else:
            assert penalties == []


@pytest.mark.parametrize("name", ["lenet", "vgg", "squeezenet"])
def test_the_other_architectures_penalize_nothing(built: Any, name: str) -> None:
    assert not built[name, COLOUR].losses


@pytest.mark.parametrize(("name", "depth", "blocks"), [("resnet20v1", 8, 3), ("resnet20v1", 26, 12), ("resnet20v2", 11, 3)])  # fmt: skip
def test_resnets_take_their_depth(engine: ModuleType, name: str, depth: int, blocks: int) -> None:
    model = models.build(name, COLOUR, depth=depth)
    kinds = [type(layer).__name__ for layer in model.layers]
    assert kinds.count("Add") == blocks
    weighted = [layer for layer in model.layers if type(layer).__name__ in ("Conv2D", "Dense")]
    assert len([layer for layer in weighted if "shortcut" not in layer.name]) == depth


@pytest.mark.parametrize(
    ("name", "depth", "said"),
    [("resnet20v1", depth, r"is not 6n\+2; take one of 8, 14, 20") for depth in (2, 0, -4, 10, 19, 21)]
    + [("resnet20v2", depth, r"is not 9n\+2; take one of 11, 20, 29") for depth in (2, -7, 14, 19, 26)],
)
def test_other_depths_are_refused(engine: ModuleType, name: str, depth: int, said: str) -> None:
    with pytest.raises(ValueError, match=f"depth {depth} {said}"):
        models.build(name, COLOUR, depth=depth)


def test_the_studys_architectures_are_there() -> None:
    assert set(models.names()) >= {"lenet", "vgg", "resnet20v1", "resnet20v2", "squeezenet"}
    assert list(models.names()) == sorted(models.names())


@pytest.mark.parametrize("name", ["lenett", "_blocks", "__init__", ""])
def test_an_unknown_architecture_is_answered_with_the_known(name: str) -> None:
    with pytest.raises(
        models.UnknownArchitecture, match=f"architecture '{name}' is unknown; choose one of: .*lenet, .*vgg"
    ):
        models.build(name, COLOUR)


@pytest.mark.parametrize("name", ["mobilenet-v3", "lenet copy", "3layers"])
def test_a_file_whose_name_would_break_the_names_of_cells_is_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "__file__", str(tmp_path / "__init__.py"))
    (tmp_path / f"{name}.py").touch()
    with pytest.raises(models.BadArchitecture, match=rf"^models/{name}\.py: .*letters, digits.*; rename"):
        models.names()


def test_a_file_without_build_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "__file__", str(tmp_path / "__init__.py"))
    monkeypatch.setattr(models, "__path__", [str(tmp_path)])
    (tmp_path / "unfinished.py").touch()
    with pytest.raises(models.BadArchitecture, match=r"^models/unfinished\.py has no function build\("):
        models.build("unfinished", COLOUR)


@pytest.mark.parametrize(
    ("outputs", "said"),
    [
        ("ten", r"a model with the output \(None, 10\); expected \(None, 7\)"),
        ("maps", r"a model with the output \(None, 32, 32, 7\); expected"),
        ("two", r"a model with the output \(None, 7\), \(None, 7\); expected"),
        ("none", "NoneType; expected keras.Model"),
        ("sequential", "Sequential; expected .* begins with keras.Input"),
    ],
)
def test_another_output_than_one_for_each_class_is_refused(
    engine: Any, keras: Any, outputs: str, said: str
) -> None:
    def build(shape: tuple[int, int, int], classes: int) -> Any:
        inputs = keras.Input(shape)
        flat = keras.layers.Flatten()(inputs)

        def last(units: int, x: Any = flat) -> Any:
            return keras.layers.Dense(units, activation="softmax")(x)

        answers = {"ten": last(10), "maps": last(classes, inputs), "two": [last(classes), last(classes)]}
        if outputs == "sequential":
            return keras.Sequential(
                [keras.layers.Flatten(), keras.layers.Dense(classes, activation="softmax")]
            )
        return keras.Model(inputs, answers[outputs]) if outputs in answers else None

    with (
        engine.registered("wrong", build),
        pytest.raises(models.BadArchitecture, match=rf"^models/wrong\.py: build returned {said}"),
    ):
        models.build("wrong", COLOUR, classes=7)


def test_listing_names_imports_no_framework() -> None:
    code = "import sys, models; models.names(); print({'tensorflow', 'keras', 'numpy'} & set(sys.modules))"
    root = Path(models.__file__).parents[1]
    said = subprocess.check_output([sys.executable, "-c", code], cwd=root, text=True)  # noqa: S603
    assert said.strip() == "set()"


def test_hidden_files_are_no_architectures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Editors and macOS leave some beside the files that people write."""
    monkeypatch.setattr(models, "__file__", str(tmp_path / "__init__.py"))
    for name in ("lenet", ".#lenet", "._lenet"):
        (tmp_path / f"{name}.py").touch()
    assert models.names() == ("lenet",)


@pytest.mark.parametrize(
    "line", ["IN_DEFAULT_GRID = False", "IN_DEFAULT_GRID: bool = False", "IN_DEFAULT_GRID=False"]
)
def test_a_file_leaves_itself_out_of_the_default_grid_however_it_is_written(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "__file__", str(tmp_path / "__init__.py"))
    for name, text in (("plain", ""), ("left_out", f"{line}\n"), ("inside", f"def build():\n    {line}\n")):
        (tmp_path / f"{name}.py").write_text(text)
    assert models.default_names() == ("inside", "plain")


@pytest.mark.parametrize("name", ["cifarnet", "squeezenet", "vgg"])
def test_no_smallest_size_is_larger_than_it_has_to_be(
    name: str, engine: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    fewer = models.smallest_size(name) - 1
    monkeypatch.setattr(models, "smallest_size", lambda name: 1)
    assert models.misfit(name, (fewer, fewer, 3)) is None
    with contextlib.suppress(ValueError):  # of Keras, which refuses maps without pixels since 3.15
        model = models.build(name, (fewer, fewer, 3))
        assert any(0 in layer.output.shape for layer in model.layers)
