"""Annotation files of UFPR-AMR (Laroca et al. 2019) and UFPR-ALPR (Laroca et al. 2018), with lines ``key: value``.

UFPR-AMR has ``reading: 12345`` and ``digit 1: x y w h`` to ``digit 5``. UFPR-ALPR has ``plate: ABC-1234``, with or
without the hyphen, and ``char 1: x y w h`` to ``char 7``, indented. Boxes are in pixels. Other keys are ignored.
"""

import re
from pathlib import Path
from typing import NamedTuple

from minode.base.types import PathLike


class Form(NamedTuple):
    """The lines that an annotation must have.

    Attributes
    ----------
    text, box : str
        The key of the text, and that of a character's box without the character's number.
    pattern : str
        Regular expression that the text must match, without hyphens.
    expected : str
        The pattern in words.
    """

    text: str
    box: str
    pattern: str
    expected: str


FORMS = {
    "amr": Form("reading", "digit", "[0-9]{5}", "five digits"),
    "alpr": Form("plate", "char", "[A-Z]{3}[0-9]{4}", "three letters and four digits, such as ABC-1234"),
}
LENGTH = {"amr": 5, "alpr": 7}


class Annotation(NamedTuple):
    """The text in a photograph, and where its characters are.

    Attributes
    ----------
    text : str
        Digits and capital letters.
    boxes : list of (x, y, width, height)
        The box of each character, in pixels.
    """

    text: str
    boxes: list


def read_annotation(path: PathLike, kind: str, size: tuple[int, int]) -> Annotation:
    """Read the annotation of a photograph.

    Parameters
    ----------
    path : path
    kind : {"amr", "alpr"}
    size : (int, int)
        Width and height of the photograph.

    Returns
    -------
    Annotation

    Raises
    ------
    ValueError
        If a key is missing or given twice, or a value is wrong; the message names the file and the line.
    OSError
        If the file cannot be read.
    """
    form, path = FORMS[kind], Path(path)
    found = _lines(path)
    number, text = _single(path, found, form.text)
    text = text.replace("-", "").upper() if kind == "alpr" else text
    if not re.fullmatch(form.pattern, text):
        raise ValueError(f"{path}:{number}: {form.text} is {text!r}; expected {form.expected}")
    keys = [f"{form.box} {i}" for i in range(1, LENGTH[kind] + 1)]
    return Annotation(text, [_box(path, size, key, *_single(path, found, key)) for key in keys])


def _lines(path):
    """Read the lines of a file as a dict from each key to a list of (line number, value)."""
    try:
        content = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: it is not text in UTF-8 ({error.reason} at byte {error.start})") from None
    found = {}
    for number, line in enumerate(content.splitlines(), start=1):
        key, colon, value = line.partition(":")
        if colon:
            found.setdefault(" ".join(key.split()).lower(), []).append((number, value.strip()))
    return found


def _single(path, found, key):
    entries = found.get(key, [])
    if not entries:
        raise ValueError(f"{path}: there is no line {key + ':'!r}")
    if len(entries) > 1:
        raise ValueError(f"{path}:{entries[1][0]}: {key} is given again, after line {entries[0][0]}")
    return entries[0]


def _box(path, size, key, number, value):
    if not re.fullmatch(r"-?[0-9]{1,9}(\s+-?[0-9]{1,9}){3}", value):
        raise ValueError(f"{path}:{number}: {key} is {value!r}; expected x y w h, four whole numbers")
    x, y, width, height = map(int, value.split())
    if width < 1 or height < 1:
        raise ValueError(f"{path}:{number}: {key} is {width} x {height} pixels; expected a box of at least 1 x 1")
    if x < 0 or y < 0 or x + width > size[0] or y + height > size[1]:
        raise ValueError(
            f"{path}:{number}: {key} reaches from ({x}, {y}) to ({x + width}, {y + height}); expected a box inside the "
            f"image of {size[0]} x {size[1]} pixels"
        )
    return x, y, width, height
