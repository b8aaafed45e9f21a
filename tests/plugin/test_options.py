"""What the command line may not ask for."""

import pytest

from tests.support.suite_runs import Place


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--arch", "lenet,lenett"), "--arch lenett: unknown; expected one of lenet, "),
        (("--protocol", "quik"), "--protocol quik: unknown; expected one of quick, study, tuned"),
        (("--data", "fake"), "--data fake: unknown; expected one of real, synthetic, auto"),
    ],
)
def test_unknown_names_are_usage_errors(place: Place, arguments: tuple[str, str], said: str) -> None:
    done = place.run("benchmarks/", *arguments)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert said in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
