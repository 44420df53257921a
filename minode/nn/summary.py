"""A network as a table with one row a layer, as the thesis prints it (Tables 4.1-4.4)."""

from typing import NamedTuple

import numpy as np

from minode.base.trees import leaves
from minode.base.types import Shape
from minode.nn.layers.compounds import ParallelInit, SerialInit
from minode.nn.layers.layer import Layer

HEADER = ("#", "layer", "kernel/stride", "input", "output", "parameters")
# A block is repeated or solved as a whole, so it has one row, and a table of its own for the layers inside.
BLOCKS = ("ResBlock", "ODEBlock", "EulerBlock")


class Row(NamedTuple):
    """One layer of a network.

    Attributes
    ----------
    layer : Layer
    branch : int
        Number of its branch, from 1, if it stands beside another layer; otherwise 0.
    input, output : tuple of int
        Shapes without the batch axis.
    parameters : int
    """

    layer: Layer
    branch: int
    input: tuple
    output: tuple
    parameters: int

    def cells(self) -> tuple[str, ...]:
        """Return the row as text, in the columns of `HEADER` without the first."""
        name = f"{self.layer.name}, branch {self.branch}" if self.branch else self.layer.name
        return name, self.layer.detail, _text(self.input), _text(self.output), f"{self.parameters:,}"


def rows(layer: Layer, input_shape: Shape) -> list[Row]:
    """Describe a network layer by layer.

    Parameters
    ----------
    layer : Layer
    input_shape : tuple of int
        Without the batch axis.

    Returns
    -------
    list of Row
    """
    return _rows(layer, tuple(input_shape), branch=0)


def as_text(layer: Layer, input_shape: Shape) -> str:
    """Describe a network layer by layer, in text.

    Parameters
    ----------
    layer, input_shape
        As for `rows`.

    Returns
    -------
    str
        A table with a row for each layer (number, name, kernel and stride, shapes, parameters), the total number of
        parameters, and a table for each different block inside.
    """
    network = rows(layer, input_shape)
    text = [_table(network), f"{sum(row.parameters for row in network):,} parameters"]
    with_a_table = [row for row in network if row.layer.name in BLOCKS and len(row.layer.layers) == 1]
    blocks = {f"{row.layer.name} on {_text(row.input)}": row for row in with_a_table}
    for title, row in blocks.items():
        text += ["", f"{title}:", _table(rows(row.layer.layers[0], row.input))]
    return "\n".join(text)


def _rows(layer, shape, branch):
    # The parts are found by the type of `init`, because a layer may have any name.
    if type(layer.init) is SerialInit:
        found = []
        for part in layer.init.layers:
            found += _rows(part, shape, branch)
            shape = found[-1].output
        return found
    if type(layer.init) is ParallelInit:
        return [row for i, part in enumerate(layer.init.layers, 1) for row in _rows(part, shape, branch=i)]
    output_shape, params = layer.init(np.random.default_rng(0), shape)
    return [Row(layer, branch, shape, tuple(output_shape), sum(leaf.size for leaf in leaves(params)))]


def _text(shape):
    return "x".join(map(str, shape))


def _table(found):
    numbered = [HEADER, *((str(i), *row.cells()) for i, row in enumerate(found))]
    widths = [max(map(len, column)) for column in zip(*numbered)]
    return "\n".join(
        "  ".join([*(cell.ljust(w) for cell, w in zip(cells[:-1], widths)), cells[-1].rjust(widths[-1])])
        for cells in numbered
    )
