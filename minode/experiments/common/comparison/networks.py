"""Runs, sorted into networks: runs that differ in nothing but the seed are of one network."""

import dataclasses
from pathlib import Path
from typing import NamedTuple

from minode.experiments.common.verdicts import Estimate, of_seeds, paired
from minode.nn import models
from minode.training.saved import run_folder
from minode.training.saved.history import steps_made
from minode.training.setup import recipes
from minode.training.setup.config import Config
from minode.training.setup.defaults import COMMON
from minode.training.sweep.planning import FIELDS, found_runs, read_config

# What seeds, and the data of a seed, make of a configuration. The names of the classes are those of the data.
OF_SEEDS = ("seed", "data_crc32", "class_names", "channels")
UNUSED = object()


class Network(NamedTuple):
    """Finished runs that differ in the seed alone.

    Attributes
    ----------
    name : str
        The model, and whatever else tells it from the others.
    data : str
    errors : dict of int and float
        Test error by seed.
    checksums : dict of int and int
        Checksum of the training images by seed.
    is_subset : bool
        Whether each seed draws images of its own.
    """

    name: str
    data: str
    errors: dict
    checksums: dict
    is_subset: bool

    def mean(self):
        """Estimate the mean test error."""
        return of_seeds(list(self.errors.values()))


class Difference(NamedTuple):
    """How much less one network errs than another, by seeds that both have.

    Attributes
    ----------
    names : (str, str)
    seeds : tuple of int
        Those that both have, with the same training images.
    values : tuple of float
        Error of the first network less that of the second.
    estimate : Estimate
    """

    names: tuple
    seeds: tuple
    values: tuple
    estimate: Estimate


class Comparison(NamedTuple):
    """Networks, the differences of each two of them, and what has to be said with them."""

    networks: list
    differences: list
    notes: list


def compare(folders):
    """Compare the networks of runs.

    Parameters
    ----------
    folders : sequence of path
        Folders of runs, and folders with such folders.

    Returns
    -------
    Comparison
        Its notes name runs that are not finished, seeds that are missing, and data that differ.

    Raises
    ------
    ValueError
        If a folder has no run, no run is finished, or two runs have one configuration and one seed.
    """
    grouped, unfinished = {}, []
    for folder, config in _runs(folders):
        if not (folder / run_folder.RESULT).is_file():
            unfinished.append(f"{folder} is not finished (after {steps_made(folder):,} steps) and left out")
            continue
        runs = grouped.setdefault(_key(config), {})
        if config.seed in runs:
            raise ValueError(
                f"{str(runs[config.seed][0])!r} and {str(folder)!r} are runs of one configuration and one seed, "
                f"{config.seed}; name one of them"
            )
        runs[config.seed] = folder, config, run_folder.read_json(folder / run_folder.RESULT)["test_error"]
    if not grouped:
        raise ValueError(f"none of the runs is finished: {'; '.join(unfinished)}")
    networks = [_network(name, grouped[key]) for key, name in _names(grouped).items()]
    seeds = sorted({seed for network in networks for seed in network.errors})
    notes = [note for network in networks for note in _notes_of_one(network, seeds)]
    differences = []
    for i, network in enumerate(networks):
        for other in networks[i + 1 :]:
            difference, found = _difference(network, other)
            differences += [difference] * bool(difference)
            notes += found
    return Comparison(networks, differences, [*unfinished, *notes])


def _runs(folders):
    """Yield each run once, with its configuration."""
    seen = set()
    for given in map(Path, folders):
        if (given / run_folder.CONFIG).is_file():
            found = [(given, read_config(given))]
        else:
            found = list(found_runs(given))
        if not found:
            raise ValueError(f"there is no run in {str(given)!r}: expected a run's folder, or one with such folders")
        for folder, config in found:
            if folder.resolve() not in seen:
                seen.add(folder.resolve())
                yield folder, config


def _key(config):
    """What makes runs those of one network; a network without a solver has no tolerance."""
    unused = (*OF_SEEDS, *(() if config.model in models.SOLVED else ("tol", "method")))
    return tuple(UNUSED if name in unused else getattr(config, name) for name in FIELDS)


def _names(grouped):
    """Name networks by their model, and by what distinguishes some and is not what their recipe says."""
    several = [name for name, column in zip(FIELDS, zip(*grouped)) if len(set(column) - {UNUSED}) > 1]
    names = {}
    for key, runs in grouped.items():
        _, config, _ = next(iter(runs.values()))
        chosen = {name: getattr(config, name) for name in ("data", "model", "recipe", "batch_size")}
        # The usual learning rate goes with the batch.
        usual = {**_absent(), **recipes.complete(chosen), "batch_size": COMMON["batch_size"]}
        told = [name for name in several if name in ("data", "recipe") or getattr(config, name) != usual.get(name)]
        parts = [f"{name.replace('_', ' ')} {getattr(config, name)}" for name in told if name != "model"]
        names[key] = ", ".join([config.model, *parts])
    return names


def _absent():
    """What a configuration has in fields of which its recipe says nothing."""
    fields = dataclasses.fields(Config)
    return {field.name: field.default for field in fields if field.default is not dataclasses.MISSING}


def _network(name, runs):
    runs = dict(sorted(runs.items()))
    _, config, _ = next(iter(runs.values()))
    errors = {seed: error for seed, (_, _, error) in runs.items()}
    checksums = {seed: config.data_crc32 for seed, (_, config, _) in runs.items()}
    return Network(name, config.data, errors, checksums, config.subset is not None)


def _notes_of_one(network, seeds):
    if lacking := [str(seed) for seed in seeds if seed not in network.errors]:
        yield f"{network.name} has no finished run of seed {', '.join(lacking)}: compared by the others alone"
    if len(network.errors) == 1:
        yield f"{network.name} has one seed, which does not show the spread"
    elif len(set(network.errors.values())) == 1:
        yield f"all runs of {network.name} have the same error, so that its interval has no width"
    if not network.is_subset and len(set(network.checksums.values())) > 1:
        told = ", ".join(f"{seed}: {checksum}" for seed, checksum in network.checksums.items())
        yield f"{network.name} was not trained on the same images for all seeds (data_crc32 by seed: {told})"


def _difference(network, other):
    """Return the difference of two networks, None if no pair is to be had, and notes."""
    names, both = f"{network.name} and {other.name}", [seed for seed in network.errors if seed in other.errors]
    notes = []
    if network.data != other.data:
        notes.append(f"{names} were trained and tested on other data: {network.data} and {other.data}")
    elif unlike := [seed for seed in both if network.checksums[seed] != other.checksums[seed]]:
        seeds, first = ", ".join(map(str, unlike)), unlike[0]
        checksums = f"{network.checksums[first]} and {other.checksums[first]} of seed {first}"
        notes.append(f"{names} saw other training images with seed {seeds} (data_crc32 {checksums}): not compared")
        both = [seed for seed in both if seed not in unlike]
    if not both:
        return None, [*notes, f"{names} have no seed in common on the same images: no difference by pairs"]
    values, others = ([each.errors[seed] for seed in both] for each in (network, other))
    gaps = tuple(value - another for value, another in zip(values, others))
    return Difference((network.name, other.name), tuple(both), gaps, paired(values, others)), notes
