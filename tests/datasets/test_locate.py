"""Where files are found, which are admitted, and how they are downloaded (from a server of our own)."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

import datasets
from datasets import DataNotFound, DataRefused, _sources, fashion_mnist, load_real, svhn
from datasets._spec import Spec
from tests.support.official_files import content, isolate, labels, sealed, small, write, write_mat

MNIST, FASHION, SVHN = small("mnist"), small("fashion_mnist"), small("svhn")


@pytest.fixture(autouse=True)
def _isolated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    isolate(monkeypatch, tmp_path)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


# ---- places


@pytest.mark.parametrize("folder", ["", "mnist"])
def test_mnist_npz_may_lie_in_the_directory_or_in_its_folder(folder: str, data: Path) -> None:
    write(MNIST, MNIST.layouts[0], data, folder)
    assert load_real(MNIST, data_dir=data, accept_copies=True).origin.startswith("data directory")


@pytest.mark.parametrize("layout", [1, 2])
def test_idx_files_without_a_folder_go_to_the_data_set_of_their_checksum(
    layout: int, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(FASHION, FASHION.layouts[layout - 1], data, "")
    fashion = sealed(FASHION, data)
    assert load_real(fashion, data_dir=data).verified
    monkeypatch.setattr(fashion_mnist, "SPEC", fashion)
    with pytest.raises(DataNotFound):
        load_real(MNIST, data_dir=data, accept_copies=True)


def test_unknown_idx_copies_without_a_folder_could_be_either(data: Path) -> None:
    write(MNIST, MNIST.layouts[1], data, "")
    with pytest.raises(DataRefused, match=r"move it and its companions to .*/mnist"):
        load_real(MNIST, data_dir=data, accept_copies=True)


@pytest.mark.parametrize("folder", ["", "fashion-mnist"])
def test_idx_copies_in_a_folder_of_their_name_are_known(folder: str, tmp_path: Path) -> None:
    write(FASHION, FASHION.layouts[0], tmp_path / "fashion-mnist", folder)
    assert load_real(FASHION, data_dir=tmp_path / "fashion-mnist", accept_copies=True).source == "real"


def test_places_are_taken_in_order(data: Path, tmp_path: Path) -> None:
    expected = []
    for place, base in [
        ("system packages", tmp_path / "system"),
        ("Keras's cache", tmp_path / "keras" / "datasets"),
        ("data directory", data),
    ]:
        write(FASHION, FASHION.layouts[0], base)
        expected.append(f"{place}: {base / 'fashion-mnist'}")
        origin = load_real(FASHION, data_dir=data, accept_copies=True).origin
        assert origin.startswith(expected[-1])


def test_the_places_are_the_documented_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.delenv("KERAS_HOME", raising=False)
    keras, system = _sources.places(None)
    assert keras[1] == Path.home() / ".keras" / "datasets"
    assert system[1] / datasets.spec("fashion_mnist").layouts[0].folders[0] == Path(
        "/usr/share/datasets/fashion-mnist"
    )


def test_nothing_real_names_places_and_remedies(data: Path, tmp_path: Path) -> None:
    data.mkdir()
    write_mat(data / "test_32x32.mat", SVHN, labels(SVHN.test_counts, 1), 1)
    with pytest.raises(DataNotFound) as missing:
        load_real(SVHN, data_dir=data)
    told = str(missing.value)
    assert f"data directory: {data} (only train_32x32.mat missing)" in told
    assert f"Keras's cache: {tmp_path / 'keras' / 'datasets' / 'svhn'}" in told
    assert f"python -m benchmarks data --fetch --data-dir {data}" in told
    assert "http://ufldl.stanford.edu/housenumbers/train_32x32.mat" in told
    assert "--data synthetic" in told


# ---- checksums


def test_official_files_are_verified(data: Path) -> None:
    spec = sealed(MNIST, write(MNIST, MNIST.layouts[0], data))
    loaded = load_real(spec, data_dir=data)
    assert loaded.verified
    assert "copies" not in loaded.origin


def test_a_copy_is_refused_unless_accepted_and_then_recorded(data: Path) -> None:
    path = write(MNIST, MNIST.layouts[0], data) / "mnist.npz"
    for _ in range(2):  # the second time from the cache
        with pytest.raises(DataRefused) as refused:
            load_real(MNIST, data_dir=data)
        for part in (
            str(path),
            _sources.checksum(path, "sha256"),
            "sha256:731c5ac6027527",
            "--accept-copies",
        ):
            assert part in str(refused.value)
        accepted = load_real(MNIST, data_dir=data, accept_copies=True)
        assert not accepted.verified
        assert "accepted copies: mnist.npz" in accepted.origin


def test_a_refused_file_is_not_passed_over_for_the_next_place(data: Path, tmp_path: Path) -> None:
    write(MNIST, MNIST.layouts[0], data)
    spec = sealed(MNIST, write(MNIST, MNIST.layouts[0], tmp_path / "keras" / "datasets"))
    assert load_real(spec, data_dir=None).verified
    (data / "mnist.npz").write_bytes(b"broken")
    for accept in (False, True):
        with pytest.raises(DataRefused, match=r"data/mnist\.npz"):
            load_real(spec, data_dir=data, accept_copies=accept)


def test_auto_refuses_broken_files_too(data: Path) -> None:
    data.mkdir()
    (data / "mnist.npz").write_bytes(b"broken")
    with pytest.raises(DataRefused):
        datasets.load("mnist", "auto", data_dir=data)


# ---- what is on disk


def test_inspect_tells_whole_files_from_copies(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(SVHN, SVHN.layouts[0], data)
    monkeypatch.setattr(svhn, "SPEC", sealed(SVHN, folder))
    assert _states("svhn", data) == {
        "train_32x32.mat": "found",
        "test_32x32.mat": "found",
        "extra_32x32.mat": "missing",
    }
    path = folder / "test_32x32.mat"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    assert _states("svhn", data)["test_32x32.mat"] == "found"
    verified = _states("svhn", data, verify=True)
    assert verified == {"train_32x32.mat": "verified", "test_32x32.mat": "copy", "extra_32x32.mat": "missing"}


@pytest.mark.parametrize("name", datasets.names())
def test_inspect_lists_what_is_missing(name: str, data: Path) -> None:
    published = datasets.spec(name).published
    statuses = datasets.inspect(name, data_dir=data)
    assert [status.file for status in statuses] == [
        file.name for file in (*published.files, *published.optional)
    ]
    assert all(status.state == "missing" and status.path is None for status in statuses)
    assert [status.official_size for status in statuses if status.optional] == [
        file.size for file in published.optional
    ]


def _states(name: str, data: Path, *, verify: bool = False) -> dict[str, str]:
    return {status.file: status.state for status in datasets.inspect(name, data_dir=data, verify=verify)}


# ---- downloads


class Server(ThreadingHTTPServer):
    """Serves `files`; announces `longer` bytes more than it sends."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.longer = 0
        self.requests: list[str] = []


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.requests.append(self.path)
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
    folder = write(spec, spec.published, tmp_path / "official")
    spec = sealed(spec, folder)
    port = server.server_address[1]
    server.files = {f"/{path.name}": path.read_bytes() for path in folder.iterdir()}
    layout = spec.published
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
    for download in (None, False):  # None: BENCH_OFFLINE is set
        with pytest.raises(DataNotFound, match="not allowed"):
            load_real(spec, data_dir=data, download=download)
    assert server.requests == []


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


def test_a_host_that_failed_is_not_asked_again(server: Server, data: Path, tmp_path: Path) -> None:
    spec = published(server, tmp_path)
    server.files.clear()
    for _ in range(3):
        with pytest.raises(DataNotFound, match="404"):
            load_real(spec, data_dir=data, download=True)
    assert len(server.requests) == 1


def test_what_is_there_is_never_overwritten(server: Server, data: Path, tmp_path: Path) -> None:
    spec = published(server, tmp_path)
    (data / "svhn").mkdir(parents=True)
    (data / "svhn" / "train_32x32.mat").write_bytes(b"my own")
    with pytest.raises(DataRefused, match="not the official files"):
        load_real(spec, data_dir=data, download=True)
    assert (data / "svhn" / "train_32x32.mat").read_bytes() == b"my own"


def test_fetch_gets_the_optional_file_only_when_asked(
    server: Server, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    official = write(SVHN, SVHN.layouts[0], tmp_path / "official")
    write_mat(official / "extra_32x32.mat", SVHN, labels((8,) * 10, 5), 5)
    monkeypatch.setattr(svhn, "SPEC", published(server, tmp_path))
    paths = datasets.fetch("svhn", data_dir=data)
    assert [path.name for path in paths] == ["train_32x32.mat", "test_32x32.mat"]
    paths = datasets.fetch("svhn", data_dir=data, everything=True)
    assert [path.name for path in paths] == ["train_32x32.mat", "test_32x32.mat", "extra_32x32.mat"]
    assert len(server.requests) == 3
    assert set(_states("svhn", data, verify=True).values()) == {"verified"}
    assert "not there" not in datasets.load("svhn", "real", data_dir=data).origin
