"""Train a network in a run folder, or go on with a run; Ctrl-C leaves one to go on with.

Progress is a line an epoch, on a terminal also a bar with loss, error and evaluations of f forward (NFE-F) and
backward (NFE-B). The test images are looked at once, at the end, with the weights of the lowest validation error.
"""

import argparse
from pathlib import Path

from minode.cli.commands.data import add_source
from minode.nn.models import MODELS
from minode.ode.solvers.methods import METHODS
from minode.training import train_run
from minode.training.saved import run_folder
from minode.training.setup import batches
from minode.training.setup.defaults import COMMON, RECIPES, in_words

DEFAULTS = {"model": "node", "recipe": "thesis", "seed": 0}
FIELDS = ("data", "model", "recipe", "epochs", "subset", "seed", "batch_size", "tol", "method", "learning_rate")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add everything that determines a run."""
    parser.add_argument("data", choices=tuple(batches.DATASETS), help="name of the data set")
    parser.add_argument("--model", choices=tuple(MODELS), help=f"the network (default {DEFAULTS['model']})")
    parser.add_argument(
        "--run", dest="run_folder", metavar="DIR", help="folder of the run (default runs/DATA-MODEL-RECIPE-SEED)"
    )
    parser.add_argument("--resume", action="store_true", help="go on where the run stands, with its configuration")
    parser.add_argument("--recipe", choices=tuple(RECIPES), help=f"see below (default {DEFAULTS['recipe']})")
    parser.add_argument("--epochs", type=int, metavar="N", help="(default the recipe's)")
    parser.add_argument("--subset", type=int, metavar="N", help="images drawn from each split (default all)")
    parser.add_argument("--seed", type=int, metavar="N", help="of all random numbers (default 0)")
    parser.add_argument("--batch-size", type=int, metavar="N", help=f"(default {COMMON['batch_size']})")
    parser.add_argument("--learning-rate", type=float, metavar="X", help="the highest (default the recipe's)")
    parser.add_argument("--tol", type=float, metavar="X", help=f"of a node's ODE block (default {COMMON['tol']})")
    parser.add_argument("--method", choices=METHODS, help=f"its solver (default {COMMON['method']})")
    add_source(parser)
    parser.add_argument("--init", metavar="FILE", help="weights to begin with, as `minode export` writes them")
    parser.add_argument(
        "--checkpoint-every", type=int, default=100, metavar="STEPS", help="and at each epoch's end (default 100)"
    )
    recipes = [f"Recipe {name}: {in_words(name)}." for name in RECIPES]
    scale = f"Learning rates are those of {COMMON['batch_size']} images a batch, and in proportion for others."
    parser.epilog = "\n\n".join([*recipes, scale])


def run(options: argparse.Namespace) -> None:
    """Train; print a line for each epoch, then the result."""
    given = {name: getattr(options, name) for name in FIELDS if getattr(options, name) is not None}
    named = {**DEFAULTS, **given}
    folder = Path(options.run_folder or Path("runs", "{data}-{model}-{recipe}-{seed}".format_map(named)))
    result = train_run.train(
        folder,
        given if options.resume else named,
        resume=options.resume,
        root=options.root,
        skip_bad=options.skip_bad,
        init=options.init,
        checkpoint_every=options.checkpoint_every,
    )
    print(
        f"test error {100 * result['test_error']:.2f} % of {result['images']['test']:,} images, with the weights of "
        f"epoch {result['best_epoch']} (validation error {100 * result['validation_error']:.2f} %)\n"
        f"{result['parameters']:,} parameters, {result['seconds']:.0f} s, {result['median_seconds_per_batch']:.3g} s a "
        f"batch; {folder / run_folder.RESULT}"
    )
    if batches.kind_of(options.data):
        print(
            f"the reference script would have printed {100 * result['validation_error']:.2f} %: its test images are "
            "those of the folder validation, by which it chose the epoch"
        )
