"""MNIST from every place and in every form, as tiny files; and the real one, where $MINODE_DATA has it."""

import gzip
import hashlib
import http.server
import os
import re
import sys
import threading
import tracemalloc
from functools import partial
from types import SimpleNamespace

import numpy as np
import pooch
import pytest

from minode.data import mnist
from tests.data.test_idx import idx_bytes

REAL = os.environ.get("MINODE_DATA")
IDX_FILES = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}


def digits(n_train=13, n_test=4, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 256, size=(n_train + n_test, 28, 28), dtype=np.uint8)
    y = rng.integers(0, 10, size=n_train + n_test, dtype=np.uint8)
    return dict(x_train=x[:n_train], y_train=y[:n_train], x_test=x[n_train:], y_test=y[n_train:])


ARRAYS = digits()


def write_idx(folder, arrays, pack=bytes, suffix=""):
    folder.mkdir(parents=True, exist_ok=True)
    for key, array in arrays.items():
        (folder / (IDX_FILES[key] + suffix)).write_bytes(pack(idx_bytes(array)))


def write_npz(folder, arrays, save=np.savez_compressed):
    folder.mkdir(parents=True, exist_ok=True)
    save(folder / "mnist.npz", **arrays)


write_gz = partial(write_idx, pack=gzip.compress, suffix=".gz")
LAYOUTS = {
    "idx": write_idx,
    "gzip": write_gz,
    "torchvision": lambda folder, arrays: write_idx(folder / "MNIST" / "raw", arrays),
    "torchvision gzip": lambda folder, arrays: write_gz(folder / "MNIST" / "raw", arrays),
    "npz": write_npz,
    "npz uncompressed": partial(write_npz, save=np.savez),
}


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A user's cache of this test's own, no $MINODE_DATA, and nothing to be had from the network."""
    monkeypatch.delenv("MINODE_DATA", raising=False)
    monkeypatch.setattr("minode.base.files.cache_folder", lambda: tmp_path / "cache" / "minode")
    monkeypatch.setattr(mnist, "MIRRORS", ())
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return tmp_path / "cache" / "minode"


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    """A web server on this machine whose folder's files are those that the checksums are of."""
    folder = tmp_path / "mirror"
    write_gz(folder, ARRAYS)
    sums = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
    monkeypatch.setattr(mnist, "SHA256", sums)
    requests = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format, *arguments):
            requests.append(self.path)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=folder))
    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/"
    monkeypatch.setattr(mnist, "MIRRORS", (url + "moved/", url))
    yield SimpleNamespace(folder=folder, requests=requests)
    server.shutdown()
    server.server_close()


def assert_holds(dataset, arrays):
    """The last sixth of the training images validates; pixels are 255ths in float32, labels int64."""
    last = len(arrays["x_train"]) - len(arrays["x_train"]) // 6
    rows = {"train": ("train", slice(last)), "validation": ("train", slice(last, None)), "test": ("test", slice(None))}
    for name, (key, row) in rows.items():
        split, images, labels = getattr(dataset, name), arrays[f"x_{key}"][row], arrays[f"y_{key}"][row]
        assert (split.x.dtype, split.y.dtype) == (np.float32, np.int64)
        np.testing.assert_array_equal(split.x, (images / 255).astype(np.float32)[..., None])
        np.testing.assert_array_equal(split.y, labels)
    assert dataset.class_names == ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")


@pytest.mark.parametrize("write", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_every_layout_gives_the_same_splits(write, tmp_path):
    write(tmp_path, ARRAYS)
    assert_holds(mnist.load(tmp_path), ARRAYS)


def test_compressed_and_plain_files_may_stand_side_by_side(tmp_path):
    write_idx(tmp_path, {key: ARRAYS[key] for key in ("x_train", "y_test")})
    write_gz(tmp_path, {key: ARRAYS[key] for key in ("y_train", "x_test")})
    assert_holds(mnist.load(tmp_path), ARRAYS)


def test_root_comes_before_the_environment_and_the_environment_before_the_cache(tmp_path, monkeypatch, cache):
    in_root, in_environment, in_cache = (digits(seed=seed) for seed in range(3))
    write_npz(tmp_path / "root", in_root)
    write_npz(tmp_path / "environment", in_environment)
    write_idx(cache, in_cache)
    monkeypatch.setenv("MINODE_DATA", str(tmp_path / "environment"))
    assert_holds(mnist.load(str(tmp_path / "root")), in_root)
    assert_holds(mnist.load(), in_environment)
    # Set to nothing counts as not set.
    monkeypatch.setenv("MINODE_DATA", "")
    assert_holds(mnist.load(), in_cache)


def test_an_environment_with_other_data_leads_to_the_cache_and_is_told(tmp_path, monkeypatch, cache):
    write_npz(cache, ARRAYS)
    monkeypatch.setenv("MINODE_DATA", str(tmp_path))
    place = mnist.describe_data().splitlines()[0]
    assert place == f"MNIST from {cache}/mnist.npz (the user's cache, as $MINODE_DATA, '{tmp_path}', has none)"


LACKING = {
    "partial": "lacks train-labels-idx1-ubyte, t10k-images-idx3-ubyte; expected all four (also as .gz)",
    "file": "is not a folder; expected one with mnist.npz, or train-images-idx3-ubyte and the three other IDX files",
    "absent": "is not a folder; expected one with mnist.npz",
    "empty": "holds no MNIST; expected mnist.npz, or train-images-idx3-ubyte and the three other IDX files",
}


# An empty $MINODE_DATA is no error: it may be the place of other data sets.
@pytest.mark.parametrize(
    ("source", "name"),
    [*(("root", name) for name in LACKING), *(("$MINODE_DATA", name) for name in LACKING if name != "empty")],
)
@pytest.mark.usefixtures("mirror")
def test_a_folder_that_lacks_data_is_named_and_nothing_is_fetched(source, name, tmp_path, monkeypatch, cache):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    write_gz(tmp_path / "partial", {key: ARRAYS[key] for key in ("x_train", "y_test")})
    monkeypatch.setenv("MINODE_DATA", str(tmp_path / name))
    with pytest.raises(FileNotFoundError, match="^" + re.escape(f"{source} '{tmp_path / name}' {LACKING[name]}")):
        mnist.load(tmp_path / name if source == "root" else None)
    assert not cache.exists()


def test_a_download_falls_back_on_the_next_mirror_and_is_kept(mirror, cache, monkeypatch):
    reports = []
    monkeypatch.setattr(pooch.get_logger(), "handle", reports.append)
    cache.mkdir(parents=True)
    (cache / "t10k-labels-idx1-ubyte.gz").write_bytes(b"of an interrupted download")
    assert_holds(mnist.load(), ARRAYS)
    assert {path.name for path in cache.iterdir()} == {f"{name}.gz" for name in IDX_FILES.values()}
    assert "/moved/t10k-labels-idx1-ubyte.gz" in mirror.requests
    mirror.requests.clear()
    assert_holds(mnist.load(), ARRAYS)
    assert (mirror.requests, reports) == ([], [])


def test_a_download_with_another_checksum_is_thrown_away(mirror, cache):
    write_gz(mirror.folder, digits(seed=1))
    with pytest.raises(OSError, match=r"no mirror delivers train-images-idx3-ubyte.gz to .*ValueError, SHA256 hash"):
        mnist.load()
    assert list(cache.iterdir()) == []


def test_a_failed_download_tells_in_one_line_where_data_was_looked_for(tmp_path, monkeypatch, cache):
    monkeypatch.setattr(mnist, "MIRRORS", ("http://127.0.0.1:9/",))
    monkeypatch.setenv("MINODE_DATA", str(tmp_path))
    with pytest.raises(OSError, match="no MNIST in the user's cache") as failure:
        mnist.load()
    message = str(failure.value)
    assert all(part in message for part in (str(tmp_path), str(cache), "http://127.0.0.1:9/", "ConnectionError"))
    assert "\n" not in message


BAD_ARRAYS = {
    "label": (dict(y_test=np.array([0, 9, 3, 10], dtype=np.uint8)), "holds the label 10 at index 3; expected 0 to 9"),
    "counts": (dict(y_train=ARRAYS["y_train"][:-1]), "has shape (12,); expected one label for each of 13 images"),
    "few": (digits(n_train=5), "holds 5 training images; expected at least 6, a sixth to validate"),
}


@pytest.mark.parametrize("write", [write_idx, write_npz])
@pytest.mark.parametrize(("changed", "message"), BAD_ARRAYS.values(), ids=BAD_ARRAYS.keys())
def test_arrays_that_do_not_fit_are_refused_with_their_file(changed, message, write, tmp_path):
    write(tmp_path, {**ARRAYS, **changed})
    with pytest.raises(ValueError, match=f"^{re.escape(str(tmp_path))}/.* {re.escape(message)}"):
        mnist.load(tmp_path)


def test_labels_in_the_place_of_images_are_refused(tmp_path):
    write_idx(tmp_path, {**ARRAYS, "x_test": ARRAYS["y_test"]})
    with pytest.raises(ValueError, match=r"/t10k-images-idx3-ubyte starts with 0x00000801 .*; expected 0x00000803"):
        mnist.load(tmp_path)


BAD_NPZ = {
    "size": (dict(x_test=np.zeros((4, 32, 32), dtype=np.uint8)), "x_test has dtype uint8 and shape (4, 32, 32)"),
    "dtype": (dict(x_train=ARRAYS["x_train"] / 255), "x_train has dtype float64 and shape (13, 28, 28)"),
    "objects": (dict(y_train=ARRAYS["y_train"].astype(object)), "y_train has dtype object"),
    "more": ({"../../x": np.zeros(1)}, "found ['../../x.npy', 'x_test.npy'"),
}


@pytest.mark.parametrize(("changed", "message"), BAD_NPZ.values(), ids=BAD_NPZ.keys())
def test_an_npz_of_something_else_is_refused(changed, message, tmp_path):
    write_npz(tmp_path, {**ARRAYS, **changed})
    with pytest.raises(ValueError, match=f"mnist.npz is damaged or no MNIST: .*{re.escape(message)}"):
        mnist.load(tmp_path)


@pytest.mark.parametrize("share", [0, 0.01, 0.3, 0.6, 0.95, 0.999])
def test_an_npz_cut_short_is_refused(share, tmp_path):
    write_npz(tmp_path, ARRAYS)
    content = (tmp_path / "mnist.npz").read_bytes()
    (tmp_path / "mnist.npz").write_bytes(content[: int(share * len(content))])
    with pytest.raises(ValueError, match=r"mnist\.npz is damaged or no MNIST: "):
        mnist.load(tmp_path)


BAD_HEADERS = {
    "{'descr': '|u1', 'fortran_order': False, 'shape': (9999999999, 28, 28), }": "x_train announces shape (9999999999,",
    "{'descr': (": "",
    "{}": "",
    "": "",
}


@pytest.mark.parametrize(("header", "message"), BAD_HEADERS.items(), ids=["7 TiB", "unfinished", "no keys", "empty"])
def test_an_npz_with_a_bad_header_is_refused(header, message, tmp_path):
    write_npz(tmp_path, ARRAYS, save=np.savez)
    content = bytearray((tmp_path / "mnist.npz").read_bytes())
    start = content.index(b"{'descr'")
    content[start : content.index(b"\n", start)] = header.ljust(content.index(b"\n", start) - start).encode()
    (tmp_path / "mnist.npz").write_bytes(content)
    with pytest.raises(ValueError, match=rf"mnist\.npz is damaged or no MNIST: {re.escape(message)}") as failure:
        mnist.load(tmp_path)
    assert "\n" not in str(failure.value)


def test_loading_takes_no_more_than_the_bytes_and_their_float32(tmp_path):
    write_npz(tmp_path, digits(n_train=6000), save=np.savez)
    tracemalloc.start()
    try:
        mnist.load(tmp_path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # One byte and four; a copy in float64 would bring eight more.
    assert peak < 1.2 * (1 + 4) * 6000 * 784


def test_the_downloader_is_imported_only_to_download(run_script, tmp_path):
    write_npz(tmp_path, ARRAYS)
    script = "import pathlib, sys; from minode.base import files; from minode.data import mnist; folder = sys.argv[1]; "
    script += "files.cache_folder = lambda: pathlib.Path(folder); "
    script += "mnist.load(folder); mnist.load(); print('pooch' in sys.modules)"
    assert run_script(script, str(tmp_path)) == "False\n"


def test_a_download_without_the_downloader_says_what_is_missing(monkeypatch):
    """It needs `lzma`, which not every Python has."""
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(OSError, match=r"nothing can be downloaded without pooch, whose import fails: .*\$MINODE_DATA"):
        mnist.load()


def test_a_download_leaves_the_downloaders_logger_as_it_was(mirror):
    level = pooch.get_logger().level
    mnist.load()
    assert pooch.get_logger().level == level


def test_the_description_counts_images_and_classes(tmp_path):
    arrays = {**ARRAYS, "y_train": np.repeat(np.array([1, 7], dtype=np.uint8), [11, 2])}
    write_idx(tmp_path / "MNIST" / "raw", arrays)
    lines = mnist.describe_data(tmp_path).splitlines()
    assert lines[0] == f"MNIST from {tmp_path}/MNIST/raw (root)"
    rows = {line.split()[0]: line.split()[1:] for line in lines[1:]}
    assert rows["split"] == ["images", *"0123456789"]
    assert rows["train"] == ["11", *("0", "11"), *"00000000"]
    assert rows["validation"] == ["2", *"0000000200"]
    assert rows["test"] == ["4", *map(str, np.bincount(ARRAYS["y_test"], minlength=10))]


@pytest.mark.skipif(not REAL, reason="$MINODE_DATA does not name a folder with the real MNIST")
def test_the_real_mnist_is_the_published_one():
    dataset = mnist.load(REAL)
    assert [len(split.y) for split in dataset[:3]] == [50_000, 10_000, 10_000]
    x = np.concatenate([dataset.train.x, dataset.validation.x])
    y = np.concatenate([dataset.train.y, dataset.validation.y])
    assert np.bincount(y).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(dataset.test.y).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    # Back to the file as it was published, uncompressed: every pixel in its place.
    pixels = np.rint(x[..., 0] * 255).astype(np.uint8)
    published = "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"
    assert hashlib.sha256(idx_bytes(pixels)).hexdigest() == published
    share, value = np.bincount(pixels.ravel(), minlength=256) / pixels.size, np.arange(256) / 255
    mean = share @ value
    assert (round(mean, 4), round(np.sqrt(share @ (value - mean) ** 2), 4)) == (0.1307, 0.3081)
