"""What the runs of the protocol on digits decide: test errors by seed, on the same test images."""

import numpy as np

from minode.experiments.common.claims import Claim
from minode.experiments.common.protocol.decisions import DIGITS_MATTER
from minode.experiments.common.protocol.rule import judge
from minode.experiments.common.verdicts import Estimate, below_zero, crossed, of_influences, of_seeds, paired


def pairs(runs, comparisons):
    """Compare runs by seed, those that both networks of a comparison have.

    Parameters
    ----------
    runs : dict
        (model, seed) -> run, as `deciding_runs.read` returns them.
    comparisons : list
        Of each a network, the one that it is compared with, the factor of the second error, whether the thesis says so,
        and the claim.

    Returns
    -------
    list of dict
        "text", "thesis", "factor"; "seeds"; "errors" and "others", one a seed; and "images error", the standard error
        of the mean difference that comes from the test images. Comparisons with fewer than two seeds are left out.
    """
    found = []
    for model, other, factor, thesis, text in comparisons:
        seeds = sorted({seed for name, seed in runs if name == model} & {seed for name, seed in runs if name == other})
        if len(seeds) > 1:
            wrong, wrong_others = (
                np.array([runs[name, seed]["clusters"]["wrong"] for seed in seeds]) for name in (model, other)
            )
            gaps = (wrong - factor * wrong_others).mean(axis=0)
            found.append(
                {
                    "text": text,
                    "thesis": thesis,
                    "factor": factor,
                    "seeds": seeds,
                    "errors": wrong.mean(axis=1).tolist(),
                    "others": wrong_others.mean(axis=1).tolist(),
                    "images error": of_influences(gaps.mean(), (gaps - gaps.mean()) / len(gaps)).error,
                    "images": len(gaps),
                }
            )
    return found


def judged(found):
    """Judge comparisons as `pairs` returns them.

    Returns
    -------
    list of Claim
    """
    return [_claim(each) for each in found]


def _claim(each):
    by_seed = paired(each["errors"], each["others"], each["factor"])
    difference = crossed(by_seed, Estimate(by_seed.value, each["images error"], each["images"] - 1))
    if each["factor"] == 1:
        verdict, note = judge(difference, by_seed, DIGITS_MATTER / 100, each["images error"])
    else:
        verdict, note = below_zero(difference), ""
    means = "{:.2f} and {:.2f} %".format(*(100 * of_seeds(each[key]).value for key in ("errors", "others")))
    times = "" if each["factor"] == 1 else f", first less {each['factor']} times the second"
    numbers = (
        f"{means}{times}: {100 * difference.value:.2f} ± {100 * difference.error:.2f} ({len(each['seeds'])} seeds)"
    )
    return Claim(each["text"], verdict, numbers + note, each["thesis"])
