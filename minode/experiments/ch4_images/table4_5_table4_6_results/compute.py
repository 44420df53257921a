"""Tables 4.5 and 4.6: meters and licence plates by the NODE and the ResNet.

The thesis prints the lowest error of all epochs, on the images of the photographs' folder "validation". The author's
scripts (github.com/gsb16/TGneuralODE) call them the test set, and the folder "testing" holds the images that the thesis
calls validation. That error stands here, too, beside the one on images that had no part in the choice. Two networks are
not in the thesis: a ResNet whose images shrink by the convolutions of the NODE, so that the two differ in the blocks
alone; and the augmented NODE, which section 5.1 names as future work.
"""

from functools import partial

from minode.base.checks import one_of
from minode.experiments.ch4_images import ufpr_clusters
from minode.experiments.ch4_images.table4_5_table4_6_results.claims import judge_rows
from minode.experiments.ch4_images.table4_5_table4_6_results.draw import draw, table
from minode.experiments.ch4_images.ufpr_compare import by_protocol, together
from minode.experiments.ch4_images.ufpr_study import SETTINGS, beside, describe_runs, on_record, train
from minode.experiments.common.claims import from_records
from minode.experiments.common.verdicts import of_seeds

__all__ = ["SETTINGS", "compute", "draw", "table"]

# Parameters, error and seconds a batch as published.
TABLES = {
    "4.5": {
        ("amr", "node"): (209_418, 0.0290, 21.96),
        ("amr", "resnet"): (602_634, 0.0385, 4.89),
        ("amr", "resnet-conv"): (None, None, None),
        ("amr", "anode"): (None, None, None),
    },
    "4.6": {
        ("alpr", "node"): (211_108, 0.1608, 27.59),
        ("alpr-augmented", "node"): (211_108, 0.1425, 27.17),
        ("alpr-augmented", "resnet"): (604_324, 0.1697, 5.74),
        ("alpr-augmented", "resnet-conv"): (None, None, None),
        ("alpr-augmented", "anode"): (None, None, None),
    },
}
PUBLISHED = ("published_parameters", "published_error", "published_seconds")


def compute(table="4.5", **options):
    """Train the networks of a table, or take the runs that are there.

    Parameters
    ----------
    table : {"4.5", "4.6"}
    **options
        Of `ufpr_study.train`: seed, runs_folder, amr, alpr.

    Returns
    -------
    dict
        "rows", one a network; "recorded_rows", of long runs on record; what they were trained on, claims and verdicts
        as in `ufpr_compare.together`.
    """
    networks = TABLES[one_of(table, "table", tuple(TABLES))]
    runs_of = train(networks, **options)
    recorded = on_record(networks)
    numbers = {"table": table} | beside("rows", partial(rows, networks=networks), runs_of, recorded)
    return numbers | conclude(numbers)


def conclude(numbers):
    """Judge the claims by the numbers, new ones or those on record.

    Records of an earlier layout do not tell the seconds of each seed; what was judged by them then stays.
    """
    claims, recorded_claims = (
        judge_rows(numbers["table"], numbers[f"{of}rows"], from_records(numbers.get(f"{of}claims", ())), own)
        for of, own in by_protocol(numbers).items()
    )
    return together(numbers, claims, recorded_claims)


def rows(runs_of, networks):
    """Take from runs what the table tells, a row for each network.

    Parameters
    ----------
    runs_of : dict of list
        Runs by network.
    networks : dict
        What is published of each.

    Returns
    -------
    list of dict
        Of errors and seconds the means over the seeds; "standard_error" of the test error, None for one seed alone;
        "clusters", of each seed as `ufpr_clusters.counts` returns them, None for runs on record, whose weights are not
        there.
    """
    return [_row(told, runs_of[told["data"], told["model"]], networks) for told in describe_runs(runs_of)]


def _row(told, runs, networks):
    results = [run["result"] for run in runs]
    clusters = [_clusters(run) for run in runs]
    known = all(clusters)
    errors = [sum(c["wrong"]) / sum(c["images"]) if c else r["test_error"] for c, r in zip(clusters, results)]
    seconds = [result["median_seconds_per_batch"] for result in results]
    mean, error, _ = of_seeds(errors)
    return {
        **told,
        "test_error": mean,
        "standard_error": error if len(runs) > 1 else None,
        "test_errors": errors,
        "printed_error": of_seeds([result["validation_error"] for result in results]).value,
        "parameters": results[0]["parameters"],
        "nfe_forward": of_seeds([run["train"]["nfe_forward"][-1] for run in runs]).value,
        "seconds_per_batch": of_seeds(seconds).value,
        "seconds_by_seed": seconds,
        "batch_size": runs[0]["config"]["batch_size"],
        "test_images": sum(clusters[0]["images"]) if known else results[0]["images"]["test"],
        "clusters": clusters if known else None,
        **dict(zip(PUBLISHED, networks[told["data"], told["model"]])),
    }


def _clusters(run):
    """Tell mistakes by cluster: as on record by the protocol, or of a run whose folder is here; else None."""
    if "folder" in run:
        return ufpr_clusters.counts(run["folder"], run["place"])
    return run.get("clusters")
