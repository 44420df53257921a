"""Correlation as a product of polynomials: evaluate, multiply point by point, interpolate (Toom-Cook, Winograd).

Correlating a line of m pixels with r weights is the transpose of multiplying two polynomials. A product of polynomials
of degree n - 1 is known from its values at n = m + r - 1 points. With matrices A, B and G of those points, therefore,

    y = A [(G w) * (B x)]

in one dimension. In two dimensions their Kronecker products take their place (Winograd 1980; Lavin and Gray 2016). A
whole 6x6 map takes 8x8 points, which is 64 products of matrices. The direct form takes 9 for each of the 36 pixels, and
has to copy the patches.
"""

from functools import cache

import numpy as np

from minode.base.types import Array, Vjp

# The powers of small numbers and of their inverses stay moderate, and so do rounding errors. In float32 the error of a
# 64-channel 3x3 correlation is 4e-6 of its standard deviation with these points, and 3e-7 by the direct form.
POINTS = (0, 1, -1, 2, -2, 1 / 2, -1 / 2)
N_POINTS = len(POINTS) + 1


def largest_map(kernel: int) -> int:
    """The size of the largest map for which there are enough points."""
    return N_POINTS + 1 - kernel


@cache
def transforms(size: int, kernel: int, dtype: np.dtype) -> list[Array]:
    """Make the matrices A, B and G for a square map and kernel, at stride 1 and padded so that the map keeps its size.

    Those that are needed transposed come so, too: BLAS is slower with views.

    Parameters
    ----------
    size, kernel : int
        Widths of the map and of the kernel in pixels. The kernel's is odd, the map's at most ``largest_map(kernel)``.
    dtype : dtype

    Returns
    -------
    A, A_T : array, shapes (size**2, points**2) and (points**2, size**2)
    B, B_T : array, shapes (points**2, size**2) and (size**2, points**2)
    G : array, shape (points**2, kernel**2)
        It does not depend on `size`.
    """
    # A smaller map is treated as one of the largest size whose last pixels are empty.
    A, G = _evaluation(largest_map(kernel))[:, :size], _evaluation(kernel)
    B = np.linalg.inv(_evaluation(N_POINTS)).T
    # At each point a factor may be moved from B to A. Sharing it evenly keeps rounding errors small.
    share = np.sqrt(np.abs(B).max(axis=1))
    B, A = B / share[:, None], A * share[:, None]
    # The columns that would multiply the padding are left out, since it is zero.
    B = B[:, kernel // 2 : kernel // 2 + size]
    return [np.ascontiguousarray(np.kron(M, M), dtype) for M in (A.T, A, B, B.T, G)]


def _evaluation(length):
    """Evaluate the monomials 1, x, x**2, ... at the points; the last point, infinity, picks the leading monomial."""
    return np.vstack([np.vander(POINTS, length, increasing=True), np.eye(length)[-1]])


def at_points(W: Array) -> tuple[Array, Array]:
    """Evaluate a bank of kernels at the points.

    Parameters
    ----------
    W : array, shape (kernel, kernel, channels, outputs)

    Returns
    -------
    GW : array, shape (points**2, channels, outputs)
    GW_T : array, shape (points**2, outputs, channels)
        Transposed.
    """
    kernel, _, channels, outputs = W.shape
    *_, G = transforms(1, kernel, W.dtype)
    GW = np.dot(G, W.reshape(kernel**2, -1)).reshape(-1, channels, outputs)
    return GW, np.ascontiguousarray(GW.transpose(0, 2, 1))


def correlate(x: Array, GW: Array, GW_T: Array, kernel: int) -> tuple[Array, Vjp]:
    """Correlate square maps with a bank of square kernels at stride 1, padded so that they keep their size.

    Parameters
    ----------
    x : array, shape (batch, size, size, channels)
        ``size <= largest_map(kernel)``.
    GW, GW_T : array
        The kernels as `at_points` returns them.
    kernel : int
        Width of the kernels, an odd number.

    Returns
    -------
    y : array, shape (batch, size, size, outputs)
    vjp : callable
        ``vjp(g) -> (g_W, g_x)``.
    """
    batch, size, _, channels = x.shape
    outputs = GW.shape[2]
    A, A_T, B, B_T, G = transforms(size, kernel, x.dtype)
    # One call multiplies the matrices of all points.
    Bx = _pixels_at_points(B, x)
    y = _pixels_from_points(A, _products(Bx, GW)).reshape(batch, size, size, outputs)

    def vjp(g):
        g_product = _pixels_at_points(A_T, g)
        g_GW = np.matmul(Bx.transpose(0, 2, 1), g_product)
        g_W = np.dot(G.T, g_GW.reshape(len(G), -1)).reshape(kernel, kernel, channels, outputs)
        return g_W, _pixels_from_points(B_T, _products(g_product, GW_T)).reshape(x.shape)

    return y, vjp


def _pixels_at_points(M, x):
    """Apply M to the pixels: shape (batch, size, size, channels) becomes (points, batch, channels)."""
    batch, channels = len(x), x.shape[-1]
    values = _spread(len(M), batch, channels, x.dtype)
    np.matmul(M, x.reshape(batch, -1, channels), out=values.transpose(1, 0, 2))
    return values


def _products(values, GW):
    """Multiply the matrices of all points: (points, batch, channels) becomes (points, batch, outputs)."""
    return np.matmul(values, GW, out=_spread(*values.shape[:2], GW.shape[2], np.result_type(values, GW)))


def _pixels_from_points(M, values):
    """Apply M to the points: shape (points, batch, channels) becomes (batch, pixels, channels)."""
    return np.matmul(M, values.transpose(1, 0, 2))


def _spread(points, batch, channels, dtype):
    """Room for values at points. Its rows are apart: powers of two are the distances at which a cache has no room."""
    return np.empty((points, batch + 1, channels), dtype)[:, :batch]
