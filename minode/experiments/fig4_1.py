"""Figure 4.1: the error of the NODE on MNIST, epoch by epoch."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from minode.data import mnist
from minode.experiments import mnist_runs, tables, trained_runs
from minode.experiments.verdicts import UNDECIDED, between, of_images, unpaired
from minode.plots import BLUE, GREY, VERMILION

# As in Table 3.1, whose runs those of the quick and the full size are.
SETTINGS = {
    "quick": dict(recipe="fast", epochs=1, subset=256, batch_size=16, learning_rate=0.1),
    "default": dict(recipe="fast", epochs=10, subset=1000, batch_size=16, learning_rate=0.1),
    "full": dict(recipe="thesis"),
}
# The lowest error that the thesis found, among all epochs and on the test images themselves.
THESIS_ERROR = 0.0030
# Fast: in the first tenth of the epochs, at least one of at least five, the error comes nine tenths of its way down
# from guessing to its lowest.
FIRST_EPOCHS, PART, FEWEST_EPOCHS = 0.1, 0.9, 5
# The pictures on the right end at this many times the lowest error.
ZOOM = 4
LISTED = (1, 2, 3, 5, 10, 20, 50, 100)
# Networks on record that are drawn beside the NODE.
COMPARED = {"resnet": ("ResNet", "--"), "no-block": ("no block (not in the thesis)", ":")}


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
        "run" and "recorded", the long runs on record by model, each as `trained_runs.read` returns it; "verdict" of the
        run and "recorded_verdict" of the NODE on record, None if there is none.
    """
    # First of all, so that a missing data set ends this before any work.
    mnist.load()
    run = trained_runs.read(trained_runs.trained(runs_folder, "node", seed=seed, **fields))
    numbers = {"run": run, "recorded": mnist_runs.recorded(), "thesis_lowest_test_error": THESIS_ERROR}
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


def verdict(run):
    """Hold the claim against a run, unless its epochs are too few or, those of a subset, too short to tell.

    The error that is reached and the lowest one are of the same images, which a history does not tell apart: they are
    taken for independent, so that less is decided. One seed is judged, by its images.
    """
    errors, guessing = run["validation"]["error"], 1 - 1 / len(run["config"]["class_names"])
    if len(errors) < FEWEST_EPOCHS or run["config"]["subset"] is not None:
        return UNDECIDED
    first = max(1, int(FIRST_EPOCHS * len(errors)))
    n_images = run["result"]["images"]["validation"]
    reached, lowest = (of_images(error, n_images) for error in (errors[first - 1], min(errors)))
    # What is left of the way is a tenth of it: reached - lowest < (1 - PART) (guessing - lowest).
    left = unpaired(reached, lowest, PART)
    return between(left.interval(), -np.inf, (1 - PART) * guessing)


def table(data):
    """Errors by epoch in lines of text, and what came out."""
    lines = []
    for run, result, origin in _shown(data):
        result_of, last = run["result"], run["config"]["epochs"]
        errors = [run[kind]["error"] for kind in ("train", "validation")]
        rows = [
            (str(epoch), *(f"{100 * column[epoch - 1]:.2f}" for column in errors))
            for epoch in tables.listed(LISTED, last)
        ]
        lines += [
            f"NODE, {trained_runs.size(run)}{origin}: {run['command']}",
            tables.as_text(("epoch", "training error, %", "validation error, %"), rows, n_texts=0),
            f"Test error {100 * result_of['test_error']:.2f} %, with the weights of epoch {result_of['best_epoch']}.",
            f"Claim (fast in the first epochs): {result}.",
            "",
        ]
    return "\n".join(
        [*lines, f"{100 * THESIS_ERROR:.2f} % in the thesis is the best epoch's, chosen on the test images."]
    )


def draw(data):
    """Draw error by epoch: all of it on the left, the low errors on the right; a row for each run of the NODE."""
    shown = _shown(data)
    figure = Figure(figsize=(9.0, 3.5 * len(shown)))
    for (whole, zoomed), (run, result, origin) in zip(figure.subplots(len(shown), 2, squeeze=False), shown):
        lowest, highest = min(run["validation"]["error"]), max(run["train"]["error"] + run["validation"]["error"])
        for axes in (whole, zoomed):
            _draw_error(axes, run, "train", color=GREY, marker=".", label="training")
            _draw_error(axes, run, "validation", color=VERMILION, marker=".", label="validation")
            axes.set(xlabel="epoch", ylabel="error", xlim=(0, run["config"]["epochs"] + 0.5))
            axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
            axes.yaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))
        if origin:
            for model, (name, linestyle) in COMPARED.items():
                if model in data["recorded"]:
                    _draw_error(
                        zoomed, data["recorded"][model], "validation", color=BLUE, linestyle=linestyle, label=name
                    )
        zoomed.axhline(THESIS_ERROR, color="black", linewidth=0.8, label=f"{100 * THESIS_ERROR:.2f} % (thesis)")
        zoomed.set_ylim(0, min(1.05 * highest, ZOOM * max(lowest, THESIS_ERROR)))
        whole.set_ylim(0, 1.05 * highest)
        whole.set_title(f"NODE, {trained_runs.size(run)}{origin}")
        zoomed.set_title(f"low errors; fast in the first epochs: {result}")
    # The last run has all that others have, and perhaps networks beside it.
    figure.legend(*zoomed.get_legend_handles_labels(), loc="outside lower center", ncols=5)
    return figure


def _shown(data):
    """The runs of the NODE that there are, with verdict and origin."""
    shown = [(data["run"], data["verdict"], "")]
    if "node" in data["recorded"]:
        shown.append((data["recorded"]["node"], data["recorded_verdict"], " (on record)"))
    return shown


def _draw_error(axes, run, kind, **style):
    columns = run[kind]
    axes.plot(columns["epoch"], columns["error"], **style)
