"""The claims of Figure 3.3 (c), as rules that numbers can break."""

import numpy as np

from minode.experiments.common.thresholds import about_half
from minode.experiments.common.verdicts import of_seeds


def ratios(solver, norm="whole"):
    """NFE-B over NFE-F, a row for each seed and a column for each size of the gradient."""
    return np.divide(solver[norm]["nfe_backward"], np.array(solver["nfe_forward"])[:, None])


def judge_halves(solver, inflation):
    """Tell the ratio of a solver stage by stage, and whether it is about half.

    Returns
    -------
    dict
        Stage -> "ratios" by seed, "mean", "standard_error" and "verdict".
    """
    whole, of_seminorm = ratios(solver), ratios(solver, "seminorm")
    stages = {"controlled": whole[:, -2], "as it is": whole[:, -1], "seminorm": of_seminorm[:, -1]}
    stages |= {f"logged, {name}": whole[:, -1] / by_epoch[-1] for name, by_epoch in inflation.items()}
    judged = {}
    for name, values in stages.items():
        mean, error, _ = of_seeds(values)
        judged[name] = {
            "ratios": values.tolist(),
            "mean": mean,
            "standard_error": error,
            "verdict": about_half(values),
        }
    return judged
