"""Write a run's best weights as a safetensors file, with the names and layouts of torchdiffeq's MNIST example."""

import argparse

from minode.training import exchange
from minode.training.evaluation import load_best


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the run and the file."""
    parser.add_argument("run_folder", metavar="RUN", help="folder of the run")
    parser.add_argument("file", metavar="FILE", help="to write, such as weights.safetensors")


def run(options: argparse.Namespace) -> None:
    """Write the file."""
    best = load_best(options.run_folder)
    exchange.save(options.file, best.config.model, best.params)
    print(f"wrote {options.file}: {best.config.model}, the weights of epoch {best.best_epoch}")
