"""What stored work depends on."""

import models
from benchmarks.execution.resume_key import code_hashes, describe_differences, resume_key


def test_all_code_that_trains_is_in_the_key_and_no_other() -> None:
    """Each further file throws users' stored seeds away whenever it changes."""
    files = {path for name in models.names() for path in code_hashes(name)}
    architectures = {path for path in files if path.startswith("models/")}
    assert architectures == {"models/__init__.py", "models/_blocks.py"} | {
        f"models/{name}.py" for name in models.names()
    }
    assert files - architectures == {
        "benchmarks/__init__.py",
        "benchmarks/engine/__init__.py",
        "benchmarks/engine/interface.py",
        "benchmarks/engine/loop.py",
        "benchmarks/engine/model_size.py",
        "benchmarks/engine/tensorflow/__init__.py",
        *(
            f"benchmarks/engine/tensorflow/{name}.py"
            for name in ("augmentation", "data", "initialization", "layers", "optimizers", "program", "startup", "steps", "weights")
        ),
        "benchmarks/experiment/__init__.py",
        # A recipe is named field by field: that another protocol's has changed voids nothing.
        "benchmarks/experiment/recipe.py",
        # A stored seed holds its measures: computed otherwise they are other figures.
        "benchmarks/metrics/__init__.py",
        "benchmarks/metrics/measures.py",
        "benchmarks/metrics/outputs.py",
    }  # fmt: skip


def test_another_architectures_code_is_not_in_the_key() -> None:
    files = code_hashes("resnet20v1")
    assert "models/resnet20v1.py" in files
    assert "models/vgg.py" not in files


def test_the_key_is_flat_and_complete() -> None:
    parts = {"architecture": "lenet", "recipe": {"epochs": 3, "augmentation": {"mirror": True}}}
    found = resume_key(parts)
    assert found["recipe.augmentation.mirror"] == "true"
    assert found["recipe.epochs"] == "3"
    assert {"version of tensorflow", "version of keras", "version of numpy"} <= set(found)
    assert describe_differences(found, found) == ""
