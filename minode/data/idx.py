"""Reading the format of the MNIST files: a magic number, the length of each axis, then the entries row by row."""

import gzip
import math
import struct
import zlib

import numpy as np

from minode.base.types import Array, PathLike, Shape

GZIP_MAGIC = b"\x1f\x8b"
CHUNK = 1 << 20


def read_idx(path: PathLike, item_shape: Shape = ()) -> Array:
    """Read an IDX file of unsigned bytes; whether it is compressed by gzip is told by its first bytes, not its name.

    The header may be wrong, so no memory is allocated because of what it says, only for data that are there.

    Parameters
    ----------
    path : path-like
    item_shape : tuple of int
        Shape of one item, such as (28, 28) for images and () for labels.

    Returns
    -------
    array of uint8, shape (n, *item_shape)
        The number n is in the header.

    Raises
    ------
    ValueError
        If the file is no IDX file, is too short, too long or corrupt, or has items of another shape. The message names
        the file, what was found and what was expected.
    OSError
        If the file cannot be read.

    References
    ----------
    LeCun, Cortes, Burges: *The MNIST database of handwritten digits*, "File formats".
    """
    with open(path, "rb") as file:
        compressed = file.read(len(GZIP_MAGIC)) == GZIP_MAGIC
        file.seek(0)
        stream = gzip.GzipFile(fileobj=file) if compressed else file
        try:
            shape = _read_header(stream, path, item_shape)
            size, content = math.prod(shape), bytearray()
            # Read to the end, where gzip checks its checksum, or until there are clearly too many bytes.
            while len(content) <= size and (chunk := stream.read(CHUNK)):
                content += chunk
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise ValueError(f"{path} is cut short or corrupt: {error}; expected a whole gzip file") from error
    if len(content) != size:
        held = "more" if len(content) > size else f"{len(content):,}"
        raise ValueError(f"{path} holds {held} bytes of data; expected {size:,}, as its header announces: {shape}")
    return np.frombuffer(content, dtype=np.uint8).reshape(shape)


def _read_header(stream, path, item_shape):
    ndim = 1 + len(item_shape)
    header = stream.read(4 + 4 * ndim)
    # The third byte is the type, 8 for unsigned bytes. The fourth is the number of axes.
    magic = bytes([0, 0, 8, ndim])
    if header[:4] != magic[: len(header)]:
        raise ValueError(
            f"{path} starts with 0x{header[:4].hex()}{_meaning(header)}; expected 0x{magic.hex()}{_meaning(magic)}"
        )
    if len(header) < 4 + 4 * ndim:
        raise ValueError(f"{path} holds {len(header)} bytes; expected a header of {4 + 4 * ndim} bytes and data")
    shape = struct.unpack(f">{ndim}I", header[4:])
    if shape[1:] != item_shape:
        raise ValueError(f"{path} holds items of shape {shape[1:]}; expected {item_shape}")
    return shape


def _meaning(header):
    if header[:3] != b"\x00\x00\x08" or len(header) < 4:
        return ""
    return f" (unsigned bytes, axes: {header[3]})"
