"""What the forward pass of an autograd primitive leaves for its vector-Jacobian product."""

from typing import Any


class Residuals:
    """What a primitive computes on the way to its value and needs again for its vector-Jacobian product (VJP).

    A primitive of autograd can return only its value. Whatever else it computes would be lost before the VJP runs: the
    product of a layer's kernel, or the states of a solve. So the caller passes a new `Residuals` as an option with
    every call. The primitive writes `kept` once, and the VJP, which is given the same options, reads it.

    Attributes
    ----------
    kept : object
        Whatever the primitive's own VJP expects; unset until the primitive has run.
    """

    __slots__ = ("kept",)

    kept: Any
