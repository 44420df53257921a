"""The format of the MNIST files: a magic number, the length of each axis, then the entries, row by row."""

import gzip
import math
import struct
import zlib

import numpy as np

GZIP_MAGIC = b"\x1f\x8b"
CHUNK = 1 << 20


def read_idx(path, item_shape=()):
    """Read an IDX file of unsigned bytes, compressed by gzip or not; its first bytes tell, not its name.

    Nothing is allocated on the word of the header: memory follows what the file really holds.

    Parameters
    ----------
    path : path-like
    item_shape : tuple of int
        Shape of one item, such as (28, 28) for images; () for labels.

    Returns
    -------
    array of uint8, shape (n, *item_shape)
        With n as the header announces it.

    Raises
    ------
    ValueError
        If the file is not such a file, is cut short, corrupt, followed by something, or has items of another shape;
        the message names the file, what was found and what was expected.
    OSError
        If it cannot be read.

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
            # On to the end, where gzip compares its checksum, or until it is clear that there is too much.
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
    # Third byte: the type, 8 for unsigned bytes; fourth: the number of axes.
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
