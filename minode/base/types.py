"""Names for the types that hints would otherwise spell out; the shapes of arrays are told in docstrings."""

import os
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray
"""A NumPy array. While autograd differentiates, its traced value stands in for one."""

Tree: TypeAlias = Any
"""Nested lists, tuples and dicts whose leaves are arrays or numbers; type hints cannot tell how deep they nest."""

Params: TypeAlias = Tree
"""The parameters of a layer or of a vector field."""

Field: TypeAlias = Callable[[float, Array, Params], Any]
"""A vector field ``f(t, z, params) -> dz/dt``. It may return a list or a number, which then becomes an array."""

Vjp: TypeAlias = Callable[[Array], Any]
"""A vector-Jacobian product: the gradient with respect to a function's value in, those of its arguments out."""

Shape: TypeAlias = tuple[int, ...]
"""The lengths of an array's axes."""

PathLike: TypeAlias = str | os.PathLike[str]
"""Where a file or a folder is, as text or as a `pathlib.Path`."""

Box: TypeAlias = tuple[float, float, float, float]
"""An upright rectangle in an image, in pixels: x and y of its top left corner, width, height."""
