"""A module a command: its docstring is the help, `add_arguments(parser)` says what it takes, `run(options)` does it."""


def failures():
    """What a user can cause, and is told in one line."""
    # Here, since help is given without what computes.
    from minode.ode.solvers.guard import SolverError
    from minode.training.loop import TrainingStopped

    return ValueError, OSError, SolverError, TrainingStopped
