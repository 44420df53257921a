"""A grid of runs, written as a user writes it: ``--model node,resnet --seeds 0-9,12``."""

import itertools
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence

from minode.base.checks import LARGEST_INT, one_of
from minode.nn import models
from minode.ode.solvers.methods import METHODS
from minode.training.setup import recipes
from minode.training.setup.batches import DATASETS
from minode.training.setup.defaults import RECIPES

# What may have several values, and what their words mean; a run has one of each, and a seed.
AXES = {
    "model": str,
    "recipe": str,
    "epochs": int,
    "subset": int,
    "batch_size": int,
    "learning_rate": float,
    "tol": float,
    "method": str,
}
KNOWN = {"model": tuple(models.MODELS), "recipe": tuple(RECIPES), "method": METHODS}
OF_SOLVERS = ("tol", "method")
# More runs than this are a slip of the pen.
MOST = 100_000


def grid(data: str, axes: Mapping[str, str], seeds: str) -> list[dict]:
    """List the runs of a grid: each model with each value of everything else and each seed.

    Parameters
    ----------
    data : str
        Name of the data set.
    axes : dict of str
        For some of `AXES`, "model" and "recipe" at least, values with commas between them, such as ``"node,resnet"``. A
        tolerance and a method are given to the models alone that solve an ODE by them, if there is one.
    seeds : str
        Seeds and ranges of them with both ends, such as ``"0-9,12"``.

    Returns
    -------
    list of dict
        For each run the fields of `config.Config` that determine it, without what its recipe and the data add.

    Raises
    ------
    ValueError
        If an axis has no value, one that is unknown or no number, or one twice; if a range of seeds runs backwards; if
        no model takes a tolerance or method that is given; or if the grid has too many runs.
    """
    one_of(data, "data set", tuple(DATASETS))
    values = {name: _values(name, text) for name, text in axes.items()}
    chosen = _seeds(seeds)
    networks = values.pop("model")
    if not set(networks) & set(models.SOLVED):
        # This raises if there is anything that none of these models takes.
        recipes.refuse_solver_options(networks[0], {name: axes[name] for name in OF_SOLVERS if name in axes})
    plain = {name: column for name, column in values.items() if name not in OF_SOLVERS}
    columns = {model: values if model in models.SOLVED else plain for model in networks}
    n_runs = len(chosen) * sum(math.prod(map(len, column.values())) for column in columns.values())
    if n_runs > MOST:
        raise ValueError(f"the grid has {n_runs:,} runs; expected at most {MOST:,}")
    return [
        {"data": data, "model": model, **dict(zip(column, chosen_values)), "seed": seed}
        for model, column in columns.items()
        for chosen_values in itertools.product(*column.values())
        for seed in chosen
    ]


def names(runs: Sequence[dict]) -> list[str]:
    """Name the runs of a grid by data, model, recipe and seed, and by whatever else has several values in the grid."""
    several = [name for name in AXES if name not in ("model", "recipe") and len({run.get(name) for run in runs}) > 1]
    told = ([(name, run[name]) for name in several if name in run] for run in runs)
    return [
        "-".join(
            [run["data"], run["model"], run["recipe"]]
            + [f"{name.replace('_', '-')}-{value}" for name, value in pairs]
            + [f"seed-{run['seed']}"]
        )
        for run, pairs in zip(runs, told)
    ]


def _words(name, text):
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not words:
        raise ValueError(f"{name} is {text!r}, so that the grid has no runs; expected one value at least")
    return words


def _values(name, text):
    kind, words = AXES[name], _words(name, text)
    try:
        values = [kind(word) for word in words]
    except ValueError:
        expected = {int: "integers", float: "numbers"}[kind]
        raise ValueError(f"{name} is {text!r}; expected {expected} with commas between them") from None
    for value in values if name in KNOWN else ():
        one_of(value, name, KNOWN[name])
    return _each_once(name, text, values)


def _seeds(text):
    seeds = []
    for word in _words("seeds", text):
        found = re.fullmatch(r"(\d+)(?:-(\d+))?", word, re.ASCII)
        if not found:
            raise ValueError(f"seeds is {text!r}; expected seeds and ranges with commas between them, such as 0-9,12")
        first, last = int(found[1]), int(found[2] or found[1])
        if last < first:
            raise ValueError(f"seeds is {text!r}, of which {word} runs backwards; expected {last}-{first}")
        if last > LARGEST_INT or last - first >= MOST:
            raise ValueError(f"seeds is {text!r}; expected at most {MOST:,} seeds, none above {LARGEST_INT}")
        seeds += range(first, last + 1)
    return _each_once("seeds", text, seeds)


def _each_once(name, text, values):
    twice = [value for value, n in Counter(values).items() if n > 1]
    if twice:
        raise ValueError(f"{name} is {text!r}, with {twice[0]} twice; expected each once")
    return values
