"""One style and the few drawing helpers that figures share.

Figures are built without `pyplot`, which keeps a global state and may open windows. Whatever is to start fast does not
import this module, since it imports matplotlib.
"""

import io
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image

from minode.base.files import replacing
from minode.base.progress import bar

# The colours are those of Okabe and Ito, and a grey. The colour-blind can tell them apart, and they differ in print.
VERMILION, BLUE, GREEN, GREY = "#D55E00", "#0072B2", "#009E73", "#8C8C8C"
ORANGE, SKY = "#E69F00", "#56B4E9"

# A frame of an animation has no more colours than this, which keeps the file small.
COLORS = 64

STYLE = {
    "font.size": 10,
    "axes.titlesize": 10,
    "axes.labelsize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "figure.facecolor": "white",
    "figure.constrained_layout.use": True,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "lines.linewidth": 1.8,
    "savefig.dpi": 150,
}


def styled():
    """Return the context in which figures are made, drawn and saved, so that all have the same style."""
    return matplotlib.rc_context(STYLE)


def save(figure, path):
    """Write a figure as a PNG file, whole or not at all. The same figure gives the same bytes."""
    with replacing(path) as temporary:
        figure.savefig(temporary, metadata={"Software": None})


def save_animation(figures, path, dpi=90, milliseconds=80):
    """Write figures as the frames of a GIF that repeats for ever and rests on its last frame.

    Parameters
    ----------
    figures : iterable of Figure
        All of one size. Each is drawn before the next one is asked for, so that only one is in memory.
    path : path
    dpi : int
    milliseconds : int
        How long a frame is shown.
    """
    with bar(figures, desc=f"frames of {Path(path).name}", leave=False) as drawn:
        frames = [_image(figure, dpi).quantize(COLORS, dither=Image.Dither.NONE) for figure in drawn]
    durations = [milliseconds] * (len(frames) - 1) + [20 * milliseconds]
    with replacing(path) as temporary:
        frames[0].save(temporary, save_all=True, append_images=frames[1:], duration=durations, loop=0)


def _image(figure, dpi):
    with io.BytesIO() as buffer:
        figure.savefig(buffer, format="png", dpi=dpi)
        return Image.open(buffer).convert("RGB")


def draw_field(axes, t, h, dh):
    """Draw the directions of dh/dt = f(t, h) on a grid as arrows of equal length.

    Parameters
    ----------
    axes : Axes
        Its limits must be set before, since the arrows are of equal length on the page.
    t, h : array, shapes (m,) and (n,)
        The grid.
    dh : array, shape (n, m)
        The value of f at ``(t[j], h[i])``.
    """
    width, height = np.ptp(axes.get_xlim()), np.ptp(axes.get_ylim())
    u, v = np.full(dh.shape, 1 / width), dh / height
    length = np.hypot(u, v)
    axes.quiver(t, h, u / length, v / length, color=GREY, alpha=0.7, pivot="mid", width=0.003, scale=28, headwidth=4)
