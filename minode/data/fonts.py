"""The fonts that matplotlib brings, which are the same on every machine."""

from pathlib import Path

import matplotlib
from PIL import ImageFont


def font(name: str, size: int) -> ImageFont.FreeTypeFont:
    """Load a font.

    Parameters
    ----------
    name : str
        Such as "DejaVuSans-Bold".
    size : int
        In pixels.

    Returns
    -------
    PIL.ImageFont.FreeTypeFont
    """
    return ImageFont.truetype(str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"{name}.ttf"), size)
