"""MNIST (LeCun et al. 1998): 70,000 handwritten digits, loaded from a folder, the user's cache or the network."""

import math
import os
import zipfile
from contextlib import suppress
from pathlib import Path
from textwrap import shorten

import numpy as np

from minode.base import files
from minode.base.types import PathLike
from minode.data import idx
from minode.data.dataset import Dataset, Split, check_labels, make_dataset, pixels, table
from minode.data.download import fetch

# For each array in mnist.npz, the name of its IDX file and the shape of an item.
ARRAYS = {
    "x_train": ("train-images-idx3-ubyte", (28, 28)),
    "y_train": ("train-labels-idx1-ubyte", ()),
    "x_test": ("t10k-images-idx3-ubyte", (28, 28)),
    "y_test": ("t10k-labels-idx1-ubyte", ()),
}
# Checksums of the compressed files as they were published.
SHA256 = {
    "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
}
CLASS_NAMES = tuple("0123456789")
MIRRORS = ("https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/")
EXPECTED = "mnist.npz, or train-images-idx3-ubyte and the three other IDX files (also as .gz, also in MNIST/raw)"


def load(root: PathLike | None = None) -> Dataset:
    """Load MNIST; if no folder has it, download it into the user's cache and verify its checksums.

    MNIST comes with a training and a test set. The last sixth of the training images (10,000 of 60,000, in the order
    of the files) becomes the validation set. The model is chosen by it, so that the test set is used only once.

    Parameters
    ----------
    root : path-like, optional
        Folder with `mnist.npz`, or else with the four IDX files, compressed or not. They may also be in its subfolder
        `MNIST/raw`, where torchvision puts them. Without `root`, MNIST is looked for in `$MINODE_DATA`, if that is set,
        then in the user's cache.

    Returns
    -------
    Dataset
        50,000, 10,000 and 10,000 images of shape (28, 28, 1), or fewer if the files have fewer.

    Raises
    ------
    FileNotFoundError
        If `root` has no MNIST, `$MINODE_DATA` is no folder, or either has only some of the files.
    ValueError
        If a file is damaged or has another format; the message names it.
    OSError
        If a file cannot be read, or no mirror delivers it.
    """
    paths, _ = _locate(root)
    return _read(paths)


def describe_data(root: PathLike | None = None) -> str:
    """Load MNIST and describe where it was found and what is in it.

    Parameters
    ----------
    root : path-like, optional
        As for `load`, which also says what errors are raised.

    Returns
    -------
    str
        Five lines: the place, then a table with the number of images per split and class.
    """
    paths, origin = _locate(root)
    dataset = _read(paths)
    place = paths["x_train"] if paths["x_train"] == paths["x_test"] else paths["x_train"].parent
    return f"MNIST from {place} ({origin})\n{table(dataset)}"


def _locate(root):
    """Find the file of each array, and name the place where they were found."""
    if root is not None:
        paths = _find(Path(root), "root")
        if paths is None:
            raise FileNotFoundError(f"root {str(root)!r} holds no MNIST; expected {EXPECTED}")
        return paths, "root"
    origin = "the user's cache"
    # A variable that is set to nothing counts as not set.
    if folder := os.environ.get("MINODE_DATA"):
        if paths := _find(Path(folder), "$MINODE_DATA"):
            return paths, "$MINODE_DATA"
        origin += f", as $MINODE_DATA, {folder!r}, has none"
    cache = files.cache_folder()
    # The cache may not exist, or have only some of the files after an interrupted download. Then they are downloaded.
    with suppress(FileNotFoundError):
        if paths := _find(cache, origin):
            return paths, origin
    return {key: _download(f"{file}.gz", cache, origin) for key, (file, _) in ARRAYS.items()}, origin


def _find(folder, name):
    """Find the file of each array in `folder`; None if it has no file of MNIST."""
    if not folder.is_dir():
        raise FileNotFoundError(f"{name} {str(folder)!r} is not a folder; expected one with {EXPECTED}")
    for place in (folder, folder / "MNIST" / "raw"):
        if (place / "mnist.npz").is_file():
            return dict.fromkeys(ARRAYS, place / "mnist.npz")
        paths = {
            key: next(filter(Path.is_file, [place / file, place / f"{file}.gz"]), None)
            for key, (file, _) in ARRAYS.items()
        }
        missing = [ARRAYS[key][0] for key, path in paths.items() if path is None]
        if not missing:
            return paths
        if len(missing) < len(ARRAYS):
            raise FileNotFoundError(
                f"{name} {str(place)!r} lacks {', '.join(missing)}; expected all four (also as .gz)"
            )
    return None


def _download(file, folder, origin):
    try:
        return fetch(file, SHA256[file], MIRRORS, folder)
    except OSError as error:
        raise OSError(
            f"no MNIST in {origin}, and {error}; expected a network, or a folder named by root or $MINODE_DATA with "
            f"{EXPECTED}"
        ) from error


def _read(paths):
    x_train, y_train, x_test, y_test = (
        (_read_npz(paths[key], key, shape) if paths[key].suffix == ".npz" else idx.read_idx(paths[key], shape))
        for key, (_, shape) in ARRAYS.items()
    )
    # Labels are checked here, where the message can name the file.
    check_labels(y_train, len(x_train), len(CLASS_NAMES), f"{paths['y_train']}, y_train,")
    check_labels(y_test, len(x_test), len(CLASS_NAMES), f"{paths['y_test']}, y_test,")
    n, last = len(x_train), len(x_train) - len(x_train) // 6
    if n == last:
        raise ValueError(f"{paths['x_train']} holds {n} training images; expected at least 6, a sixth to validate")
    return make_dataset(
        _split(x_train[:last], y_train[:last]),
        _split(x_train[last:], y_train[last:]),
        _split(x_test, y_test),
        CLASS_NAMES,
    )


def _split(images, labels):
    return Split(pixels(images[..., None]), labels.astype(np.int64))


def _read_npz(path, key, item_shape):
    with open(path, "rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                found, expected = sorted(archive.namelist()), sorted(f"{key}.npy" for key in ARRAYS)
                if found != expected:
                    raise ValueError(f"expected the members {expected}, found {found}")
                with archive.open(f"{key}.npy") as stream:
                    return _read_npy(stream, archive.getinfo(stream.name).file_size, key, item_shape)
        # For damaged files zipfile, zlib and NumPy raise many kinds of exceptions, such as TokenError for a bad header.
        except Exception as error:
            raise ValueError(f"{path} is damaged or no MNIST: {shorten(str(error), 300)}") from error


def _read_npy(stream, file_size, key, item_shape):
    """Read an array after checking that its header agrees with the size of its file, before memory is allocated."""
    np.lib.format.read_magic(stream)
    shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
    if dtype != np.uint8 or shape[1:] != item_shape:
        raise ValueError(f"{key} has dtype {dtype} and shape {shape}; expected uint8 and (n, *{item_shape})")
    size = file_size - stream.tell()
    if math.prod(shape) != size:
        raise ValueError(f"{key} announces shape {shape} and holds {size:,} bytes of data")
    stream.seek(0)
    return np.lib.format.read_array(stream, allow_pickle=False)
