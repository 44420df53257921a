"""Figures and tables of the thesis, made by name.

The module `compute` of an experiment has these names:

- SETTINGS: the keyword arguments of `compute` for the sizes "quick", "default" and "full".
- ``compute(seed, **settings) -> dict``: the numbers that go on record. Among them are "verdict" and, where it needs an
  explanation, "why". An entry "curves" is for drawing alone and does not go on record.
- ``draw(data) -> Figure`` and ``table(data) -> str``: the numbers as a picture and as text.
- ``frames(data)``, of some experiments: the figures of an animation.
- ``conclude(numbers) -> dict``, where numbers vary by chance: it judges numbers, new ones or those on record, by the
  rule of `verdicts`, and returns the verdict and what belongs to it.
"""

import time

from minode.base.blas import blas_in_one_thread
from minode.base.checks import one_of
from minode.base.files import writable_folder, write_json
from minode.experiments.common.protocol.sweeps import FIRST_SEED, SIZES
from minode.experiments.common.verdicts import RULE
from minode.experiments.registry import REGISTRY
from minode.training.saved.environment import versions

# The default is not "figures", which is the committed gallery: only its maintainers write there.
OUT = "reproduced"


# BLAS gets one thread. Matrices here are small, or parts of a batch that has been split: more threads would cost more
# time than they save, and would change the last bits of the numbers.
@blas_in_one_thread()
def reproduce(name, size="default", seed=0, out=OUT, animate=False):
    """Compute an experiment and write ``NAME.png``, ``NAME.json`` and, if wanted, the animation ``NAME.gif``.

    Parameters
    ----------
    name : str
        One of the keys of `REGISTRY`.
    size : {"quick", "default", "full", "deciding"}
        The last one is that of the protocol, for experiments that do not take its runs from the record. Its first seed
        is ten more than `seed`.
    seed : int
    out : path
        The folder to write to. It is made if it is not there, and checked before the work starts. Networks are
        trained in its folder "runs": a run that was interrupted goes on, and a finished one is not trained again. The
        default is a folder "reproduced" in the working folder.
    animate : bool
        Whether to write the animation.

    Returns
    -------
    report : str
        The table of the experiment, and where the files are.

    Raises
    ------
    ValueError
        If the name is unknown, if the experiment has no animation or not the size, or if data or runs cannot be used.
    OSError
        If `out` cannot be written to, or a data set is missing.
    """
    entry = REGISTRY[one_of(name, "figure or table", tuple(REGISTRY))]
    folder = checked_folder(seed, out)
    if animate and name not in animated():
        raise ValueError(f"{name} has no animation; expected one of {', '.join(animated())}")
    experiment = entry.load()
    settings = {**_settings(name, experiment, size), **dict(entry.settings)}
    if size == "deciding":
        seed += FIRST_SEED[name]
    if entry.trains:
        settings["runs_folder"] = folder / "runs"
    start = time.perf_counter()
    data = experiment.compute(seed=seed, **settings)
    record = {key: value for key, value in data.items() if key != "curves"}
    record |= {"seed": seed, "size": size, "seconds": round(time.perf_counter() - start, 1), "versions": versions()}
    files = [folder / f"{name}.png", folder / f"{name}.json"]
    # Imported late, since listing the names does not need matplotlib.
    from minode.experiments.common import plots

    with plots.styled():
        plots.save(experiment.draw(data), files[0])
        write_json(files[1], record)
        if animate:
            files.append(folder / f"{name}.gif")
            plots.save_animation(experiment.frames(data), files[-1])
    rule = f"\nVerdicts on what varies by chance: {RULE}." if hasattr(experiment, "conclude") else ""
    return f"{experiment.table(data)}{rule}\n\n{record['seconds']:.0f} s; wrote {', '.join(map(str, files))}"


def _settings(name, experiment, size):
    if size != "deciding":
        return experiment.SETTINGS[size]
    if name not in SIZES:
        raise ValueError(f"{name} has no size of its own by the protocol; expected one of {', '.join(SIZES)}")
    return SIZES[name]


def checked_folder(seed, out):
    """Check the arguments that all experiments have, before any work.

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
    """List the names of the experiments that have an animation."""
    return [name for name, entry in REGISTRY.items() if hasattr(entry.load(), "frames")]
