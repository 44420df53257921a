"""What the commands on runs, networks and data do once their arguments are parsed: call, and print."""

import importlib
from pathlib import Path

from minode import exchange, models, predict, runs
from minode import train as training
from minode.evaluate import evaluate_run, load_best

DEFAULTS = {"model": "node", "recipe": "thesis", "seed": 0}
FIELDS = ("data", "model", "recipe", "epochs", "subset", "seed", "batch_size", "tol", "method", "learning_rate")


def train(options):
    """Train in a run folder: a line an epoch, then the result."""
    given = {name: getattr(options, name) for name in FIELDS if getattr(options, name) is not None}
    named = {**DEFAULTS, **given}
    folder = Path(options.run_folder or Path("runs", "{data}-{model}-{recipe}-{seed}".format_map(named)))
    result = training.train(
        folder,
        given if options.resume else named,
        resume=options.resume,
        root=options.root,
        init=options.init,
        checkpoint_every=options.checkpoint_every,
    )
    print(
        f"test error {100 * result['test_error']:.2f} % of {result['images']['test']:,} images, with the weights of "
        f"epoch {result['best_epoch']} (validation error {100 * result['validation_error']:.2f} %)\n"
        f"{result['parameters']:,} parameters, {result['seconds']:.0f} s, {result['median_seconds_per_batch']:.3g} s a "
        f"batch; {folder / runs.RESULT}"
    )


def evaluate(options):
    """Print error, loss, cost and confusion matrix of a run's best weights."""
    changes = {name: getattr(options, name) for name in ("tol", "method") if getattr(options, name) is not None}
    config, found = evaluate_run(options.run_folder, options.split, options.root, **changes)
    print(
        f"{options.split} error {100 * found.error:.2f} % ({round(found.error * found.confusion.sum())} of "
        f"{found.confusion.sum():,} images), loss {found.loss:.4f}\n"
        f"tol {config.tol:g}, {config.method}: NFE-F {found.nfe_forward:.1f} a batch, {found.seconds:.1f} s\n"
    )
    width = 1 + max(map(len, (*config.class_names, str(found.confusion.max()))))
    print("rows: the class, columns: what it was taken for")
    print(" " * width + "".join(f"{name:>{width}}" for name in config.class_names))
    for name, row in zip(config.class_names, found.confusion):
        print(f"{name:>{width}}" + "".join(f"{count:>{width}}" for count in row))


def classify(options):
    """Print the class of each image file, and the runner-up."""
    for path, names, probabilities in predict.predict(options.run_folder, options.images, options.invert):
        print(f"{path}  {names[0]} ({100 * probabilities[0]:.1f} %)  then {names[1]} ({100 * probabilities[1]:.1f} %)")


def export(options):
    """Write the best weights of a run for PyTorch."""
    best = load_best(options.run_folder)
    exchange.save(options.file, best.config.model, best.params)
    print(f"wrote {options.file}: {best.config.model}, the weights of epoch {best.best_epoch}")


def summary(options):
    """Print a network's table."""
    print(models.describe(options.model, options.channels, options.classes))


def data(options):
    """Print what there is of a data set."""
    print(importlib.import_module(f"minode.data.{options.data}").describe(options.root))
