"""What `minode list` and the gallery say of an experiment, and how it is called."""

from importlib import import_module
from typing import NamedTuple

SIZES = ("quick", "default", "full")


class Entry(NamedTuple):
    """What `minode list` and the gallery say of an experiment, and how it is called.

    Attributes
    ----------
    title : str
        Its place in the thesis.
    package : str
        Its folder, as a dotted name.
    seconds : dict
        Typical seconds on two cores at each size.
    claim : str
        What the thesis says.
    trains : bool
        Whether networks are trained or photographs made up, which are then kept in a folder "runs" beside the picture.
    settings : tuple of (str, object)
        Arguments of `compute` at every size.
    """

    title: str
    package: str
    seconds: dict
    claim: str
    trains: bool = False
    settings: tuple = ()

    def cost(self, size):
        """Tell the seconds of a size in the unit that suits them, as ``20 s`` or ``1.5 days``."""
        seconds = self.seconds[size]
        for unit, length in (("days", 86400), ("h", 3600), ("min", 60)):
            if seconds >= 1.4 * length:
                return f"{seconds / length:.2g} {unit}"
        return f"{seconds} s"

    def load(self):
        """Import the module that computes it; with it come SciPy and matplotlib."""
        return import_module(f"{self.package}.compute")
