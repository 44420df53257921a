"""What Tables 4.5 and 4.6 and Figures 4.3, 4.4, 4.7 and 4.8 share: the size of their runs, and how these are told of.

The table and the figures of a data set are made of the same runs: what one has trained the others take. What claims
have in common is in `ufpr_compare`.
"""

from minode.base.checks import positive_int
from minode.experiments.ch4_images import ufpr_runs
from minode.experiments.common.protocol.sweeps import SWEEPS
from minode.experiments.common.records import deciding_runs, long_runs, trained_runs
from minode.training.setup import recipes
from minode.training.setup.batches import kind_of

# So few images need small batches at a rate that suits large ones to be learned from in a few epochs. The frames of
# a vehicle are near duplicates: a part of their characters tells nearly what all do.
SETTINGS = {
    "quick": {
        kind: dict(n=10, n_seeds=1, recipe="fast", epochs=1, subset=32, batch_size=16, learning_rate=0.1)
        for kind in ("amr", "alpr")
    },
    "default": {
        "amr": dict(n=500, n_seeds=3, recipe="fast", epochs=8, subset=1000, batch_size=16, learning_rate=0.1),
        "alpr": dict(n=50, n_seeds=3, recipe="fast", epochs=5, subset=800, batch_size=8, learning_rate=0.1),
    },
    # The figures of the thesis end at 66 epochs.
    "full": {
        "amr": dict(n=2000, n_seeds=3, recipe="thesis", epochs=66),
        "alpr": dict(n=150, n_seeds=3, recipe="thesis", epochs=66),
    },
}
DEFAULT = SETTINGS["default"]
# Of a plate's seven characters the three letters come three times in augmented data, in a part as in the whole.
AUGMENTED = 13 / 7
# Nothing is decided against a network that errs more than half as often as guessing does: it is hardly trained, and
# what is compared is who begins earlier.
LEARNED = 0.5
# The models that the thesis has results of.
THESIS = ("node", "resnet")
# What runs that are compared have in common; on the same data also the images that they were trained on.
ALIKE = ("recipe", "epochs", "batch_size", "data_crc32")


def train(networks, seed=0, runs_folder="runs", amr=DEFAULT["amr"], alpr=DEFAULT["alpr"]):
    """Train networks on meters and on plates, each from several seeds, or take the runs that are there.

    Parameters
    ----------
    networks : iterable of (data, model)
    seed : int
        The first one; then come the next seeds.
    runs_folder : path
        Holds the stand-ins and a folder for each run.
    amr, alpr : dict
        For meters and for plates: "n", meters or vehicles of the stand-in where there are no real photographs;
        "n_seeds"; and fields of the runs' configuration (`config.Config`), the recipe at least.

    Returns
    -------
    dict
        (data, model) -> list of runs, one a seed, as `trained_runs.read_run` returns them.

    Raises
    ------
    TypeError, ValueError, OSError
        If the arguments or the data cannot be used.
    """
    sizes, runs_of = {"amr": amr, "alpr": alpr}, {}
    for data, model in networks:
        kind = kind_of(data)
        fields = dict(sizes[kind])
        n, n_seeds = (positive_int(fields.pop(name), name) for name in ("n", "n_seeds"))
        # An unknown recipe ends this before any photograph is drawn.
        recipes.complete({"data": data, "model": model, **fields})
        place, seeds = ufpr_runs.root(kind, runs_folder, n), range(seed, seed + n_seeds)
        runs_of[data, model] = ufpr_runs.train_seeds(runs_folder, data, model, seeds, place, **_sized(fields, data))
    return runs_of


def on_record(networks):
    """Take those of the networks that are on record, of each the runs of most epochs.

    As soon as each network of the thesis has runs of two seeds by the protocol, the networks are taken from these.

    Returns
    -------
    dict
        (data, model) -> list of runs, by seed; empty if none is there. Runs by the protocol have "clusters".
    """
    deciding = by_protocol(networks)
    if all(len(deciding.get(network, ())) > 1 for network in networks if network[1] in THESIS):
        return deciding
    found = long_runs.UFPR.by_network()
    longest = {}
    for network in networks:
        if runs := found.get(network):
            n_epochs = max(run["config"]["epochs"] for run in runs)
            longest[network] = [run for run in runs if run["config"]["epochs"] == n_epochs]
    return longest


def by_protocol(networks):
    """Take those of the networks that have runs by the protocol, as `on_record` does."""
    runs = {}
    for sweep in SWEEPS:
        for (model, _), run in sorted(deciding_runs.read(sweep).items(), key=lambda one: one[0][1]):
            runs.setdefault((sweep.data, model), []).append(run)
    return {network: runs[network] for network in networks if network in runs}


def name(data, model):
    """Name a network, as the thesis does, by its data where there are several."""
    return ufpr_runs.NAMES[model] + (", copies" if data.endswith("augmented") else "")


def origin(runs_of):
    """Tell what the data of runs are, in the words of the data sets themselves.

    Parameters
    ----------
    runs_of : dict of list
        Runs by network.

    Returns
    -------
    str
        Empty if there are no runs.
    """
    notes = [run["result"]["data_notes"][0] for runs in runs_of.values() for run in runs]
    return "; ".join(dict.fromkeys(notes))


def describe_runs(runs_of):
    """Tell of networks what their runs are.

    Returns
    -------
    list of dict
        "data", "model", "name", "size"; of each run "seeds", "trained_as" and "commands", which make the same runs
        again; and "learned", whether they err at their best, in the mean, less than half as often as guessing.
    """
    return [
        {
            "data": data,
            "model": model,
            "name": name(data, model),
            "size": "; ".join(dict.fromkeys(map(trained_runs.size, runs))),
            "seeds": [run["config"]["seed"] for run in runs],
            "commands": [run["command"] for run in runs],
            "trained_as": [{name: run["config"][name] for name in ALIKE} for run in runs],
            "learned": learned(runs),
        }
        for (data, model), runs in runs_of.items()
    ]


def beside(key, tell, runs_of, recorded):
    """Put what there is to tell of runs beside what there is of those on record, and what both were trained on.

    Parameters
    ----------
    key : str
        What it is called; of those on record it begins with "recorded_".
    tell : callable
        ``tell(runs_of) -> list of dict``.
    runs_of, recorded : dict of list
        Runs by network.

    Returns
    -------
    dict
    """
    return {
        key: tell(runs_of),
        f"recorded_{key}": tell(recorded),
        "data": origin(runs_of),
        "recorded_data": origin(recorded),
        "by_protocol": any("clusters" in run for runs in recorded.values() for run in runs),
    }


def learned(runs):
    """Tell whether runs of a network err at their best, in the mean, less than half as often as guessing."""
    errors = [min(run["validation"]["error"]) for run in runs]
    guessing = 1 - 1 / len(runs[0]["config"]["class_names"])
    return sum(errors) / len(errors) < LEARNED * guessing


def _sized(fields, data):
    """Let a part of augmented data hold what copies there are of the images in the same part of the others."""
    if data.endswith("augmented") and fields.get("subset") is not None:
        return fields | {"subset": round(AUGMENTED * fields["subset"])}
    return fields
