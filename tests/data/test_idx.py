"""IDX files: read as they are, or refused by name before anything is allocated."""

import gzip
import re
import struct
import tracemalloc

import numpy as np
import pytest

from minode.data import idx

IMAGES = np.random.default_rng(0).integers(0, 256, size=(5, 28, 28), dtype=np.uint8)
LABELS = np.array([0, 9, 3, 3], dtype=np.uint8)
MEBIBYTE = 1 << 20


def idx_bytes(array, shape=None, kind=8):
    """The file's bytes, written from its published description; `shape` may lie."""
    shape = array.shape if shape is None else shape
    return struct.pack(f">BBBB{len(shape)}I", 0, 0, kind, len(shape), *shape) + array.tobytes()


def corrupt(content, position):
    return content[:position] + bytes([content[position] ^ 0xFF]) + content[position + 1 :]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("name", ["data-ubyte", "data-ubyte.gz"])
@pytest.mark.parametrize("array", [IMAGES, LABELS, IMAGES[:0]], ids=["images", "labels", "none"])
def test_what_was_written_is_read_whatever_the_name_says(array, name, pack, tmp_path):
    (tmp_path / name).write_bytes(pack(idx_bytes(array)))
    read = idx.read_idx(tmp_path / name, array.shape[1:])
    assert read.dtype == np.uint8
    np.testing.assert_array_equal(read, array)


def test_several_chunks_are_put_together(tmp_path):
    array = np.random.default_rng(1).integers(0, 256, size=(2 * idx.CHUNK // 784 + 7, 28, 28), dtype=np.uint8)
    (tmp_path / "images").write_bytes(idx_bytes(array))
    np.testing.assert_array_equal(idx.read_idx(tmp_path / "images", (28, 28)), array)


WHOLE = idx_bytes(IMAGES)
BAD_IMAGES = {
    "empty": (b"", "holds 0 bytes; expected a header of 16 bytes"),
    "a few bytes": (WHOLE[:3], "holds 3 bytes; expected a header of 16 bytes"),
    "header cut short": (WHOLE[:15], "holds 15 bytes; expected a header of 16 bytes"),
    "no data": (WHOLE[:16], "holds 0 bytes of data; expected 3,920, as its header announces: (5, 28, 28)"),
    "cut short": (WHOLE[:-1], "holds 3,919 bytes of data; expected 3,920"),
    "something follows": (WHOLE + b"x", "holds more bytes of data; expected 3,920"),
    "labels": (
        idx_bytes(LABELS),
        "starts with 0x00000801 (unsigned bytes, axes: 1); expected 0x00000803 (unsigned bytes, axes: 3)",
    ),
    "floats": (idx_bytes(IMAGES, kind=0x0D), "starts with 0x00000d03; expected 0x00000803"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + WHOLE, "starts with 0x89504e47; expected 0x00000803"),
    "a web page": (b"<!DOCTYPE html>" + WHOLE, "starts with 0x3c21444f; expected 0x00000803"),
    "little endian": (struct.pack("<I", 0x803) + WHOLE[4:], "starts with 0x03080000; expected 0x00000803"),
    "other size": (idx_bytes(IMAGES[:, :, :20]), "holds items of shape (28, 20); expected (28, 28)"),
    "3 TiB": (idx_bytes(IMAGES, (2**32 - 1, 28, 28)), "holds 3,920 bytes of data; expected 3,367,254,359,280"),
}


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize(("content", "message"), BAD_IMAGES.values(), ids=BAD_IMAGES.keys())
def test_bad_images_are_refused(content, message, pack, tmp_path):
    path = tmp_path / "images"
    path.write_bytes(pack(content))
    with pytest.raises(ValueError, match="^" + re.escape(f"{path} {message}")):
        idx.read_idx(path, (28, 28))


def test_images_are_no_labels(tmp_path):
    (tmp_path / "labels").write_bytes(WHOLE)
    with pytest.raises(ValueError, match=r"0x00000803 .*axes: 3\); expected 0x00000801 .*axes: 1\)"):
        idx.read_idx(tmp_path / "labels")


PACKED = gzip.compress(WHOLE)
BAD_GZIP = {
    "magic alone": PACKED[:2],
    "header cut short": PACKED[:7],
    "cut short": PACKED[: len(PACKED) // 2],
    "end cut short": PACKED[:-1],
    "without its end": PACKED[:-8],
    "corrupt method": corrupt(PACKED, 2),
    "corrupt data": corrupt(PACKED, len(PACKED) // 2),
    "corrupt checksum": corrupt(PACKED, len(PACKED) - 8),
    "something follows": PACKED + b"garbage",
}


@pytest.mark.parametrize("content", BAD_GZIP.values(), ids=BAD_GZIP.keys())
def test_bad_gzip_files_are_refused(content, tmp_path):
    path = tmp_path / "images.gz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=re.escape(str(path)) + " is cut short or corrupt: .*; expected a whole gzip"):
        idx.read_idx(path, (28, 28))


@pytest.mark.parametrize(
    ("content", "shape"),
    [(IMAGES, (2**32 - 1, 28, 28)), (np.zeros(64 * MEBIBYTE, dtype=np.uint8), (1, 28, 28))],
    ids=["announces too much", "holds too much"],
)
def test_memory_follows_neither_a_lying_header_nor_an_endless_file(content, shape, tmp_path):
    (tmp_path / "images").write_bytes(gzip.compress(idx_bytes(content, shape), compresslevel=1))
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="bytes of data; expected"):
            idx.read_idx(tmp_path / "images", (28, 28))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * MEBIBYTE


def test_an_absent_file_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        idx.read_idx(tmp_path / "absent")
