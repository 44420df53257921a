"""Checkpoints: exact when they are whole, refused when they are not, and never half written."""

import io
import json
import os
import zipfile

import numpy as np
import pytest

from minode.base.trees import leaves, tree_map
from minode.training.saved import checkpoint
from minode.training.saved.checkpoint import CheckpointError
from minode.training.saved.state import Sums, first
from minode.training.setup import recipes
from tests import tiny


@pytest.fixture(autouse=True)
def _tiny_network(monkeypatch):
    tiny.install(monkeypatch.setattr)


def make(model="mlp", **position):
    config = recipes.configure(recipes.complete(tiny.GIVEN | {"model": model}), tiny.dataset(20))
    params = recipes.initial_params(config)
    velocity = tree_map(lambda W: np.asfortranarray(np.random.default_rng(1).normal(size=W.shape).astype("f4")), params)
    return first(config, params)._replace(optimizer_state=velocity, **position)


@pytest.fixture
def path(tmp_path):
    checkpoint.save(tmp_path / "last.npz", make(epoch=2, step=3))
    return tmp_path / "last.npz"


def members(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewrite(path, content, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in content.items():
            archive.writestr(name, data)


def npy(array, **options):
    file = io.BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


def with_record(content, text):
    return content | {"record.npy": npy(np.frombuffer(text.encode(), np.uint8))}


def record_of(content):
    return np.load(io.BytesIO(content["record.npy"])).tobytes().decode()


@pytest.mark.parametrize("model", ["mlp", "node"])
def test_what_is_loaded_is_what_was_saved_bit_for_bit(tmp_path, model):
    position = dict(epoch=3, step=7, best_error=1 / 3, best_epoch=1, history_size=12345)
    saved = make(model, sums=Sums(0.1 + 0.2, 1e-300, 1e300, 2**53, 7), **position)
    checkpoint.save(tmp_path / "a.npz", saved)
    loaded = checkpoint.load(tmp_path / "a.npz")
    assert loaded._replace(params=None, optimizer_state=None, environment=None) == saved._replace(
        params=None, optimizer_state=None
    )
    for part in ("params", "optimizer_state"):
        for W, V in zip(leaves(getattr(loaded, part)), leaves(getattr(saved, part)), strict=True):
            assert (W.dtype, W.shape, W.tobytes()) == (V.dtype, V.shape, V.tobytes())
            assert W.flags.c_contiguous
            assert W.flags.writeable
    assert loaded.environment["numpy"] == np.__version__


@pytest.mark.parametrize("part", np.linspace(0, 0.999, 12))
def test_a_truncated_file_is_refused(path, part):
    content = path.read_bytes()
    path.write_bytes(content[: int(part * len(content))])
    with pytest.raises(CheckpointError, match=r"last\.npz' cannot be used: ."):
        checkpoint.load(path)


def test_flipped_bits_are_refused_or_without_effect(path):
    content, rng = path.read_bytes(), np.random.default_rng(0)
    original = [W.tobytes() for W in leaves(checkpoint.load(path)[1:3])]
    refused = 0
    for _ in range(150):
        damaged = bytearray(content)
        damaged[rng.integers(len(content))] ^= 1 << rng.integers(8)
        path.write_bytes(damaged)
        try:
            assert [W.tobytes() for W in leaves(checkpoint.load(path)[1:3])] == original
        except CheckpointError:
            refused += 1
    assert refused > 100


DAMAGE = {
    "text": (lambda content: b"not an archive", "not a zip file"),
    "an unknown member": (lambda content: content | {"../../x.npy": npy(np.zeros(1))}, r"its members are .*\.\./x"),
    "a missing member": (lambda content: {k: v for k, v in content.items() if k != "params_000.npy"}, "its members"),
    "no record": (lambda content: {k: v for k, v in content.items() if k != "record.npy"}, "record.npy"),
    "another shape": (
        lambda content: content | {"params_001.npy": npy(np.zeros(7, "f4"))},
        r"params_001 is float32 \(7,\); expected float32 \(6,\)",
    ),
    "another dtype": (lambda content: content | {"params_001.npy": npy(np.zeros(6))}, "float64"),
    "another order": (
        lambda content: content | {"params_000.npy": npy(np.zeros((784, 6), "f4", order="F"))},
        "C order",
    ),
    "a pickle": (
        lambda content: content | {"params_001.npy": npy(np.array([print] * 6, object), allow_pickle=True)},
        "dtype object",
    ),
    "seven tebibytes": (
        lambda content: (
            content
            | {"params_001.npy": content["params_001.npy"].replace(b"(6,), }" + 12 * b" ", b"(2000000000000,), }")}
        ),
        "2000000000000",
    ),
    "too few bytes": (lambda content: content | {"params_001.npy": content["params_001.npy"][:-4]}, "has 20 bytes"),
    "too many bytes": (
        lambda content: content | {"params_001.npy": content["params_001.npy"] + b"1234"},
        "has 28 bytes",
    ),
    "a long record": (lambda content: with_record(content, " " * 2**21), "bytes; expected at most"),
    "no JSON": (lambda content: with_record(content, "{"), "Expecting"),
    "a list": (lambda content: with_record(content, "[1]"), "an object of named values"),
    "nothing": (lambda content: with_record(content, "{}"), "version None"),
    "NaN": (lambda content: with_record(content, record_of(content).replace("0.9", "NaN")), "NaN"),
    "another version": (
        lambda content: with_record(content, record_of(content).replace('"version": 1', '"version": 2')),
        "version 2; this minode reads version 1",
    ),
    "a key twice": (
        lambda content: with_record(content, record_of(content).replace('"epoch": 2', '"epoch": 2, "epoch": 3')),
        "twice",
    ),
    "a negative epoch": (
        lambda content: with_record(content, record_of(content).replace('"epoch": 2', '"epoch": -2')),
        "its position is",
    ),
    "another architecture": (
        lambda content: with_record(content, record_of(content).replace('"mlp"', '"node"')),
        "those of the network 'node'",
    ),
    "an unknown architecture": (
        lambda content: with_record(content, record_of(content).replace('"mlp"', '"lenet"')),
        "unknown model 'lenet'",
    ),
    "no position": (
        lambda content: with_record(content, record_of(content).replace('"best_epoch"', '"worst_epoch"')),
        "best_epoch",
    ),
}


@pytest.mark.parametrize("damage", list(DAMAGE))
def test_what_does_not_belong_there_is_named(path, damage):
    change, message = DAMAGE[damage]
    content = members(path)
    changed = change(content)
    assert changed != content
    if isinstance(changed, bytes):
        path.write_bytes(changed)
    else:
        rewrite(path, changed)
    with pytest.raises(CheckpointError, match=f"(?s)cannot be used: .*{message}") as refused:
        checkpoint.load(path)
    assert refused.value.path == path
    assert refused.value.__cause__ is refused.value.cause


def test_a_compressed_archive_is_refused_before_it_is_unpacked(path):
    rewrite(path, members(path) | {"bomb.npy": npy(np.zeros(10**6))}, zipfile.ZIP_DEFLATED)
    with pytest.raises(CheckpointError, match="compressed"):
        checkpoint.load(path)


def test_a_member_given_twice_is_refused(path):
    content = members(path)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("params_000.npy", content["params_000.npy"])
    with pytest.raises(CheckpointError, match="its members"):
        checkpoint.load(path)


def test_a_missing_file_is_no_damage(tmp_path):
    with pytest.raises(FileNotFoundError):
        checkpoint.load(tmp_path / "none.npz")


def test_a_full_disk_leaves_the_old_checkpoint_and_nothing_else(path):
    with (
        tiny.full_disk(),
        pytest.raises(OSError, match=r"cannot save the checkpoint .*last\.npz.*the one before it is intact"),
    ):
        checkpoint.save(path, make(epoch=9))
    assert os.listdir(path.parent) == ["last.npz"]
    assert checkpoint.load(path).epoch == 2


def test_nothing_is_saved_that_could_not_be_loaded(path):
    with pytest.raises(ValueError, match="JSON"):
        checkpoint.save(path, make(sums=Sums(loss=float("nan"))))
    assert checkpoint.load(path).epoch == 2


def test_the_record_is_json_that_other_programs_read(path):
    assert json.loads(record_of(members(path)))["config"]["batch_size"] == 16
