"""Find a data set, or download it, and tell what is in it; or make a synthetic stand-in for photographs."""

import argparse

from minode.training.setup import batches


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add options for the data set, its place, and a stand-in to be made."""
    parser.add_argument("data", choices=tuple(batches.DATASETS), help="name of the data set")
    add_source(parser)
    parser.add_argument("--synthetic", action="store_true", help="first make a stand-in for amr or alpr in --root")
    parser.add_argument("--n", type=int, metavar="N", help="its meters, 2000 in the original, or vehicles, 150 there")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of its random numbers (default 0)")


def add_source(parser: argparse.ArgumentParser) -> None:
    """Add the options for the place of the data, which `train` and `evaluate` have too."""
    parser.add_argument(
        "--root", metavar="DIR", help="folder of the data (default $MINODE_DATA, then the user's cache)"
    )
    parser.add_argument("--skip-bad", action="store_true", help="leave out photographs that cannot be used")


def run(options: argparse.Namespace) -> None:
    """Print what is in a data set."""
    module, settings = batches.source(options.data, options.skip_bad)
    if options.synthetic:
        _write_stand_in(options)
    elif (options.n, options.seed) != (None, 0):
        raise ValueError("--n and --seed are for what is made with --synthetic")
    print(module.describe_data(root=options.root, **settings))


def _write_stand_in(options):
    # Imported here because it imports Pillow and matplotlib.
    from minode.data.photographs import synthetic

    if options.root is None or options.data not in synthetic.FULL:
        raise ValueError(f"--synthetic makes {' or '.join(synthetic.FULL)} in the folder --root; expected both")
    synthetic.write(options.data, options.root, options.n, options.seed)
