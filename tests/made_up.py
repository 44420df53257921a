"""Runs on meters and plates that were never made, and real ones of a tiny network, for the rules of their claims."""

import numpy as np

from minode.data.photographs import synthetic
from minode.experiments.ch4_images.table4_5_table4_6_results import compute as table4_5
from minode.experiments.common.records import long_runs
from minode.training import loop
from tests import tiny

NOTE = "a synthetic stand-in for UFPR-{} (2000, seed 0): its errors are not those of the real photographs"
# Of a vehicle: in the real stand-ins it has thirty.
FRAMES = 2
PARAMETERS = {"node": 209_418, "resnet": 602_634, "resnet-conv": 577_930, "anode": 223_000}
TINY = {
    kind: dict(n=5, n_seeds=2, recipe="fast", epochs=2, batch_size=4, subset=8, padding=1) for kind in ("amr", "alpr")
}


def run(data, model, seed=0, errors=(0.5, 0.05), **values):
    """Make a run up, as `trained_runs.read_run` returns it; "nfe_forward" and "nfe_backward" are a value an epoch."""
    epochs = list(range(1, len(errors) + 1))
    column = {"epoch": epochs, "error": list(errors)}
    nfe = {name: list(values.get(name, [20.0] * len(epochs))) for name in ("nfe_forward", "nfe_backward")}
    return {
        "command": f"minode train {data} --model {model} --seed {seed}",
        "config": {
            "data": data,
            "model": model,
            "recipe": "thesis",
            "epochs": len(epochs),
            "batch_size": 128,
            "seed": seed,
            "subset": None,
            "data_crc32": 0,
            "class_names": list("0123456789"),
        }
        | values.get("config", {}),
        "result": {
            "model": model,
            "parameters": PARAMETERS[model],
            "images": {"train": 4000, "validation": 2000, "test": 4000},
            "test_error": values.get("test_error", min(errors)),
            "validation_error": min(errors),
            "median_seconds_per_batch": values.get("seconds", 1.0),
            "data_notes": [NOTE.format(data.split("-")[0].upper())],
        },
        "train": column | nfe,
        "validation": column,
    }


def runs(data, model, by_seed, **values):
    """Make runs up, one a seed, of given errors by epoch."""
    return [run(data, model, seed, errors, **values) for seed, errors in enumerate(by_seed)]


def verdict_of(claims, text):
    """The verdict of the one claim with this text in it."""
    (verdict,) = [claim.verdict for claim in claims if text in claim.text]
    return verdict


def no_photographs(monkeypatch, folder):
    """Let no photographs be found, vehicles of stand-ins have few frames, and the user's cache be in a folder."""
    monkeypatch.setattr("minode.base.files.cache_folder", lambda: folder / "cache")
    monkeypatch.delenv("MINODE_DATA", raising=False)
    monkeypatch.setattr(synthetic, "FRAMES", FRAMES)


def install(monkeypatch, folder):
    """Put a tiny network and tiny stand-ins in place, and no record."""
    tiny.install(monkeypatch.setattr)
    no_photographs(monkeypatch, folder)
    empty_record(monkeypatch, "UFPR", folder)


def empty_record(monkeypatch, name, folder):
    """Let a record of long runs, MNIST or UFPR, be empty; what is put on record goes into a folder."""
    files = {"runs": folder / "record.json", "weights": folder / "weights.npz"}
    monkeypatch.setattr(long_runs, name, getattr(long_runs, name)._replace(**files))


def train_for_tables(monkeypatch, folder):
    """Make the runs of both tables, from seed 3 on; whatever else needs training then fails."""
    install(monkeypatch, folder)
    for table in ("4.5", "4.6"):
        table4_5.compute(table, seed=3, runs_folder=folder / "runs", **TINY)
    refuse_training(monkeypatch)


def put_on_record(monkeypatch, runs_of):
    """Take these runs for the record."""
    monkeypatch.setattr(long_runs.Record, "read", lambda record: runs_of)


def refuse_training(monkeypatch):
    """Whatever needs to be trained now fails; what is finished is read."""
    monkeypatch.setattr(loop.Trainer, "run", None)


def spread(mean, n=3, by=0.001):
    """Values about a mean, not all alike."""
    return (mean + by * np.linspace(-1, 1, n)).tolist()
