"""NODEs of MNIST whose block is another field: does the number of evaluations tell the accuracy?

Four networks differ in nothing but the field of their ODE block: that of Table 4.2, with one convolution in place of
two, with separable convolutions, and with tanh, which is smooth, in place of the ReLU. Chen et al. (2018) call the
number of evaluations the depth of a NODE, and of residual networks deeper ones are said to err less. If that carries
over, the field that is evaluated most often errs least.
"""

from minode.experiments.beyond.other_fields.claims import COMPARISONS, judge_fields
from minode.experiments.beyond.other_fields.draw import FIELDS, draw, table
from minode.experiments.common.claims import as_records
from minode.experiments.common.comparison.digits import judged, pairs
from minode.experiments.common.protocol.sweeps import DIGITS
from minode.experiments.common.records import deciding_runs, trained_runs
from minode.experiments.common.verdicts import overall, tally

__all__ = ["SETTINGS", "compute", "draw", "table"]

# The default takes a look at the networks; one seed decides nothing.
SETTINGS = {
    "quick": dict(recipe="fast", epochs=1, subset=256, batch_size=16, learning_rate=0.1, n_seeds=1),
    "default": dict(recipe="fast", epochs=6, subset=1000, batch_size=16, learning_rate=0.1, n_seeds=1),
    "full": dict(**DIGITS.fields, n_seeds=len(DIGITS.seeds)),
}
MODELS = tuple(FIELDS)


def compute(seed=0, runs_folder="runs", n_seeds=1, **fields):
    """Train the four networks from several seeds, or take the runs that are there.

    Parameters
    ----------
    seed : int
        The first seed.
    runs_folder : path
        Holds a folder for each run.
    n_seeds : int
    **fields
        Of the runs' configuration (`config.Config`): the recipe at least.

    Returns
    -------
    dict
        "rows", one a run; "deciding_rows", of the protocol's runs; "pairs", their errors by seed; "claims", each with
        the verdict that the numbers give it; "verdict".
    """
    folders = [
        trained_runs.train_if_missing(runs_folder, model, seed=each, **fields)
        for each in range(seed, seed + n_seeds)
        for model in MODELS
    ]
    decided = deciding_runs.read(DIGITS)
    # A seed of which a network is missing tells nothing of the order of all.
    seeds = [each for each in DIGITS.seeds if all((model, each) in decided for model in MODELS)]
    numbers = {
        "rows": [_row(trained_runs.read_run(folder)) for folder in folders],
        "deciding_rows": [_row(decided[model, each]) for each in seeds for model in MODELS],
        "pairs": pairs(decided, COMPARISONS),
    }
    return numbers | conclude(numbers)


def conclude(numbers):
    """Judge the claims by the numbers; by those of the protocol's runs where all of these are on record."""
    decides = len(numbers["deciding_rows"]) == len(MODELS) * len(DIGITS.seeds)
    rows = numbers["deciding_rows"] if decides else numbers["rows"]
    claims = judge_fields(_by_seed(rows), decides) + judged(numbers["pairs"])
    verdicts = [claim.verdict for claim in claims]
    whose = "of the protocol" if decides else "of these runs"
    why = f"of {len(claims)} claims, by seeds {whose}, {tally(verdicts)}"
    return {"claims": as_records(claims), "verdict": overall(verdicts), "why": why}


def _row(run):
    result, last = run["result"], {name: column[-1] for name, column in run["train"].items()}
    return {
        "model": result["model"],
        "seed": run["config"]["seed"],
        "size": trained_runs.size(run),
        "test_error": result["test_error"],
        "test_images": result["images"]["test"],
        "parameters": result["parameters"],
        "seconds_per_batch": result["median_seconds_per_batch"],
        "nfe_forward": last["nfe_forward"],
        "nfe_backward": last["nfe_backward"],
        "command": run["command"],
    }


def _by_seed(rows):
    """The rows of each seed as `claims.judge_fields` takes them."""
    return [
        {
            "nfe": {row["model"]: row["nfe_forward"] for row in rows if row["seed"] == seed},
            "errors": {row["model"]: row["test_error"] for row in rows if row["seed"] == seed},
        }
        for seed in dict.fromkeys(row["seed"] for row in rows)
    ]
