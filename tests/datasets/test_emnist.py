"""EMNIST's files, broken and hostile: each is refused by name, with what was found."""

import gzip
import zipfile
from pathlib import Path

from tests.support.official_files import idx, labels, refusal, small, write
from tests.support.traced_memory import traced

EMNIST = small("emnist_letters")
FOLDER, ZIP = EMNIST.layouts


def test_labels_that_do_not_count_from_1_are_refused(tmp_path: Path) -> None:
    path = write(EMNIST, FOLDER, tmp_path) / "emnist-letters-test-labels-idx1-ubyte.gz"
    path.write_bytes(gzip.compress(idx(labels(EMNIST.test_counts, 4))))
    told = refusal(EMNIST, tmp_path)
    assert "label 0, expected labels from 1" in told
    assert path.name in told


def test_a_bomb_in_the_archive_is_not_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(write(EMNIST, ZIP, tmp_path) / "gzip.zip", "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("gzip/emnist-letters-train-images-idx3-ubyte.gz", bytes(1 << 26))
    with traced() as memory:
        told = refusal(EMNIST, tmp_path)
    assert "train-images-idx3-ubyte.gz is packed by another method than deflate" in told
    assert memory.peak < 10_000_000
