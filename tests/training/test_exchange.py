"""Weights carried to PyTorch and back: names, layouts and bits, and the logits on both sides."""

import errno
import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

from minode.base.trees import leaves, tree_map
from minode.cli import parser
from minode.nn import models
from minode.training import exchange
from tests import tiny

NORM = ["weight", "bias"]
FIELD = [f"odefunc.{a}.{b}" for a in ("norm1", "conv1._layer", "norm2", "conv2._layer", "norm3") for b in NORM]
RESIDUAL = ["norm1.weight", "norm1.bias", "conv1.weight", "norm2.weight", "norm2.bias", "conv2.weight"]
HALVING = [*RESIDUAL[:2], "downsample.weight", *RESIDUAL[2:]]


def numbered(names, *numbers):
    return [f"{i}.{name}" for i in numbers for name in names]


CONVOLUTIONS = numbered(NORM, 0, 1, 3, 4, 6)
STATE_NAMES = {
    "node": CONVOLUTIONS + numbered(FIELD, 7) + numbered(NORM, 8, 12),
    "resnet": numbered(NORM, 0) + numbered(HALVING, 1, 2) + numbered(RESIDUAL, *range(3, 9)) + numbered(NORM, 9, 13),
    "resnet-conv": CONVOLUTIONS + numbered(RESIDUAL, *range(7, 13)) + numbered(NORM, 13, 17),
    "one-block": CONVOLUTIONS + numbered(RESIDUAL, 7) + numbered(NORM, 8, 12),
    "no-block": CONVOLUTIONS + numbered(NORM, 7, 11),
    "mlp": numbered(NORM, 1, 3),
}
NETWORKS = tuple(STATE_NAMES)
STATE_NAMES["anode"] = CONVOLUTIONS + numbered(FIELD, 8) + numbered(NORM, 9, 13)
SEPARABLE = ["norm1", "depthwise1", "conv1._layer", "norm2", "depthwise2", "conv2._layer", "norm3"]
SEPARABLE = [f"odefunc.{a}.{b}" for a in SEPARABLE for b in NORM]
STATE_NAMES["node-depthwise"] = CONVOLUTIONS + numbered(SEPARABLE, 7) + numbered(NORM, 8, 12)
STATE_NAMES["node-one-conv"] = CONVOLUTIONS + numbered(FIELD[:6], 7) + numbered(NORM, 8, 12)
STATE_NAMES["rknet"] = STATE_NAMES["node-tanh"] = STATE_NAMES["node"]


@pytest.fixture
def safetensors():
    return pytest.importorskip("safetensors.numpy")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "weights.safetensors"


def sample(model_name, channels=1, classes=10):
    """Parameters of which no two are alike: the ones and zeros of a norm would hide mistakes."""
    rng = np.random.default_rng(0)
    _, params = models.build(model_name, channels, classes).init(rng, (28, 28, channels))
    return tree_map(lambda W: (W + 0.02 * rng.normal(size=W.shape)).astype(np.float32), params)


def assert_same_bits(found, expected):
    for W, V in zip(leaves(found), leaves(expected), strict=True):
        assert (W.dtype, W.shape, W.tobytes()) == (V.dtype, V.shape, V.tobytes())


@pytest.mark.parametrize("model_name", models.MODELS)
def test_names_are_those_of_torchdiffeqs_example(model_name):
    assert exchange.state_names(model_name) == STATE_NAMES[model_name]


@pytest.mark.parametrize(("channels", "classes"), [(1, 10), (3, 36)])
@pytest.mark.parametrize("model_name", models.MODELS)
def test_what_is_loaded_is_what_was_saved_bit_for_bit(safetensors, path, model_name, channels, classes):
    params = sample(model_name, channels, classes)
    exchange.save(path, model_name, params)
    loaded = exchange.load(path, model_name, channels, classes)
    assert_same_bits(loaded, params)
    assert all(W.flags.c_contiguous and W.flags.writeable for W in leaves(loaded))
    assert list(safetensors.load_file(path)) == sorted(STATE_NAMES[model_name])


def test_memory_order_and_precision_of_what_is_saved_do_not_matter(safetensors, path):
    params = sample("node")
    exchange.save(path, "node", tree_map(lambda W: np.asfortranarray(W.astype(np.float64)), params))
    assert_same_bits(exchange.load(path, "node"), params)


def test_layouts_are_those_of_pytorch(safetensors, path):
    params = sample("node", channels=3)
    exchange.save(path, "node", params)
    state = safetensors.load_file(path)
    assert state["0.weight"][40, 2, 0, 1] == params[0][0][0, 1, 2, 40]
    # The depth is the first channel on both sides.
    assert state["7.odefunc.conv1._layer.weight"][40, 0, 2, 1] == params[7][2][0][2, 1, 0, 40]
    assert state["12.weight"][9, 40] == params[12][0][40, 9]


def test_a_dense_layer_on_images_reads_channel_by_channel_in_pytorch(safetensors, path):
    params = sample("mlp", channels=3)
    exchange.save(path, "mlp", params)
    by_channel = safetensors.load_file(path)["1.weight"].reshape(300, 3, 28, 28)
    assert by_channel[7, 2, 20, 5] == params[1][0].reshape(28, 28, 3, 300)[20, 5, 2, 7]


def test_the_file_tells_what_it_is(safetensors, path):
    exchange.save(path, "no-block", sample("no-block", 3, 36))
    with importlib.import_module("safetensors").safe_open(path, framework="np") as file:
        metadata = file.metadata()
    assert metadata.pop("minode")
    assert metadata == {
        "model": "no-block",
        "channels": "3",
        "classes": "36",
        "pytorch": "model.load_state_dict(safetensors.torch.load_file('weights.safetensors'))",
    }


@pytest.fixture
def peer(safetensors):
    pytest.importorskip("torch")
    return importlib.import_module("tests.benchmarks.shared.torch_networks")


def torch_network(peer, model_name, channels):
    """The network as a user of PyTorch writes it."""
    from torch import nn

    if model_name == "node":
        pytest.importorskip("torchdiffeq")
        return peer.node(channels, tol=1e-6)
    if model_name == "resnet":
        return peer.resnet(channels)
    if model_name == "mlp":
        return nn.Sequential(nn.Flatten(), nn.Linear(784 * channels, 300), nn.ReLU(), nn.Linear(300, 10))
    blocks = {"no-block": 0, "one-block": 1, "resnet-conv": 6}[model_name]
    downsampling = list(peer.node(channels))[:7]
    return nn.Sequential(*downsampling, *(peer.ResBlock(64) for _ in range(blocks)), *peer.classifier(64, 10))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("model_name", NETWORKS)
def test_a_model_of_pytorch_runs_here_and_once_more_there(peer, path, model_name, channels):
    import torch
    from safetensors.torch import load_file, save_file

    torch.manual_seed(0)
    theirs, copy = (torch_network(peer, model_name, channels) for _ in range(2))
    with torch.no_grad():
        for W in theirs.parameters():
            W += 0.02 * torch.randn(W.shape)
    x = np.random.default_rng(1).uniform(size=(4, 28, 28, channels)).astype(np.float32)
    expected = peer.to_nhwc(theirs(peer.to_nchw(x)))

    save_file(theirs.state_dict(), path)
    params = exchange.load(path, model_name, channels)
    ours = models.build(model_name, channels, tol=1e-6).apply(params, x)
    exchange.save(path, model_name, params)
    copy.load_state_dict(load_file(path), strict=True)

    assert np.std(expected) > 0.01
    np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-4)
    assert all(torch.equal(V, copy.state_dict()[name]) for name, V in theirs.state_dict().items())


def test_node_and_rknet_read_each_others_files(safetensors, path):
    params = sample("node")
    exchange.save(path, "node", params)
    assert_same_bits(exchange.load(path, "rknet"), params)


@pytest.fixture
def state(safetensors, path):
    """What a file of the perceptron holds."""
    exchange.save(path, "mlp", sample("mlp"))
    return safetensors.load_file(path)


def test_the_prefix_of_data_parallel_is_ignored(safetensors, path, state):
    safetensors.save_file({f"module.{name}": V for name, V in state.items()}, path)
    assert_same_bits(exchange.load(path, "mlp"), sample("mlp"))


@pytest.mark.parametrize("dtype", [np.float16, np.float64])
def test_other_precisions_become_float32(safetensors, path, state, dtype):
    safetensors.save_file({name: V.astype(dtype) for name, V in state.items()}, path)
    expected = tree_map(lambda W: W.astype(dtype).astype(np.float32), sample("mlp"))
    assert_same_bits(exchange.load(path, "mlp"), expected)


def with_bias(value, dtype=np.float32):
    return lambda state: state | {"3.bias": np.array([0, value, *range(8)], dtype)}


FOREIGN = {
    "too few names": (
        lambda state: {"3.weight": state["3.weight"]},
        r"not those of 'mlp': missing '1\.bias', '1\.weight', '3\.bias'; unexpected none$",
    ),
    "too many names": (
        lambda state: state | {f"{i}.extra": np.zeros(1) for i in range(5)},
        r"missing none; unexpected '0\.extra', '1\.extra', '2\.extra', 2 more$",
    ),
    "a prefix on some": (
        lambda state: {f"module.{name}" if name == "1.bias" else name: V for name, V in state.items()},
        r"missing '1\.bias'; unexpected 'module\.1\.bias'$",
    ),
    "nothing": (lambda state: {}, r"missing '1\.bias', '1\.weight', '3\.bias', 1 more; unexpected none$"),
    "another shape": (
        lambda state: state | {"1.weight": state["1.weight"].T.copy()},
        r"1\.weight has shape \(784, 300\); expected \(300, 784\)$",
    ),
    "integers": (with_bias(1, np.int64), r"3\.bias has dtype I64; expected one of F16, F32, F64$"),
    "NaN": (with_bias(np.nan), r"3\.bias in float32 is nan at index \[1\]; expected finite numbers$"),
    "too large for float32": (with_bias(1e39, np.float64), r"3\.bias in float32 is inf at index \[1\]"),
}


@pytest.mark.parametrize("case", FOREIGN)
def test_what_does_not_fit_is_named(safetensors, path, state, case):
    change, message = FOREIGN[case]
    safetensors.save_file(change(state), path)
    with pytest.raises(ValueError, match=rf"^weights '.*weights\.safetensors' cannot be used: .*{message}"):
        exchange.load(path, "mlp")


@pytest.mark.parametrize("part", [0, 0.0001, 0.001, 0.5, 0.999999])
def test_a_truncated_file_is_refused(path, state, part):
    content = path.read_bytes()
    path.write_bytes(content[: int(part * len(content))])
    with pytest.raises(ValueError, match=r"cannot be used: it is no safetensors file, or not all of one \("):
        exchange.load(path, "mlp")


def test_the_weights_of_another_network_are_called_by_its_name(safetensors, path):
    exchange.save(path, "resnet", sample("resnet"))
    with pytest.raises(ValueError, match=r"its names are not those of 'node' but of 'resnet': missing '1\.bias', "):
        exchange.load(path, "node")


@pytest.mark.parametrize(
    ("channels", "classes", "message"),
    [(3, 10, r"0\.weight has shape \(64, 1, 3, 3\); expected \(64, 3, 3, 3\)"), (1, 36, r"expected \(36, 64\)")],
)
def test_other_images_and_classes_are_refused(safetensors, path, channels, classes, message):
    exchange.save(path, "no-block", sample("no-block"))
    with pytest.raises(ValueError, match=message):
        exchange.load(path, "no-block", channels, classes)


def test_parameters_that_do_not_fit_or_are_not_finite_are_not_saved(safetensors, path):
    params = sample("mlp")
    with pytest.raises(ValueError, match=r"params has 4 arrays; expected the 24 of 'node'"):
        exchange.save(path, "node", params)
    with pytest.raises(ValueError, match=r"1\.bias has shape \(299,\); expected \(300,\)"):
        exchange.save(path, "mlp", [(), (params[1][0], params[1][1][1:]), *params[2:]])
    params[3][1][4] = np.nan
    with pytest.raises(ValueError, match=r"3\.bias in float32 is nan at index \[4\]"):
        exchange.save(path, "mlp", params)
    assert not path.exists()


def test_an_unknown_network_lists_the_known_ones(path):
    with pytest.raises(ValueError, match=r"unknown model 'lenet'; expected one of 'node', 'resnet'"):
        exchange.load(path, "lenet")


def test_a_missing_file_is_no_damage(safetensors, path):
    with pytest.raises(FileNotFoundError, match=r"weights\.safetensors"):
        exchange.load(path, "mlp")


def test_a_full_disk_leaves_the_old_file_and_nothing_else(path, state, monkeypatch):
    def full(path, content):
        raise OSError(errno.ENOSPC, "No space left on device")

    before = path.read_bytes()
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match=r"^cannot write the weights '.*weights\.safetensors': No space left on device$"):
        exchange.save(path, "mlp", sample("mlp"))
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert path.read_bytes() == before


def test_without_safetensors_the_extra_is_named(path, monkeypatch):
    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    path.write_bytes(b"")
    with pytest.raises(ValueError, match=r"safetensors is not installed; pip install safetensors$"):
        exchange.load(path, "mlp")
    with pytest.raises(ValueError, match=r"safetensors is not installed; pip install safetensors$"):
        exchange.save(path, "mlp", sample("mlp"))


def test_the_command_exports_a_run_and_begins_another_with_it(safetensors, tmp_path, path, monkeypatch, capsys):
    tiny.install(monkeypatch.setattr)
    begin = ["train", "mnist", "--model", "mlp", "--recipe", "fast", "--epochs", "1", "--batch-size", "16", "--run"]
    assert parser.main([*begin, str(tmp_path / "first")]) == 0
    assert parser.main(["export", str(tmp_path / "first"), str(path)]) == 0
    assert parser.main([*begin, str(tmp_path / "second"), "--init", str(path)]) == 0
    path.write_bytes(b"no weights")
    capsys.readouterr()
    assert parser.main([*begin, str(tmp_path / "third"), "--init", str(path)]) == 2
    _, err = capsys.readouterr()
    assert err.startswith("minode: weights ")
    assert err.count("\n") == 1
