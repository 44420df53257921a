"""The result of a finished run."""

from pathlib import Path

import numpy as np

from minode.base.trees import leaves
from minode.data.dataset import Dataset
from minode.training.evaluation import Evaluation
from minode.training.saved.environment import describe_environment
from minode.training.saved.history import read_history
from minode.training.saved.state import Checkpoint
from minode.training.setup import batches

NOTE = (
    "the model is the one of the lowest validation error, and the test images were looked at once, with it; "
    "the reference script reports the highest test accuracy of all epochs, which is better than it should be"
)


def result_of(folder: Path, state: Checkpoint, dataset: Dataset, found: Evaluation) -> dict:
    """Sum up a run whose best weights gave `found` on the test images.

    Returns
    -------
    dict
        The content of the run's result.json.
    """
    config = state.config
    events = ("batch", "validation", "validation-average", "test")
    seconds = {event: read_history(folder, event)["seconds"] for event in events}
    return {
        "data": config.data,
        "model": config.model,
        "recipe": config.recipe,
        "epochs": config.epochs,
        "best_epoch": state.best_epoch,
        "validation_error": state.best_error,
        "test_error": found.error,
        "test_loss": found.loss,
        "parameters": sum(W.size for W in leaves(state.params)),
        "images": {name: len(getattr(dataset, name).y) for name in batches.SPLITS},
        "seconds": round(sum(map(sum, seconds.values())), 1),
        "median_seconds_per_batch": float(np.median(seconds["batch"])),
        "note": NOTE,
        "data_notes": list(dataset.notes),
        "environment": describe_environment(),
    }
