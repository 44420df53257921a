"""A network as a table: one row a layer, as the thesis prints its own (Tables 4.1-4.4)."""

import numpy as np

from minode.trees import leaves

HEADER = ("#", "layer", "kernel/stride", "input", "output", "parameters")
# What these hold is repeated, or solved, as a whole: one row, and a table of its own below.
BLOCKS = ("ResBlock", "ODEBlock", "EulerBlock")


def summary(layer, input_shape):
    """Describe a network layer by layer.

    Parameters
    ----------
    layer : Layer
    input_shape : tuple of int
        Without the batch axis.

    Returns
    -------
    str
        A table with a row for each layer (number, name, kernel and stride, shapes, parameters), the total, and a table
        for each different block inside.
    """
    rows, blocks = [], {}
    _, total = _describe(layer, tuple(input_shape), rows, blocks, "")
    text = [_table(rows), f"{total:,} parameters"]
    for title, (block, shape) in blocks.items():
        rows, inner = [], {}
        _describe(block.layers[0], shape, rows, inner, "")
        text += ["", f"{title}:", _table(rows)]
    return "\n".join(text)


def _describe(layer, input_shape, rows, blocks, mark):
    """Append the rows of a layer; return its output shape and its number of parameters."""
    if layer.name == "serial":
        total = 0
        for part in layer.layers:
            input_shape, size = _describe(part, input_shape, rows, blocks, mark)
            total += size
        return input_shape, total
    if layer.name == "parallel":
        shapes, sizes = zip(
            *[_describe(part, input_shape, rows, blocks, f", branch {i}") for i, part in enumerate(layer.layers, 1)]
        )
        return shapes[0], sum(sizes)
    output_shape, params = layer.init(np.random.default_rng(0), input_shape)
    size = sum(leaf.size for leaf in leaves(params))
    if layer.name in BLOCKS:
        blocks.setdefault(f"{layer.name} on {_shape(input_shape)}", (layer, input_shape))
    rows.append((layer.name + mark, layer.detail, _shape(input_shape), _shape(output_shape), f"{size:,}"))
    return tuple(output_shape), size


def _shape(shape):
    return "x".join(map(str, shape))


def _table(rows):
    numbered = [HEADER, *((str(i), *row) for i, row in enumerate(rows))]
    widths = [max(map(len, column)) for column in zip(*numbered)]
    return "\n".join(
        "  ".join([*(cell.ljust(w) for cell, w in zip(row[:-1], widths)), row[-1].rjust(widths[-1])])
        for row in numbered
    )
