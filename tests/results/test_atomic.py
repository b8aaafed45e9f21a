"""Writing files whole."""

import errno
from pathlib import Path

import pytest

from benchmarks.results.atomic import write_atomically


def test_a_read_only_file_system_is_refused_with_the_file_s_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system", ".run.json.1234.tmp")

    monkeypatch.setattr(Path, "open", refuse)
    monkeypatch.setattr(Path, "unlink", refuse)  # also of a file that is not there
    with pytest.raises(OSError, match="Read-only file system") as refused:
        write_atomically(tmp_path / "run.json", b"{}")
    assert refused.value.filename == str(tmp_path / "run.json")
