"""The `minode` command: argument parsing and nothing else."""

import argparse
import os
import sys

from minode import SolverError, __version__, commands
from minode.batches import DATASETS, SPLITS
from minode.closed_forms import PROBLEMS
from minode.experiments import REGISTRY, animated, checked_folder, gallery, reproduce
from minode.gradcheck import METHODS
from minode.gradcheck import run as gradcheck
from minode.malloc import keep_freed_memory
from minode.models import MODELS
from minode.recipes import COMMON, RECIPES
from minode.signals import Terminated
from minode.trainer import TrainingStopped

# What a user can cause.
FAILURES = (ValueError, OSError, SolverError, TrainingStopped)


def main(arguments=None):
    """Run the command; what a user can cause ends in one line on stderr and exit code 2.

    Parameters
    ----------
    arguments : list of str, optional
        Those of the process by default.

    Returns
    -------
    int
        Exit code.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    if arguments is None:
        # The process is the command's own.
        keep_freed_memory()
    try:
        code = options.run(options) or 0
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # Whoever read the output has seen enough; nothing is left to be flushed at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except FAILURES as error:
        print(f"minode: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt as interrupt:
        print(" ".join(["minode: interrupted", *map(str, interrupt.args)]), file=sys.stderr)
        return 130
    except Terminated as interrupt:
        print(" ".join(["minode: terminated", *map(str, interrupt.args)]), file=sys.stderr)
        return interrupt.code


def _parser():
    parser = argparse.ArgumentParser(prog="minode", description="Neural ODEs that can be read.")
    parser.add_argument("--version", action="version", version=f"minode {__version__}")
    subparsers = parser.add_subparsers(required=True, metavar="command")

    listing = subparsers.add_parser("list", help="what can be reproduced, and what it costs")
    listing.set_defaults(run=_list)

    figure = subparsers.add_parser("reproduce", help="compute a figure of the thesis: NAME.png and NAME.json")
    figure.add_argument("name", help="as `minode list` prints it, such as fig3.4; or all")
    size = figure.add_mutually_exclusive_group()
    size.add_argument("--quick", dest="size", action="store_const", const="quick", help="in seconds, less training")
    size.add_argument("--full", dest="size", action="store_const", const="full", help="more training than the default")
    figure.add_argument("--seed", type=int, default=0, help="of all random numbers (default 0)")
    figure.add_argument("--out", default="figures", help="folder for the files (default figures)")
    figure.add_argument("--animate", action="store_true", help="also write NAME.gif, where there is an animation")
    figure.set_defaults(run=_reproduce, size="default")

    check = subparsers.add_parser("gradcheck", help="gradients against closed forms, backprop and finite differences")
    check.add_argument("--problem", action="append", help=f"of {', '.join(PROBLEMS)}; repeatable (default all)")
    check.add_argument("--method", action="append", help=f"of {', '.join(METHODS)}; repeatable (default all)")
    check.add_argument("--rtol", type=float, default=1e-9, help="of the adaptive methods (default 1e-9)")
    check.set_defaults(run=_gradcheck)

    _add_runs(subparsers)
    return parser


def _add_runs(subparsers):
    train = subparsers.add_parser("train", help="train a network in a run folder, or go on with a run")
    train.add_argument("data", choices=tuple(DATASETS))
    train.add_argument("--model", choices=tuple(MODELS), help="(default node)")
    train.add_argument("--run", dest="run_folder", metavar="DIR", help="(default runs/DATA-MODEL-RECIPE-SEED)")
    train.add_argument("--resume", action="store_true", help="go on where the run stands, with its configuration")
    train.add_argument("--recipe", choices=tuple(RECIPES), help="(default thesis)")
    train.add_argument("--epochs", type=int, metavar="N", help="(default the recipe's)")
    train.add_argument("--subset", type=int, metavar="N", help="images drawn from each split (default all)")
    train.add_argument("--seed", type=int, metavar="N", help="of all random numbers (default 0)")
    train.add_argument("--batch-size", type=int, metavar="N", help=f"(default {COMMON['batch_size']})")
    train.add_argument("--learning-rate", type=float, metavar="X", help="the highest (default the recipe's)")
    train.add_argument("--tol", type=float, metavar="X", help=f"of the ODE block (default {COMMON['tol']})")
    train.add_argument("--method", metavar="M", help=f"its solver (default {COMMON['method']})")
    _add_folder(train)
    train.add_argument("--init", metavar="FILE", help="weights to begin with, as `minode export` writes them")
    train.add_argument("--checkpoint-every", type=int, default=100, metavar="STEPS", help="(default 100)")
    train.set_defaults(run=commands.train)

    evaluate = subparsers.add_parser("evaluate", help="error and confusion matrix of a run's best weights")
    evaluate.add_argument("run_folder", metavar="RUN")
    evaluate.add_argument("--split", choices=SPLITS, default="test", help="(default test)")
    evaluate.add_argument("--tol", type=float, metavar="X", help="of the ODE block (default the run's)")
    evaluate.add_argument("--method", metavar="M", help="its solver (default the run's)")
    _add_folder(evaluate)
    evaluate.set_defaults(run=commands.evaluate)

    predict = subparsers.add_parser("predict", help="the class of image files, by a run's best weights")
    predict.add_argument("run_folder", metavar="RUN")
    predict.add_argument(
        "images", nargs="+", metavar="IMAGE", help="resized to 28x28; or a photograph with its annotation beside it"
    )
    predict.add_argument("--out", metavar="DIR", default=".", help="for pictures of annotated photographs (default .)")
    predict.add_argument("--invert", action="store_true", help="exchange black and white, for ink on paper")
    predict.set_defaults(run=commands.classify)

    export = subparsers.add_parser("export", help="write a run's best weights for PyTorch")
    export.add_argument("run_folder", metavar="RUN")
    export.add_argument("file", metavar="FILE", help="such as weights.safetensors")
    export.set_defaults(run=commands.export)

    summary = subparsers.add_parser("summary", help="a network, layer by layer, as the thesis prints it")
    summary.add_argument("model", choices=tuple(MODELS))
    summary.add_argument("--channels", type=int, default=1, metavar="N", help="of the images (default 1)")
    summary.add_argument("--classes", type=int, default=10, metavar="N", help="(default 10)")
    summary.set_defaults(run=commands.summary)

    data = subparsers.add_parser("data", help="find a data set, or download it, and tell what is in it")
    data.add_argument("data", choices=tuple(DATASETS))
    _add_folder(data)
    data.add_argument("--synthetic", action="store_true", help="first make a stand-in for amr or alpr in --root")
    data.add_argument("--n", type=int, metavar="N", help="its meters, 2000 in the original, or vehicles, 150 there")
    data.add_argument("--seed", type=int, default=0, metavar="N", help="of its random numbers (default 0)")
    data.set_defaults(run=commands.data)


def _add_folder(command):
    command.add_argument("--root", metavar="DIR", help="folder of the data")
    command.add_argument("--skip-bad", action="store_true", help="leave out photographs that cannot be used")


def _list(options):
    print(gallery.as_text())


def _reproduce(options):
    settings = dict(size=options.size, seed=options.seed, out=options.out)
    if options.name != "all":
        print(reproduce(options.name, animate=options.animate, **settings))
        return 0
    checked_folder(options.seed, options.out)
    failed = []
    for name in REGISTRY:
        print(f"{name}:", flush=True)
        try:
            print(reproduce(name, animate=options.animate and name in animated(), **settings), end="\n\n", flush=True)
        except FAILURES as error:
            failed.append(name)
            print(f"minode: {name}: {error}", file=sys.stderr)
    if failed:
        print(f"minode: {len(failed)} of {len(REGISTRY)} failed: {', '.join(failed)}", file=sys.stderr)
    return 2 if failed else 0


def _gradcheck(options):
    passed = gradcheck(options.problem or PROBLEMS, methods=options.method or METHODS, rtol=options.rtol)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
