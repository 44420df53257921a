"""Figure 3.1: what a NODE is made of, drawn from the model object.

The figure of Dupont et al. (2019), simplified as the thesis says, shows an ODE layer followed by a linear one, from R^d
over R^d to R. Here the same picture comes out of such a model, and beside it that of the NODE of Table 4.1 on MNIST,
box by box as its layers are nested: another model gives another diagram.
"""

import numpy as np

from minode.base.trees import leaves
from minode.experiments.ch3_nodes.fig3_1_diagram.claims import judge_model
from minode.experiments.ch3_nodes.fig3_1_diagram.draw import draw, table
from minode.experiments.common.verdicts import overall
from minode.nn import models
from minode.nn.blocks import ODEBlock
from minode.nn.layers import ConcatDense, Dense, Tanh, serial
from minode.nn.summary import BLOCKS, rows

__all__ = ["SETTINGS", "compute", "describe_boxes", "draw", "table"]

SETTINGS: dict[str, dict] = {"quick": {}, "default": {}, "full": {}}

DIMENSION, WIDTH = 2, 16


def shown():
    """Titles, models and the shapes of their inputs."""
    field = serial(ConcatDense(WIDTH), Tanh(), Dense(DIMENSION))
    return [
        ("A NODE, as simple as can be", serial(ODEBlock(field), Dense(1)), (DIMENSION,)),
        ("The NODE of Table 4.1", models.build("node"), (models.SIZE, models.SIZE, 1)),
    ]


def compute(seed=0):
    """Describe the models, and compare the descriptions with what the models do.

    Parameters
    ----------
    seed : int
        Of the parameters and of the input that is sent through: it has no effect on what is drawn.

    Returns
    -------
    dict
        "models": for each its "title", its nested "boxes" as of `describe_boxes`, "parameters" and "output" of the
        model itself, "ode_parameters", the layers "between" ODE layer and linear layer, and "verdicts"; "verdict" of
        all.
    """
    drawn = [_examined(*model, np.random.default_rng(seed)) for model in shown()]
    return {"models": drawn, "verdict": overall(v for model in drawn for v in model["verdicts"].values())}


def describe_boxes(layer, input_shape):
    """Describe a layer and, nested as they are, its parts.

    Parameters
    ----------
    layer : Layer
    input_shape : tuple of int
        Without the batch axis.

    Returns
    -------
    dict
        "name", "detail" (kernel and stride), "input" and "output" (shapes), "parameters" and "parts". Those of
        "parallel" all have the same input; the only part of an ODE block or a residual block is its vector field.
    """
    found, parts, shape = rows(layer, input_shape), [], input_shape
    if layer.name in ("serial", "parallel", *BLOCKS):
        for part in layer.layers:
            parts.append(describe_boxes(part, shape))
            shape = parts[-1]["output"] if layer.name == "serial" else input_shape
    return {
        "name": layer.name,
        "detail": layer.detail,
        "input": list(input_shape),
        "output": list(found[-1].output),
        "parameters": sum(row.parameters for row in found),
        "parts": parts,
    }


def _examined(title, layer, input_shape, rng):
    _, params = layer.init(rng, input_shape)
    output = layer.apply(params, rng.standard_normal((1, *input_shape)))
    boxes = describe_boxes(layer, input_shape)
    names = [box["name"] for box in boxes["parts"]]
    at = names.index("ODEBlock")
    model = {
        "title": title,
        "boxes": boxes,
        "ode_parameters": boxes["parts"][at]["parameters"],
        "between": names[at + 1 : -1],
        "parameters": sum(leaf.size for leaf in leaves(params)),
        "output": list(output.shape[1:]),
    }
    return model | {"verdicts": judge_model(model)}
