"""The NODE and the ResNet of Tables 4.1 and 4.3 in PyTorch, as its users write them, with minode's weights.

Their state-dict names are those of torchdiffeq's MNIST example. Parameters are registered in the order in which
minode's trees list theirs, so that weights and gradients are carried over one after the other.
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from minode.base.trees import leaves


def node(channels=1, classes=10, **options):
    """Three convolutions, then the flow of `Field`; options of `ODEBlock`."""
    down = [nn.Conv2d(channels, 64, 3), *norm_relu(64), nn.Conv2d(64, 64, 4, 2, 1), *norm_relu(64)]
    return nn.Sequential(*down, nn.Conv2d(64, 64, 4, 2, 1), ODEBlock(64, **options), *classifier(64, classes))


def resnet(channels=1, classes=10):
    """A convolution, two residual blocks that halve the map, six that keep it."""
    blocks = [ResBlock(64, stride) for stride in (2, 2, 1, 1, 1, 1, 1, 1)]
    return nn.Sequential(nn.Conv2d(channels, 64, 3), *blocks, *classifier(64, classes))


def classifier(channels, classes):
    return [*norm_relu(channels), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes)]


def norm_relu(channels):
    return [norm(channels), nn.ReLU(inplace=True)]


def norm(channels):
    return nn.GroupNorm(min(32, channels), channels)


def conv(channels, kernel, stride, padding):
    return nn.Conv2d(channels, channels, kernel, stride, padding, bias=False)


class ConcatConv2d(nn.Module):
    """Convolution over [t, x], t a constant channel before those of x."""

    def __init__(self, inputs, outputs, kernel, stride=1, padding=0):
        super().__init__()
        self._layer = nn.Conv2d(1 + inputs, outputs, kernel, stride, padding)

    def forward(self, t, x):
        return self._layer(torch.cat([t.expand_as(x[:, :1]), x], dim=1))


class Field(nn.Module):
    """The vector field f(t, z) of Table 4.2; `nfe` counts its evaluations, forward and backward alike."""

    def __init__(self, channels):
        super().__init__()
        self.norm1 = norm(channels)
        self.conv1 = ConcatConv2d(channels, channels, 3, padding=1)
        self.norm2 = norm(channels)
        self.conv2 = ConcatConv2d(channels, channels, 3, padding=1)
        self.norm3 = norm(channels)
        self.nfe = 0

    def forward(self, t, z):
        self.nfe += 1
        z = self.conv1(t, F.relu(self.norm1(z), inplace=True))
        z = self.conv2(t, F.relu(self.norm2(z), inplace=True))
        return self.norm3(z)


class ODEBlock(nn.Module):
    """The flow of `Field` from t = 0 to 1 by torchdiffeq, dopri5 unless its options say otherwise."""

    def __init__(self, channels, tol=1e-3, adjoint=True, **options):
        super().__init__()
        self.odefunc, self.adjoint = Field(channels), adjoint
        self.options = {"rtol": tol, "atol": tol, "method": "dopri5"} | options

    def forward(self, z):
        # The layers and the ResNet can do without it.
        from torchdiffeq import odeint, odeint_adjoint

        solve = odeint_adjoint if self.adjoint else odeint
        return solve(self.odefunc, z, torch.tensor([0.0, 1.0], dtype=z.dtype), **self.options)[1]


class ResBlock(nn.Module):
    """Residual block of two convolutions; with a stride, a 1x1 convolution beside them, behind the first norm."""

    def __init__(self, channels, stride=1):
        super().__init__()
        self.norm1 = norm(channels)
        self.downsample = conv(channels, 1, stride, 0) if stride > 1 else None
        self.conv1 = conv(channels, 3, stride, 1)
        self.norm2 = norm(channels)
        self.conv2 = conv(channels, 3, 1, 1)

    def forward(self, x):
        y = F.relu(self.norm1(x), inplace=True)
        shortcut = self.downsample(y) if self.downsample else x
        return shortcut + self.conv2(F.relu(self.norm2(self.conv1(y)), inplace=True))


def to_nchw(x):
    """A tensor (batch, channel, height, width) of the array x (batch, height, width, channel); others as they are."""
    return torch.from_numpy(np.ascontiguousarray(x.transpose(0, 3, 1, 2)) if x.ndim == 4 else x)


def to_nhwc(x):
    """An array (batch, height, width, channel) of the tensor x (batch, channel, height, width); others as they are."""
    x = x.detach().numpy()
    return x.transpose(0, 2, 3, 1) if x.ndim == 4 else x


def load(module, params):
    """Put a tree of minode's parameters into `module`, in their dtype; return `module`."""
    for parameter, W in zip(module.parameters(), leaves(params), strict=True):
        # (kh, kw, in, out) to (out, in, kh, kw), and (in, out) to (out, in).
        W = W.transpose(3, 2, 0, 1) if W.ndim == 4 else W.T
        parameter.data = torch.from_numpy(W.copy(order="C"))
    return module


def in_our_layout(tensors):
    """Parameters of a module, or their gradients, as a list of arrays in minode's layouts."""
    arrays = [tensor.detach().numpy() for tensor in tensors]
    return [W.transpose(2, 3, 1, 0) if W.ndim == 4 else W.T for W in arrays]
