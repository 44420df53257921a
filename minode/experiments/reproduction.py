"""Figures and tables of the thesis, made by name.

The room `compute` of each experiment has SETTINGS ("quick", "default", "full": keyword arguments), ``compute(seed,
**settings) -> dict`` whose entry "curves", if any, is for drawing and whose other entries are the numbers that go on
record, ``draw(data) -> Figure`` and ``table(data) -> str``. Some have ``frames(data)``, the figures of an animation.
Among the numbers are "verdict" and, where a word explains it, "why". Where chance has a part in them,
``conclude(numbers)`` makes both of the other numbers, new ones or those on record, by the rule of `verdicts`.
"""

import time

from minode.base.blas import blas_in_one_thread
from minode.base.checks import one_of
from minode.base.files import writable_folder, write_json
from minode.experiments.common.verdicts import RULE
from minode.experiments.registry import REGISTRY
from minode.training.saved.environment import versions

# Not "figures": that is the committed gallery, which only its maintainers bring up to date.
OUT = "reproduced"


# Matrices here are small, or in shards: threads of BLAS would cost more than they save, and change the last bits.
@blas_in_one_thread()
def reproduce(name, size="default", seed=0, out=OUT, animate=False):
    """Compute an experiment and write ``NAME.png``, ``NAME.json`` and, if wanted, the animation ``NAME.gif``.

    Parameters
    ----------
    name : str
        A key of `REGISTRY`.
    size : {"quick", "default", "full"}
    seed : int
    out : path
        Folder; made if need be, and checked before the work starts. Networks are trained in run folders in its
        "runs": what was interrupted goes on there, and what is finished is not trained again. The default is a
        folder "reproduced" in the working folder.
    animate : bool

    Returns
    -------
    report : str
        The experiment's table and where the files are.

    Raises
    ------
    ValueError
        For an unknown name, an animation of what has none, and whatever data and runs cannot be used.
    OSError
        If `out` cannot be written to, or a data set is missing.
    """
    entry = REGISTRY[one_of(name, "figure or table", tuple(REGISTRY))]
    folder = checked_folder(seed, out)
    if animate and name not in animated():
        raise ValueError(f"{name} has no animation; expected one of {', '.join(animated())}")
    experiment = entry.load()
    settings = {**experiment.SETTINGS[size], **dict(entry.settings)}
    if entry.trains:
        settings["runs_folder"] = folder / "runs"
    start = time.perf_counter()
    data = experiment.compute(seed=seed, **settings)
    record = {key: value for key, value in data.items() if key != "curves"}
    record |= {"seed": seed, "size": size, "seconds": round(time.perf_counter() - start, 1), "versions": versions()}
    files = [folder / f"{name}.png", folder / f"{name}.json"]
    # Here, since who only lists names needs no matplotlib.
    from minode.experiments.common import plots

    with plots.styled():
        plots.save(experiment.draw(data), files[0])
        write_json(files[1], record)
        if animate:
            files.append(folder / f"{name}.gif")
            plots.save_animation(experiment.frames(data), files[-1])
    rule = f"\nVerdicts on what varies by chance: {RULE}." if hasattr(experiment, "conclude") else ""
    return f"{experiment.table(data)}{rule}\n\n{record['seconds']:.0f} s; wrote {', '.join(map(str, files))}"


def checked_folder(seed, out):
    """Check what all experiments take, before any work.

    Raises
    ------
    ValueError
        For a negative seed.
    OSError
        If the folder `out` cannot be made or written to.
    """
    if seed < 0:
        raise ValueError(f"seed is {seed}; expected zero or more")
    return writable_folder(out)


def animated():
    """Names of the experiments that have an animation."""
    return [name for name, entry in REGISTRY.items() if hasattr(entry.load(), "frames")]
