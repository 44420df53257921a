"""Figure 4.1: the error of the NODE on MNIST, epoch by epoch."""

from minode.data import mnist
from minode.experiments.ch4_images.fig4_1_mnist.claims import verdict
from minode.experiments.ch4_images.fig4_1_mnist.draw import draw, table
from minode.experiments.common.records import long_runs, trained_runs

__all__ = ["SETTINGS", "compute", "draw", "table"]

# The lowest error that the thesis found, among all epochs and on the test images themselves.
THESIS_ERROR = 0.0030
# As in Table 3.1, whose runs those of the quick and the full size are.
SETTINGS = {
    "quick": dict(recipe="fast", epochs=1, subset=256, batch_size=16, learning_rate=0.1),
    "default": dict(recipe="fast", epochs=10, subset=1000, batch_size=16, learning_rate=0.1),
    "full": dict(recipe="thesis"),
}


def compute(seed=0, runs_folder="runs", **fields):
    """Train the NODE, or take the run that is there.

    Parameters
    ----------
    seed : int
    runs_folder : path
        Holds a folder for each run.
    **fields
        Of the run's configuration (`config.Config`): the recipe at least.

    Returns
    -------
    dict
        "run" and "recorded", the long runs on record by model, each as `trained_runs.read_run` returns it; "verdict" of
        the run and "recorded_verdict" of the NODE on record, None if there is none.
    """
    # First of all, so that a missing data set ends this before any work.
    mnist.load()
    run = trained_runs.read_run(trained_runs.train_if_missing(runs_folder, "node", seed=seed, **fields))
    recorded = {run["config"]["model"]: run for run in long_runs.MNIST.read()}
    numbers = {"run": run, "recorded": recorded, "thesis_lowest_test_error": THESIS_ERROR}
    return numbers | conclude(numbers)


def conclude(numbers):
    """Judge the claim by the numbers, new ones or those on record."""
    recorded = numbers["recorded"]
    recorded_verdict = verdict(recorded["node"]) if "node" in recorded else None
    return {
        "verdict": verdict(numbers["run"]),
        "why": recorded_verdict and f"for {trained_runs.size(recorded['node'])}, on record, {recorded_verdict}",
        "recorded_verdict": recorded_verdict,
    }
