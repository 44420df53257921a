"""The state of a run between two steps."""

from typing import NamedTuple

from minode.base.types import Params
from minode.training.setup import recipes
from minode.training.setup.config import Config


class Sums(NamedTuple):
    """Sums over the steps made so far in an epoch; its means are made from them."""

    loss: float = 0.0
    error: float = 0.0
    seconds: float = 0.0
    nfe_forward: int = 0
    nfe_backward: int = 0


class Checkpoint(NamedTuple):
    """The state of a run between two steps.

    Attributes
    ----------
    config : Config
    params, optimizer_state : trees of arrays
    average : tree of arrays
        The moving average of the weights; empty if the configuration has none.
    epoch : int
        Number of the present epoch, from 1. Once the run is finished, it is one more than the number of epochs.
    step : int
        Number of steps made in this epoch.
    sums : Sums
        Sums over these steps.
    best_error : float or None
        Lowest validation error so far.
    best_epoch : int or None
        The epoch that had it.
    history_size : int
        Size of the history in bytes.
    environment : dict
        The environment in which the checkpoint was written.
    """

    config: Config
    params: list
    optimizer_state: list
    average: list | tuple = ()
    epoch: int = 1
    step: int = 0
    sums: Sums = Sums()
    best_error: float | None = None
    best_epoch: int | None = None
    history_size: int = 0
    environment: dict | None = None


def first(config: Config, params: Params) -> Checkpoint:
    """Return the state of a run before its first step."""
    return Checkpoint(config, params, recipes.optimizer(config).init(params), params if config.average else ())
