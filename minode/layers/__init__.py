"""Layers as pairs of functions (init, apply), each a NumPy kernel with its vector-Jacobian product."""

from minode.layers.activations import ReLU, Softplus, Tanh, elementwise
from minode.layers.dense import ConcatDense, Dense
from minode.layers.layer import Layer, kernel_layer, parallel, serial

__all__ = [
    "ConcatDense",
    "Dense",
    "Layer",
    "ReLU",
    "Softplus",
    "Tanh",
    "elementwise",
    "kernel_layer",
    "parallel",
    "serial",
]
