"""What a sweep has to do: its runs, their folders, and how far each of them has come."""

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from minode.base.checks import positive_int
from minode.base.files import no_file_on_the_way
from minode.base.types import PathLike
from minode.training.saved import checkpoint, run_folder
from minode.training.saved.history import steps_made
from minode.training.setup import batches, recipes
from minode.training.setup.config import Config, from_dict
from minode.training.sweep.axes import names

FIELDS = tuple(field.name for field in dataclasses.fields(Config))


class Run(NamedTuple):
    """A run of a sweep.

    Attributes
    ----------
    name : str
    folder : Path
    given : dict
        The fields of the configuration that `train_run.train` is given, the checksum of the data among them.
    config : Config
        All of its configuration.
    n_steps : int
        Steps in all of its epochs.
    """

    name: str
    folder: Path
    given: dict
    config: Config
    n_steps: int

    def is_begun(self) -> bool:
        """Tell whether there is a checkpoint."""
        return (self.folder / run_folder.LAST).is_file()

    def is_finished(self) -> bool:
        """Tell whether there is a result."""
        return (self.folder / run_folder.RESULT).is_file()

    def made(self) -> int:
        """Count the steps made so far."""
        return self.n_steps if self.is_finished() else min(self.n_steps, steps_made(self.folder))


class Plan(NamedTuple):
    """The runs of a sweep, and what there is to be said of their data."""

    runs: list[Run]
    notes: tuple[str, ...]


def plan(grid: Sequence[dict], folder: PathLike, root: PathLike | None = None, skip_bad: bool = False) -> Plan:
    """Plan a sweep in a folder of runs, and find what is wrong with it before anything is written.

    Parameters
    ----------
    grid : list of dict
        As `axes.grid` returns it.
    folder : path
        Folder of the runs. Runs of the grid that are there keep their place, whatever it is called.
    root : path, optional
        Folder of the data.
    skip_bad : bool
        As for `batches.load_data`.

    Returns
    -------
    Plan

    Raises
    ------
    ValueError
        If a configuration cannot be, or the folder holds a run of another configuration: the message names the field.
    OSError
        If the data cannot be read, or a file is in the folder's way.
    """
    folder = no_file_on_the_way(folder)
    if (folder / run_folder.LAST).is_file():
        raise ValueError(f"{str(folder)!r} is the folder of a run; expected a folder for runs")
    dataset = batches.load_data({"data": grid[0]["data"], "subset": None}, root, skip_bad)
    parts: dict[tuple[int, int] | None, tuple[dict, int]] = {}
    configs = []
    for given in grid:
        fields = recipes.complete(given)
        # Each seed draws a subset of its own.
        part = None if fields["subset"] is None else (positive_int(fields["subset"], "subset"), fields["seed"])
        if part not in parts:
            drawn = dataset if part is None else batches.subset_of(dataset, *part)
            parts[part] = recipes.of_data(drawn), len(drawn.train.y)
        of_data, n_images = parts[part]
        config = Config(**{**fields, **of_data})
        configs.append((config, config.epochs * batches.steps_per_epoch(config, n_images)))
    planned = {folder / name: config for name, (config, _) in zip(names(grid), configs)}
    places = _places(folder, planned)
    runs = []
    for usual, given, (config, n_steps) in zip(planned, grid, configs):
        place = places.get(config, usual)
        runs.append(Run(place.name, place, {**given, "data_crc32": config.data_crc32}, config, n_steps))
    return Plan(runs, dataset.notes)


def found_runs(folder: PathLike) -> Iterator[tuple[Path, Config]]:
    """Find the folders of runs in a folder, with their configurations.

    Raises
    ------
    ValueError
        If a configuration cannot be read.
    """
    for place in sorted(Path(folder).glob("*/")):
        if (place / run_folder.CONFIG).is_file():
            yield place, read_config(place)
        elif (place / run_folder.LAST).is_file():
            yield place, checkpoint.load(place / run_folder.LAST).config


def read_config(folder: PathLike) -> Config:
    """Read the configuration of a run.

    Raises
    ------
    ValueError
        If it cannot be read; the message names the file.
    """
    path = Path(folder) / run_folder.CONFIG
    content = run_folder.read_json(path)
    try:
        return from_dict(content)
    except (TypeError, ValueError) as error:
        raise ValueError(f"cannot read {str(path)!r}: {error}") from error


def _places(folder, planned):
    """Return the folders of the runs that are there; other runs may differ in model, seed and axes of the grid."""
    places = {}
    configs = set(planned.values())
    for place, config in found_runs(folder):
        if planned.get(place, config) != config:
            _refuse(place, config, [planned[place]], set())
        elif config in configs:
            places.setdefault(config, place)
        else:
            peers = [other for other in configs if other.model == config.model] or configs
            _refuse(place, config, peers, {"model", "seed", *({"data_crc32"} if config.subset else ())})
    return places


def _refuse(place, config, peers, free):
    """Refuse a run that differs from its peers in what is neither free nor an axis of the grid."""
    for name in FIELDS:
        values = {getattr(peer, name) for peer in peers}
        value = getattr(config, name)
        if len(values) == 1 and value not in values and name not in free:
            (planned,) = values
            raise ValueError(
                f"{str(place)!r} holds a run of another configuration: {name} is {value!r}, in the sweep {planned!r}; "
                "name another folder for the runs"
            )
