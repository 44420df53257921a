"""The entry of an experiment in the registry."""

from importlib import import_module
from typing import NamedTuple

SIZES = ("quick", "default", "full")


class Entry(NamedTuple):
    """What `minode list` and the gallery say of an experiment, and where its code is.

    Attributes
    ----------
    title : str
        Its place in the thesis, such as "Figure 3.5".
    package : str
        Its folder, as a dotted name.
    seconds : dict
        Typical seconds on two cores at each size.
    claim : str
        What the thesis says.
    trains : bool
        Whether it trains networks or draws photographs. They are kept in a folder "runs" beside the picture, so that
        they need not be made twice.
    settings : tuple of (str, object)
        Arguments that `compute` is given at every size, as pairs of name and value.
    """

    title: str
    package: str
    seconds: dict
    claim: str
    trains: bool = False
    settings: tuple = ()

    def cost(self, size):
        """Write the time that a size takes in a unit that suits it, as ``20 s`` or ``1.5 days``."""
        seconds = self.seconds[size]
        for unit, length in (("days", 86400), ("h", 3600), ("min", 60)):
            if seconds >= 1.4 * length:
                return f"{seconds / length:.2g} {unit}"
        return f"{seconds} s"

    def load(self):
        """Import the module that computes the experiment. This takes long, since it imports SciPy and matplotlib."""
        return import_module(f"{self.package}.compute")
