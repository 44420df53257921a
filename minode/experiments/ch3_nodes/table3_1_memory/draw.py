"""Memory over depth as text and as a picture."""

from itertools import chain
from statistics import linear_regression, mean

from matplotlib.figure import Figure

from minode.experiments.common import claims, tables
from minode.experiments.common.plots import BLUE, GREY, ORANGE, SKY, VERMILION

STYLES = (
    dict(color=ORANGE, marker="D", linestyle="--"),
    dict(color=VERMILION, marker="o", linestyle="-"),
    dict(color=BLUE, marker="^", linestyle="-"),
    dict(color=SKY, marker="s", linestyle="--"),
    dict(color=GREY, marker="x", linestyle=":"),
)
HEADER = ("", "L", "NFE-B", "peak MiB", "states an evaluation", "KiB an evaluation")


def table(data):
    """The measurements of the shallowest and the deepest gradients in lines of text, then claim by claim."""
    rows = []
    for name, found in _problems(data):
        rows.append((name,))
        rows += [_row(way, numbers, found["state_bytes"]) for way, numbers in found["ways"].items()]
    lines = [tables.as_text(HEADER, rows), "", claims.as_text(data), ""]
    return "\n".join(
        [*lines, f"Claim, memory O(1) by the adjoint and O(L) by backpropagation: {data['verdict']} ({data['why']})."]
    )


def draw(data):
    """Draw peak memory over depth, a panel a problem: a point a measurement, a line a fit."""
    figure = Figure(figsize=(8.0, 5.2))
    for axes, (name, found) in zip(figure.subplots(1, 2), _problems(data)):
        for (way, numbers), style in zip(found["ways"].items(), STYLES):
            _draw_way(axes, way, numbers, style)
        axes.set_title(name)
        axes.set(xlabel="L, evaluations of f forward", ylabel="peak memory of a gradient (MiB)")
        axes.set(xlim=(0, None), ylim=(0, 1.45 * max(max(map(max, n["peak_mib"])) for n in found["ways"].values())))
        axes.legend(loc="upper left", title="states kept for each evaluation", title_fontsize=9, alignment="left")
    return figure


def _problems(data):
    node = f"Training step of the NODE, {data['images']} images"
    return (("Flow of tanh(z W + b)", data["flow"]), (node, data["node"]))


def _row(way, numbers, state_bytes):
    slope = mean(numbers["states_per_evaluation"])
    depth, nfe_backward, peak = (
        [mean(numbers[key][i]) for i in (0, -1)] for key in ("depth", "nfe_backward", "peak_mib")
    )
    backward = "{:.0f} to {:.0f}".format(*nfe_backward) if nfe_backward[-1] else ""
    ends = "{:.0f} to {:.0f}".format(*depth), backward, "{:.1f} to {:.1f}".format(*peak)
    return (way, *ends, f"{slope:+.3f}", f"{slope * state_bytes / 1024:+.2f}")


def _draw_way(axes, way, numbers, style):
    depth, peak = (list(chain(*numbers[key])) for key in ("depth", "peak_mib"))
    line = linear_regression(depth, peak)
    ends = [min(depth), max(depth)]
    axes.plot(depth, peak, color=style["color"], marker=style["marker"], markersize=5, linestyle="none")
    # Zero is added lest there be a minus before it.
    label = f"{way}: {round(mean(numbers['states_per_evaluation']), 2) + 0.0:.2f}"
    axes.plot(ends, [line.intercept + line.slope * x for x in ends], **style, markersize=5, label=label)
