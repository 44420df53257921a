"""The `minode` command: what there is to be done, and how it ends. Each command is a module of `minode.commands`."""

import argparse
import contextlib
import os
import sys
from importlib import import_module

from minode import __version__
from minode.base.malloc import keep_freed_memory
from minode.base.signals import Terminated
from minode.cli.commands import failures

# Its module is imported once a command is used: help on the others, and the version, come at once.
COMMANDS = {
    "list": "what can be reproduced, and what it costs",
    "reproduce": "compute a figure or table of the thesis: NAME.png and NAME.json",
    "train": "train a network in a run folder, or go on with a run",
    "evaluate": "error and confusion matrix of a run's best weights",
    "predict": "the class of image files, by a run's best weights",
    "export": "write a run's best weights for PyTorch",
    "summary": "a network, layer by layer, as the thesis prints it",
    "gradcheck": "gradients against closed forms, backprop and finite differences",
    "data": "find a data set, or download it, and tell what is in it",
}
THESIS = (
    "The thesis, whose figures and tables are reproduced: Gabriel de Souza Barreto, Um estudo sobre Neural Ordinary "
    "Differential Equations, Universidade Federal do Paraná, Curitiba, 2019."
)


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message):
        """End with the exit code 2."""
        self.exit(2, f"{self.prog}: {message}; see `{self.prog} --help`\n")


class Formatter(argparse.HelpFormatter):
    """Help whose texts keep their paragraphs."""

    def _fill_text(self, text, width, indent):
        return "\n\n".join(super(Formatter, self)._fill_text(part, width, indent) for part in text.split("\n\n"))


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
    if arguments is None:
        arguments = sys.argv[1:]
        # The process is the command's own.
        keep_freed_memory()
        # What a terminal cannot show is no reason to fail, and neither is an output that is closed.
        with contextlib.suppress(AttributeError):
            sys.stdout.reconfigure(errors="replace")
    try:
        parser = _parser(arguments)
        options = parser.parse_args(arguments)
        code = options.run(options) or 0
        print(end="", flush=True)
        return code
    except BrokenPipeError:
        # Whoever read the output has seen enough; nothing is left to be flushed at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt as interrupt:
        print(" ".join(["minode: interrupted", *map(str, interrupt.args)]), file=sys.stderr)
        return 130
    except Terminated as interrupt:
        print(" ".join(["minode: terminated", *map(str, interrupt.args)]), file=sys.stderr)
        return interrupt.code
    except Exception as error:
        if not isinstance(error, failures()):
            raise
        print(f"minode: {error}", file=sys.stderr)
        return 2


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
            module = import_module(f"minode.cli.commands.{name}")
            command.description = module.__doc__
            module.add_arguments(command)
            command.set_defaults(run=module.run)
    return parser


if __name__ == "__main__":
    sys.exit(main())
