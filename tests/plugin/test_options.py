"""What the command line may not ask for."""

import pytest

from tests.support.suite_runs import Place


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--arch", "lenet,lenett"), "--arch lenett: unknown; expected one of alexnet, "),
        (("--protocol", "quik"), "--protocol quik: unknown; expected one of quick, study, tuned"),
        (("--set", "epochs=0"), "--set epochs=0: epochs is 0; expected 1 to 10000"),
        (("--set", "epoch=3"), "--set epoch=3: no such field; available: optimizer, "),
        (
            ("--set", "epochs=3", "--accuracy-compare", "pinned"),
            "--accuracy-compare pinned: a run with --set is",
        ),
        (("--data", "fake"), "--data fake: unknown; expected one of real, synthetic, auto"),
        (("--backend", "pytorch"), "--backend pytorch: unknown; expected one of tensorflow, jax"),
    ],
)
def test_unknown_names_are_usage_errors(place: Place, arguments: tuple[str, str], said: str) -> None:
    done = place.run("benchmarks/", *arguments)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert said in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
