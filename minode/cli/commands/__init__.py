"""One module for each command: its docstring is the help, `add_arguments(parser)` adds options, `run(options)` runs."""


def failures() -> tuple[type[Exception], ...]:
    """Return the exceptions that a user can cause, which are reported in one line."""
    # These imports take long, and help does not need them.
    from minode.ode.solvers.guard import SolverError
    from minode.training.loop import TrainingStopped

    return ValueError, OSError, SolverError, TrainingStopped
