"""Figure 4.1 drawn, and as a table in text."""

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from minode.experiments.common import tables
from minode.experiments.common.plots import BLUE, GREY, VERMILION
from minode.experiments.common.records import trained_runs

# The pictures on the right end at this many times the lowest error.
ZOOM = 4
LISTED = (1, 2, 3, 5, 10, 20, 50, 100)
# Networks on record that are drawn beside the NODE.
COMPARED = {"resnet": ("ResNet", "--"), "no-block": ("no block (not in the thesis)", ":")}


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
    thesis_error = f"{100 * data['thesis_lowest_test_error']:.2f} %"
    paper_error = f"{100 * data['paper_test_error']:.2f} %"
    lines.append(
        f"{thesis_error} in the thesis is the best epoch's, chosen on the test images; {paper_error} the paper's."
    )
    return "\n".join(lines)


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
        found = run["result"]
        zoomed.plot(found["best_epoch"], found["test_error"], color="black", marker="D", linestyle="none", label="test")
        thesis_error, paper_error = data["thesis_lowest_test_error"], data["paper_test_error"]
        for error, linestyle, whose in ((thesis_error, "-", "thesis"), (paper_error, ":", "paper")):
            label = f"{100 * error:.2f} % ({whose}), test"
            zoomed.axhline(error, color="black", linewidth=0.8, linestyle=linestyle, label=label)
        zoomed.set_ylim(0, min(1.05 * highest, ZOOM * max(lowest, thesis_error)))
        whole.set_ylim(0, 1.05 * highest)
        whole.set_title(f"NODE, {trained_runs.size(run)}{origin}")
        zoomed.set_title(f"low errors; fast in the first epochs: {result}")
    # The last run has all that others have, and perhaps networks beside it.
    figure.legend(*zoomed.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


def _shown(data):
    """The runs of the NODE that there are, with verdict and origin."""
    shown = [(data["run"], data["run_verdict"], "")]
    if "node" in data["recorded"]:
        shown.append((data["recorded"]["node"], data["recorded_verdict"], " (on record)"))
    return shown


def _draw_error(axes, run, kind, **style):
    columns = run[kind]
    axes.plot(columns["epoch"], columns["error"], **style)
