"""One module a figure or table of the thesis, found by name.

Each module has SETTINGS ("quick", "default", "full": keyword arguments), ``compute(seed, **settings) -> dict`` whose
entry "curves", if any, is for drawing and whose other entries are the numbers that go on record,
``draw(data) -> Figure`` and ``table(data) -> str``.
"""

import importlib
import time
from typing import NamedTuple

from minode.checks import one_of
from minode.environment import versions
from minode.files import writable_folder, write_json


class Entry(NamedTuple):
    """What `minode list` says of an experiment, and how it is called.

    Attributes
    ----------
    module : str
        Inside `minode.experiments`.
    seconds : dict
        Typical seconds on two cores at each size.
    claim : str
        What the thesis says.
    trains : bool
        Whether networks are trained; their runs are then kept in a folder "runs" beside the picture.
    settings : tuple of (str, object)
        Arguments of `compute` at every size.
    """

    module: str
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


def _architecture(table, claim):
    seconds = dict.fromkeys(("quick", "default", "full"), 1)
    return Entry("architectures", seconds, claim, settings=(("table", table),))


REGISTRY = {
    "table3.1": Entry(
        "table3_1",
        {"quick": 30, "default": 170, "full": 190_000},
        "NODEs err about as rarely as a ResNet of three times the parameters, and NFE does not raise ODE-Net's memory",
        trains=True,
    ),
    "fig3.4": Entry(
        "fig3_4",
        {"quick": 5, "default": 20, "full": 90},
        "trajectories of an ODE cannot cross: a NODE learns the identity but not g_1d, a ResNet learns both",
    ),
    "table4.1": _architecture("4.1", "the layers of the NODE: 209,418 parameters for 10 classes, 211,108 for 36"),
    "table4.2": _architecture("4.2", "the layers of the NODE's block"),
    "table4.3": _architecture("4.3", "the layers of the ResNet: 602,634 parameters for 10 classes, 604,324 for 36"),
    "table4.4": _architecture("4.4", "the layers of the ResNet's block"),
    "fig4.1": Entry(
        "fig4_1",
        {"quick": 10, "default": 120, "full": 56_000},
        "the NODE's error on MNIST falls fast, in the first epochs",
        trains=True,
    ),
}


def reproduce(name, size="default", seed=0, out="figures"):
    """Compute an experiment and write ``NAME.png`` and ``NAME.json``.

    Parameters
    ----------
    name : str
        A key of `REGISTRY`.
    size : {"quick", "default", "full"}
    seed : int
    out : path
        Folder; made if need be, and checked before the work starts. Networks are trained in run folders in its
        "runs": what was interrupted goes on there, and what is finished is not trained again.

    Returns
    -------
    report : str
        The experiment's table and where the files are.

    Raises
    ------
    ValueError
        For an unknown name, and whatever data and runs cannot be used.
    OSError
        If `out` cannot be written to, or a data set is missing.
    """
    entry = REGISTRY[one_of(name, "figure or table", tuple(REGISTRY))]
    if seed < 0:
        raise ValueError(f"seed is {seed}; expected zero or more")
    folder = writable_folder(out)
    experiment = importlib.import_module(f"minode.experiments.{entry.module}")
    settings = {**experiment.SETTINGS[size], **dict(entry.settings)}
    if entry.trains:
        settings["runs_folder"] = folder / "runs"
    start = time.perf_counter()
    data = experiment.compute(seed=seed, **settings)
    record = {key: value for key, value in data.items() if key != "curves"}
    record |= {"seed": seed, "size": size, "seconds": round(time.perf_counter() - start, 1), "versions": versions()}
    picture, numbers = folder / f"{name}.png", folder / f"{name}.json"
    plots = importlib.import_module("minode.plots")
    with plots.styled():
        plots.save(experiment.draw(data), picture)
    write_json(numbers, record)
    return f"{experiment.table(data)}\n\n{record['seconds']:.0f} s; wrote {picture} and {numbers}"
