"""Figure 4.1: the error of the NODE on MNIST, epoch by epoch."""

from minode.data import mnist
from minode.experiments.ch4_images.fig4_1_mnist.claims import verdict
from minode.experiments.ch4_images.fig4_1_mnist.draw import draw, table
from minode.experiments.common.records import long_runs, trained_runs
from minode.experiments.common.verdicts import UNDECIDED

__all__ = ["SETTINGS", "compute", "draw", "table"]

# The lowest error that the thesis found, among all epochs and on the test images themselves; and the paper's.
THESIS_ERROR, PAPER_ERROR = 0.0030, 0.0042
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
        "run" and "recorded", the long runs on record by model, each as `trained_runs.read_run` returns it;
        "run_verdict" and "recorded_verdict", of the NODE on record, None if there is none; "verdict" and "why".
    """
    # First of all, so that a missing data set ends this before any work.
    mnist.load()
    run = trained_runs.read_run(trained_runs.train_if_missing(runs_folder, "node", seed=seed, **fields))
    recorded = {run["config"]["model"]: run for run in long_runs.MNIST.read()}
    errors = {"thesis_lowest_test_error": THESIS_ERROR, "paper_test_error": PAPER_ERROR}
    numbers = {"run": run, "recorded": recorded, **errors}
    return numbers | conclude(numbers)


def conclude(numbers):
    """Judge the claim by the numbers, new ones or those on record.

    Epochs of few images are shorter than those of the thesis. Where they leave it open, the NODE on record decides.
    """
    own, recorded = verdict(numbers["run"]), numbers["recorded"].get("node")
    recorded_verdict = verdict(recorded) if recorded else None
    size = trained_runs.size(numbers["run"])
    why = f"by {trained_runs.size(recorded)}, on record; {size} are too few to tell" if recorded else None
    return {
        "verdict": recorded_verdict if recorded and own == UNDECIDED else own,
        "why": why if own == UNDECIDED else None,
        "run_verdict": own,
        "recorded_verdict": recorded_verdict,
    }
