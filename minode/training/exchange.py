"""Weights to PyTorch and back, in safetensors files with the names and layouts of torchdiffeq's MNIST example.

`minode export RUN weights.safetensors` writes such a file, and `minode train ... --init weights.safetensors` begins
with it. In PyTorch, where `model` is the `nn.Sequential` of that example (examples/odenet_mnist.py)::

    from safetensors.torch import load_file, save_file
    model.load_state_dict(load_file("weights.safetensors"))  # from minode
    save_file(model.state_dict(), "weights.safetensors")  # to minode

The example's options ``--network odenet`` build our "node", ``--network resnet --downsampling-method res`` our
"resnet", and ``--network resnet`` our "resnet-conv". Our other networks are numbered as an `nn.Sequential` of their
layers would be.
"""

from pathlib import Path

import numpy as np

from minode import __version__
from minode.base.checks import finite_array
from minode.base.files import replacing
from minode.base.trees import leaves, rebuild
from minode.base.types import Params, PathLike
from minode.nn import models
from minode.nn.layers import kernel_of
from minode.training.torch_layout import as_kernel, from_torch, to_torch

# The example's names for the layers inside a block. A "serial" inside a network is residual downsampling.
ATTRIBUTES = {
    "ODEBlock": ".odefunc.norm1 .odefunc.conv1._layer .odefunc.norm2 .odefunc.conv2._layer .odefunc.norm3".split(),
    "ResBlock": ".norm1 .conv1 .norm2 .conv2".split(),
    "serial": ".norm1 .downsample .conv1 .norm2 .conv2".split(),
}
SEPARABLE = [f".odefunc.{name}" for i in (1, 2) for name in (f"norm{i}", f"depthwise{i}", f"conv{i}._layer")] + [
    ".odefunc.norm3"
]
DTYPES = {"F16": "<f2", "F32": "<f4", "F64": "<f8"}


def state_names(model_name: str) -> list[str]:
    """List the names of a network's parameters in PyTorch, in the order of `leaves(params)`.

    Parameters
    ----------
    model_name : str
        A key of `models.MODELS`.

    Returns
    -------
    list of str
        Such as "7.odefunc.conv1._layer.weight".
    """
    names = []
    for i, layer in enumerate(models.build(model_name).layers):
        kernels = _with_parameters(layer)
        attributes = ATTRIBUTES.get(layer.name, [""])
        # A field of one convolution has the first of the names; one of separable convolutions has more of them.
        attributes = (attributes if len(kernels) <= len(attributes) else SEPARABLE)[: len(kernels)]
        for attribute, kernel in zip(attributes, kernels, strict=True):
            names += [f"{i}{attribute}.{name}" for name in ("weight", "bias")[: kernel.n_leaves]]
    return names


def save(path: PathLike, model_name: str, params: Params) -> None:
    """Write the parameters of a network, in float32, as a safetensors file for PyTorch.

    Parameters
    ----------
    path : path
    model_name : str
        A key of `models.MODELS`.
    params : tree of arrays
        As ``models.build(model_name, ...).init`` returns them, for any number of channels and classes.

    Raises
    ------
    ValueError
        If the name is unknown, the arrays are not those of the network or not finite, or safetensors is not installed.
    OSError
        If the file cannot be written; an older file of that name is then still there.
    """
    names, arrays = state_names(model_name), leaves(params)
    if len(arrays) != len(names):
        raise ValueError(f"params has {len(arrays)} arrays; expected the {len(names)} of {model_name!r}")
    channels, classes = as_kernel(arrays[0]).shape[2], len(arrays[-1])
    shapes = [W.shape for W in leaves(_template(model_name, channels, classes))]
    state = {name: to_torch(_checked(name, W, shape)) for name, W, shape in zip(names, arrays, shapes)}
    loading = f"model.load_state_dict(safetensors.torch.load_file({Path(path).name!r}))"
    metadata = dict(model=model_name, channels=str(channels), classes=str(classes), minode=__version__, pytorch=loading)
    content = _safetensors().numpy.save(state, metadata)
    try:
        with replacing(path) as temporary:
            temporary.write_bytes(content)
    except OSError as error:
        raise OSError(f"cannot write the weights {str(path)!r}: {error.strerror or error}") from error


def load(path: PathLike, model_name: str, channels: int = 1, classes: int = 10) -> Params:
    """Read the parameters of a network from a safetensors file that `save` or PyTorch wrote.

    Parameters
    ----------
    path : path
    model_name : str
        A key of `models.MODELS`. "node" and "rknet" have the same parameters, so each can read the other's files.
    channels, classes : int
        Number of channels of the images, and number of labels.

    Returns
    -------
    tree of arrays
        In float32, nested as ``models.build(model_name, channels, classes).init`` returns them.

    Raises
    ------
    ValueError
        If the name is unknown, the file is damaged, its tensors are not those of the network or not finite, or
        safetensors is not installed.
    OSError
        If the file cannot be opened.
    """
    template = _template(model_name, channels, classes)
    try:
        tensors = _tensors(path)
        _check_names(set(tensors), model_name)
        arrays = [
            from_torch(_checked(name, _array(name, tensors[name]), to_torch(W).shape), W)
            for name, W in zip(state_names(model_name), leaves(template))
        ]
    except ValueError as error:
        raise ValueError(f"weights {str(path)!r} cannot be used: {error}") from error
    return rebuild(template, arrays)


def _with_parameters(layer):
    """List the kernels of a layer's innermost parts that have parameters, in the order of its tree."""
    if layer.layers:
        return [kernel for part in layer.layers for kernel in _with_parameters(part)]
    kernel = kernel_of(layer)
    return [kernel] if kernel.n_leaves else []


def _template(model_name, channels, classes):
    network = models.build(model_name, channels, classes)
    return network.init(np.random.default_rng(0), (models.SIZE, models.SIZE, channels))[1]


def _safetensors():
    try:
        import safetensors.numpy
    except ImportError as error:
        raise ValueError("the package safetensors is not installed; pip install safetensors") from error
    return safetensors


def _tensors(path):
    """Return the tensors of a file by name; each is a dict of dtype, shape and data."""
    library = _safetensors()
    try:
        tensors = dict(library.deserialize(Path(path).read_bytes()))
    except library.SafetensorError as error:
        raise ValueError(f"it is no safetensors file, or not all of one ({error})") from error
    # `nn.DataParallel` puts a prefix before each name.
    prefix = "module." if all(name.startswith("module.") for name in tensors) else ""
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items()}


def _check_names(given, model_name):
    expected = set(state_names(model_name))
    missing, extra = sorted(expected - given), sorted(given - expected)
    if missing or extra:
        owner = next((f" but of {other!r}" for other in models.MODELS if set(state_names(other)) == given), "")
        difference = f"missing {_few(missing)}; unexpected {_few(extra)}"
        raise ValueError(f"its names are not those of {model_name!r}{owner}: {difference}")


def _few(names):
    return ", ".join([*map(repr, names[:3]), *[f"{len(names) - 3} more"] * (len(names) > 3)]) or "none"


def _array(name, tensor):
    if tensor["dtype"] not in DTYPES:
        raise ValueError(f"{name} has dtype {tensor['dtype']}; expected one of {', '.join(DTYPES)}")
    return np.frombuffer(tensor["data"], DTYPES[tensor["dtype"]]).reshape(tensor["shape"])


def _checked(name, W, shape):
    """Return an array in float32 if it has the right shape and is finite, also after rounding to float32."""
    if W.shape != shape:
        raise ValueError(f"{name} has shape {W.shape}; expected {shape}")
    with np.errstate(over="ignore"):
        return finite_array(np.array(W, np.float32), f"{name} in float32")
