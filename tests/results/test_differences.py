"""What differs between two mappings, and between two machines."""

from benchmarks.results.differences import FieldDifference, differences, machine_differences


def test_every_differing_field_is_listed_in_order() -> None:
    before, after = {"b": 1, "a": "x", "gone": 0}, {"a": "y", "b": 1, "came": None, "new": 2}
    assert differences(before, after) == [
        FieldDifference("a", "x", "y"), FieldDifference("gone", 0, None), FieldDifference("new", None, 2),
    ]  # fmt: skip
    assert differences(before, before) == []


def test_values_of_several_machines_are_named_as_such() -> None:
    assert str(FieldDifference("cores", "2 | 4", "4")) == "cores 2 or 4 -> 4"


def named(base: dict[str, str], new: dict[str, str]) -> list[str]:
    return [str(found) for found in machine_differences(base, new)]


def test_machines_differ_by_what_times_depend_on() -> None:
    here, there = {"threads": "2", "device": "CPU"}, {"threads": "4", "device": "CPU", "cores": "8"}
    assert named(here, there) == ["cores unknown -> 8", "threads 2 -> 4"]
    assert named(here, here) == []


def test_machines_differ_by_kernels_as_far_as_both_sides_recorded_them() -> None:
    here = {"backend": "tensorflow", "onednn": "1", "matmul_precision": "float32"}
    assert named(here, here | {"onednn": "0", "matmul_precision": "tensorfloat32"}) == [
        "matmul_precision float32 -> tensorfloat32",
        "onednn 1 -> 0",
    ]
    assert named(here, {"backend": "tensorflow"}) == []
    assert named(here | {"onednn": "unknown | 1"}, here) == []
    assert named(here | {"onednn": "0 | 1"}, here) == ["onednn 0 or 1 -> 1"]


def test_machines_of_two_backends_differ_by_the_backend_not_by_what_only_one_of_them_has() -> None:
    tensorflow = {"backend": "tensorflow", "cores": "2", "inter_op_threads": "0", "onednn": "1"}
    jax = {"backend": "jax", "cores": "4", "xla_flags": "--xla_gpu_deterministic_ops=true"}
    assert named(tensorflow, jax) == ["backend tensorflow -> jax", "cores 2 -> 4"]
