"""Layers as pairs of functions (init, apply), each a NumPy kernel with its vector-Jacobian product."""

from minode.nn.layers.activations import ReLU, Softplus, Tanh, elementwise
from minode.nn.layers.compounds import parallel, serial
from minode.nn.layers.conv import ConcatConv2D, Conv2D
from minode.nn.layers.dense import ConcatDense, Dense
from minode.nn.layers.layer import Layer, kernel_layer, kernel_of
from minode.nn.layers.norm import GroupNorm
from minode.nn.layers.pool import DepthwiseConv2D, Flatten, GlobalAvgPool

__all__ = [
    "ConcatConv2D",
    "ConcatDense",
    "Conv2D",
    "Dense",
    "DepthwiseConv2D",
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
