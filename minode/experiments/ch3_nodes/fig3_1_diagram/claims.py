"""The claims of Figure 3.1, as rules that numbers can break."""

from minode.experiments.common.verdicts import decided


def judge_model(model):
    """Hold the claim, part by part, against a description and what the model itself has and does.

    Returns
    -------
    dict
        Verdicts by part.
    """
    boxes = model["boxes"]["parts"]
    names = [box["name"] for box in boxes]
    blocks = [box for box in boxes if box["name"] == "ODEBlock"]
    return {
        "One ODE layer, and a linear one at the end": decided(len(blocks) == 1 and names[-1] == "Dense"),
        "The ODE layer keeps the shape": decided(all(box["input"] == box["output"] for box in blocks)),
        "The boxes add up to the model's parameters": decided(_sum(model["boxes"]) == model["parameters"]),
        "The output's shape is that of the last box": decided(boxes[-1]["output"] == model["output"]),
    }


def _sum(box):
    """Parameters of the innermost boxes."""
    return sum(map(_sum, box["parts"])) if box["parts"] else box["parameters"]
