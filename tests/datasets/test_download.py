"""Downloads, from a server of our own."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

import datasets
from datasets import DataNotFound, DataRefused, cifar10, load_real, svhn
from datasets._contract import File, Spec
from datasets._files import checksums
from tests.support.official_files import content, labels, sealed, small, write, write_mat, write_second_test

MNIST, SVHN = small("mnist"), small("svhn")


class Server(ThreadingHTTPServer):
    """Serves `files`; announces `longer` bytes more than it sends."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.longer = 0
        self.requests: list[str] = []
        self.encodings: set[str | None] = set()


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.requests.append(self.path)
        self.server.encodings.add(self.headers["Accept-Encoding"])
        body = self.server.files.get(self.path)
        if body is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(body) + self.server.longer))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def published(server: Server, tmp_path: Path, spec: Spec = SVHN) -> Spec:
    """Put the data set on the server, as its official place."""
    folder = write(spec, spec.layouts[0], tmp_path / "official")
    spec = sealed(spec, folder)
    port = server.server_address[1]
    server.files = {f"/{path.name}": path.read_bytes() for path in folder.iterdir()}
    layout = spec.layouts[0]
    files = tuple(replace(file, url=f"http://127.0.0.1:{port}/{file.name}") for file in layout.files)
    optional = tuple(replace(file, url=f"http://127.0.0.1:{port}/{file.name}") for file in layout.optional)
    return replace(spec, layouts=(replace(layout, files=files, optional=optional),))


def everything_below(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_download_is_kept_in_the_data_directory(server: Server, data: Path, tmp_path: Path) -> None:
    spec = published(server, tmp_path)
    loaded = load_real(spec, data_dir=data, download=True)
    assert loaded.verified
    assert everything_below(data) == ["test_32x32.mat", "train_32x32.mat"]
    assert server.requests == ["/train_32x32.mat", "/test_32x32.mat"]
    assert server.encodings == {"identity"}  # a .gz file would else arrive unpacked
    load_real(spec, data_dir=data, download=True)
    assert len(server.requests) == 2


def test_a_download_is_kept_in_kerass_cache_where_keras_looks(server: Server, tmp_path: Path) -> None:
    spec = published(server, tmp_path, MNIST)
    loaded = load_real(spec, download=True)
    np.testing.assert_array_equal(loaded.x_train, content(spec).x_train)
    assert everything_below(tmp_path / "keras") == ["mnist.npz"]
    assert (tmp_path / "keras" / "datasets" / "mnist.npz").exists()


def test_nothing_is_downloaded_when_that_is_not_allowed(server: Server, data: Path, tmp_path: Path) -> None:
    spec = published(server, tmp_path)
    for download, why in ((None, ", as BENCH_OFFLINE is set"), (False, "")):
        with pytest.raises(DataNotFound, match=f"download not allowed{why}\n") as refused:
            load_real(spec, data_dir=data, download=download)
        assert refused.value.reason == f"download not allowed{why}"
    assert server.requests == []


@pytest.mark.parametrize("offline", ["", "0"])
def test_a_variable_that_says_no_allows_downloads(
    offline: str, server: Server, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCH_OFFLINE", offline)
    assert load_real(published(server, tmp_path), data_dir=data).verified


def test_a_place_that_cannot_be_looked_into_is_no_error(server: Server, data: Path, tmp_path: Path) -> None:
    spec = published(server, tmp_path)
    data.mkdir()
    with pytest.raises(DataNotFound, match=r"download of train_32x32\.mat cannot be kept in .*too long"):
        load_real(spec, data_dir=data / ("x" * 300), download=True)


def test_a_broken_transfer_leaves_nothing(server: Server, data: Path, tmp_path: Path) -> None:
    spec = published(server, tmp_path)
    server.longer = 1000
    with pytest.raises(DataNotFound, match=r"download of .*train_32x32\.mat"):
        load_real(spec, data_dir=data, download=True)
    assert everything_below(data) == []
    assert not (data / "svhn").exists()


def test_a_download_with_a_wrong_checksum_is_refused(server: Server, data: Path, tmp_path: Path) -> None:
    spec = published(server, tmp_path)
    server.files["/test_32x32.mat"] = server.files["/test_32x32.mat"][:-1] + b"?"
    with pytest.raises(DataRefused, match="not the official file; nothing kept"):
        load_real(spec, data_dir=data, download=True, accept_copies=True)
    assert everything_below(data) == ["train_32x32.mat"]


def test_a_download_that_outgrows_its_file_is_stopped(server: Server, data: Path, tmp_path: Path) -> None:
    spec = published(server, tmp_path)
    server.files["/train_32x32.mat"] = bytes(1 << 22)
    with pytest.raises(DataRefused, match="more than its official"):
        load_real(spec, data_dir=data, download=True)
    assert everything_below(data) == []


def test_a_file_that_a_host_lacks_does_not_keep_its_others_away(
    server: Server, data: Path, tmp_path: Path
) -> None:
    spec = published(server, tmp_path)
    lost = replace(spec.layouts[0].files[0], url=f"{spec.layouts[0].files[0].url}.lost")
    moved = replace(spec, layouts=(replace(spec.layouts[0], files=(lost, spec.layouts[0].files[1])),))
    with pytest.raises(DataNotFound, match="404"):
        load_real(moved, data_dir=data, download=True)
    assert load_real(spec, data_dir=data, download=True).verified


def test_a_file_that_was_not_there_is_not_asked_for_again(server: Server, data: Path, tmp_path: Path) -> None:
    spec = published(server, tmp_path)
    server.files.clear()
    for _ in range(3):
        with pytest.raises(DataNotFound, match="404") as missed:
            load_real(spec, data_dir=data, download=True)
        assert missed.value.reason.startswith("download of train_32x32.mat: 404 Client Error")
    assert len(server.requests) == 1


def test_what_is_there_is_never_overwritten(server: Server, data: Path, tmp_path: Path) -> None:
    spec = published(server, tmp_path)
    (data / "svhn").mkdir(parents=True)
    (data / "svhn" / "train_32x32.mat").write_bytes(b"my own")
    with pytest.raises(DataRefused, match="not the official files"):
        load_real(spec, data_dir=data, download=True)
    assert (data / "svhn" / "train_32x32.mat").read_bytes() == b"my own"


@pytest.fixture
def with_extra(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Publish SVHN with its optional file."""
    official = write(SVHN, SVHN.layouts[0], tmp_path / "official")
    write_mat(official / "extra_32x32.mat", SVHN, labels((8,) * 10, 5), 5)
    monkeypatch.setattr(svhn, "SPEC", published(server, tmp_path))


@pytest.mark.usefixtures("with_extra")
def test_fetch_gets_the_optional_file_only_when_asked(server: Server, data: Path) -> None:
    paths = datasets.fetch("svhn", data_dir=data)
    assert [path.name for path in paths] == ["train_32x32.mat", "test_32x32.mat"]
    paths = datasets.fetch("svhn", data_dir=data, everything=True)
    assert [path.name for path in paths] == ["train_32x32.mat", "test_32x32.mat", "extra_32x32.mat"]
    assert len(server.requests) == 3
    assert {file.state for file in datasets.file_status("svhn", data_dir=data, verify=True)} == {"verified"}
    assert "not there" not in datasets.load("svhn", "real", data_dir=data).origin


@pytest.mark.usefixtures("with_extra")
def test_fetch_puts_the_optional_file_beside_the_others(server: Server, data: Path) -> None:
    write(SVHN, SVHN.layouts[0], data, "")
    paths = datasets.fetch("svhn", data_dir=data, everything=True)
    assert paths == [data / name for name in ("train_32x32.mat", "test_32x32.mat", "extra_32x32.mat")]
    assert server.requests == ["/extra_32x32.mat"]


def test_fetch_gets_a_second_test_set_only_when_asked(
    server: Server, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = small("cifar10")
    write(spec, spec.layouts[1], data)
    write_second_test(spec, tmp_path)
    assert spec.second_test is not None

    def on_server(file: File) -> File:
        server.files[f"/{file.name}"] = (tmp_path / file.name).read_bytes()
        checksum = checksums.checksum(tmp_path / file.name, "sha256")
        return replace(
            file, checksums=(checksum,), url=f"http://127.0.0.1:{server.server_address[1]}/{file.name}"
        )

    images, classes = map(on_server, spec.second_test.files)
    second = replace(spec.second_test, images=images, labels=classes)
    monkeypatch.setattr(cifar10, "SPEC", replace(spec, second_test=second))
    assert [path.name for path in datasets.fetch("cifar10", data_dir=data)] == ["cifar-10-python.tar.gz"]
    assert not server.requests
    for _ in range(2):  # nothing is downloaded twice
        paths = datasets.fetch("cifar10", data_dir=data, everything=True)
        assert paths[1:] == [data / images.name, data / classes.name]
        assert len(server.requests) == 2
    assert load_real(cifar10.SPEC, data_dir=data, accept_copies=True).second_test is not None
