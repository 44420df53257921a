"""Tell error, loss, cost and confusion matrix of a run's best weights, on all images of a split.

A network trained at a tight tolerance can be tested at a loose one (section 3.3).
"""

import argparse
import functools

import numpy as np

from minode.cli.commands.data import add_source
from minode.nn import models
from minode.ode.solvers.methods import METHODS
from minode.training.evaluation import evaluate_run
from minode.training.setup.batches import SPLITS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add options for the run, the split and changes of the solver."""
    parser.add_argument("run_folder", metavar="RUN", help="folder of the run")
    parser.add_argument("--split", choices=SPLITS, default="test", help="all of its images (default test)")
    parser.add_argument("--tol", type=float, metavar="X", help="of a node's ODE block (default the run's)")
    parser.add_argument("--method", choices=METHODS, help="its solver (default the run's)")
    add_source(parser)


def run(options: argparse.Namespace) -> None:
    """Print which images are used, then the results."""
    changes = {name: getattr(options, name) for name in ("tol", "method") if getattr(options, name) is not None}
    announce = functools.partial(print, flush=True)
    where = options.run_folder, options.split, options.root, options.skip_bad
    config, found, _ = evaluate_run(*where, announce=announce, **changes)
    solver = f"tol {config.tol:g}, {config.method}: " if config.model in models.SOLVED else ""
    print(
        f"{options.split} error {100 * found.error:.2f} % ({round(found.error * found.confusion.sum())} of "
        f"{found.confusion.sum():,} images), loss {found.loss:.4f}\n"
        f"{solver}NFE-F {found.nfe_forward:.1f} a batch, {found.seconds:.1f} s\n"
    )
    print(_confusions(config.class_names, found.confusion))


def _confusions(names, confusion):
    """Format the whole matrix if a terminal is wide enough for it, else the commonest mistakes."""
    if len(names) > 10:
        mistakes = confusion - np.diag(np.diag(confusion))
        order = np.argsort(-mistakes, axis=None, kind="stable")[:10]
        pairs = [(i, j) for i, j in zip(*np.unravel_index(order, mistakes.shape)) if mistakes[i, j]]
        lines = [f"{names[i]} for {names[j]}: {mistakes[j, i]} of {confusion[j].sum()}" for j, i in pairs]
        return "\n".join(["the commonest mistakes: what was read, for what it is", *lines])
    width = 1 + max(map(len, (*names, str(confusion.max()))))
    lines = [" " * width + "".join(f"{name:>{width}}" for name in names)]
    lines += [f"{name:>{width}}" + "".join(f"{n:>{width}}" for n in row) for name, row in zip(names, confusion)]
    return "\n".join(["rows: the class, columns: what it was taken for", *lines])
