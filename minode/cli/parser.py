"""The `minode` command: its subcommands, each a module of `commands` or of `commands.networks`, and its exit codes."""

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType
from typing import NoReturn

from minode import __version__
from minode.base.malloc import keep_freed_memory
from minode.base.signals import Terminated
from minode.cli.commands import failures

# A module is imported only when its command is used, so that help and the version appear at once.
COMMANDS = {
    "list": "what can be reproduced, and what it costs",
    "reproduce": "compute a figure or table of the thesis: NAME.png and NAME.json",
    "train": "train a network in a run folder, or go on with a run",
    "sweep": "train the networks of a grid, many at a time, here or on a cluster",
    "compare": "networks by their runs: errors, differences by seed, and the seeds that would decide",
    "evaluate": "error and confusion matrix of a run's best weights",
    "predict": "the class of image files, by a run's best weights",
    "export": "write a run's best weights for PyTorch",
    "explore": "the interactive page, one HTML file: trajectories that cannot cross",
    "summary": "a network, layer by layer, as the thesis prints it",
    "gradcheck": "gradients against closed forms, backprop and finite differences",
    "data": "find a data set, or download it, and tell what is in it",
}
# These are modules of `commands.networks`.
OF_NETWORKS = {"train", "sweep", "compare", "evaluate", "predict", "export"}
THESIS = (
    "The thesis, whose figures and tables are reproduced: Gabriel de Souza Barreto, Um estudo sobre Neural Ordinary "
    "Differential Equations, Universidade Federal do Paraná, Curitiba, 2019."
)


class Parser(argparse.ArgumentParser):
    """A parser that reports an error in one line."""

    def error(self, message: str) -> NoReturn:
        """Print the error and end with exit code 2."""
        self.exit(2, f"{self.prog}: {message}; see `{self.prog} --help`\n")


class Formatter(argparse.HelpFormatter):
    """A formatter that keeps the paragraphs of help texts."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n\n".join(super(Formatter, self)._fill_text(part, width, indent) for part in text.split("\n\n"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; an error that a user can cause is reported in one line on stderr, with exit code 2.

    Parameters
    ----------
    arguments : list of str, optional
        By default those of the process.

    Returns
    -------
    int
        Exit code.
    """
    if arguments is None:
        arguments = sys.argv[1:]
        # Without given arguments, the process runs this command and nothing else.
        keep_freed_memory()
        # Print a replacement for characters that the terminal cannot show. A closed output has no `reconfigure`.
        with contextlib.suppress(AttributeError):
            sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        parser = _parser(arguments)
        options = parser.parse_args(arguments)
        code = options.run(options) or 0
        print(end="", flush=True)
        return code
    except BrokenPipeError:
        # The reader of the output has closed it. Python flushes stdout at exit, which must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt as interrupt:
        print(" ".join(["minode: interrupted", *map(str, interrupt.args)]), file=sys.stderr)
        return 130
    except Terminated as interrupt:
        print(" ".join(["minode: terminated", *map(str, interrupt.args)]), file=sys.stderr)
        return 128 + interrupt.signum
    except Exception as error:
        if not isinstance(error, failures()):
            raise
        print(f"minode: {error}", file=sys.stderr)
        return 2


def module_of(name: str) -> ModuleType:
    """Import the module of a command."""
    return import_module(f"minode.cli.commands.{'networks.' * (name in OF_NETWORKS)}{name}")


def _parser(arguments):
    about = "Neural ODEs that can be read. `minode COMMAND --help` tells more."
    parser = Parser(prog="minode", description=about, epilog=THESIS, formatter_class=Formatter)
    parser.add_argument("--version", action="version", version=f"minode {__version__}")
    parser.set_defaults(run=lambda options: parser.print_help())
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    used = next((word for word in arguments if not word.startswith("-")), None)
    for name, summary in COMMANDS.items():
        command = commands.add_parser(name, help=summary, formatter_class=Formatter)
        if name == used:
            module = module_of(name)
            command.description = module.__doc__
            module.add_arguments(command)
            command.set_defaults(run=module.run)
    return parser


if __name__ == "__main__":
    sys.exit(main())
