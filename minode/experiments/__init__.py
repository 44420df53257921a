"""One module a figure or table of the thesis, found by name.

Each module has SETTINGS ("quick", "default", "full": keyword arguments), ``compute(seed, **settings) -> dict`` whose
entry "curves" is for drawing and whose other entries are the numbers that go on record, ``draw(data) -> Figure`` and
``table(data) -> str``.
"""

import importlib
import platform
import time
from importlib import metadata
from typing import NamedTuple

from minode import __version__
from minode.checks import one_of
from minode.files import writable_folder, write_json


class Entry(NamedTuple):
    """What `minode list` says of an experiment.

    Attributes
    ----------
    module : str
        Inside `minode.experiments`.
    seconds : dict
        Typical seconds on two cores at each size.
    claim : str
        What the thesis says.
    """

    module: str
    seconds: dict
    claim: str


REGISTRY = {
    "fig3.4": Entry(
        "fig3_4",
        {"quick": 5, "default": 20, "full": 90},
        "trajectories of an ODE cannot cross: a NODE learns the identity but not g_1d, a ResNet learns both",
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
        Folder; made if need be, and checked before the work starts.

    Returns
    -------
    report : str
        The experiment's table and where the files are.

    Raises
    ------
    ValueError
        For an unknown name.
    OSError
        If `out` cannot be written to.
    """
    entry = REGISTRY[one_of(name, "figure", tuple(REGISTRY))]
    if seed < 0:
        raise ValueError(f"seed is {seed}; expected zero or more")
    folder = writable_folder(out)
    experiment = importlib.import_module(f"minode.experiments.{entry.module}")
    start = time.perf_counter()
    data = experiment.compute(seed=seed, **experiment.SETTINGS[size])
    record = {key: value for key, value in data.items() if key != "curves"}
    record |= {"seed": seed, "size": size, "seconds": round(time.perf_counter() - start, 1), "versions": versions()}
    picture, numbers = folder / f"{name}.png", folder / f"{name}.json"
    plots = importlib.import_module("minode.plots")
    with plots.styled():
        plots.save(experiment.draw(data), picture)
    write_json(numbers, record)
    return f"{experiment.table(data)}\n\n{record['seconds']:.0f} s; wrote {picture} and {numbers}"


def versions():
    """Versions of what the numbers depend on."""
    return {
        "minode": __version__,
        "python": platform.python_version(),
        **{package: metadata.version(package) for package in ("numpy", "scipy", "autograd")},
    }
