"""Layers as pairs of functions (init, apply), each a NumPy kernel with its vector-Jacobian product."""

from minode.layers.activations import ReLU, Softplus, Tanh, elementwise
from minode.layers.compounds import parallel, serial
from minode.layers.conv import ConcatConv2D, Conv2D
from minode.layers.dense import ConcatDense, Dense
from minode.layers.layer import Layer, kernel_layer, kernel_of
from minode.layers.norm import GroupNorm
from minode.layers.pool import Flatten, GlobalAvgPool

__all__ = [
    "ConcatConv2D",
    "ConcatDense",
    "Conv2D",
    "Dense",
    "Flatten",
    "GlobalAvgPool",
    "GroupNorm",
    "Layer",
    "ReLU",
    "Softplus",
    "Tanh",
    "elementwise",
    "kernel_layer",
    "kernel_of",
    "parallel",
    "serial",
]
