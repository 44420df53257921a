"""What becomes of the runs of a sweep: finished, failed for a reason that would come again, or dead and begun again."""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType

from minode.base.progress import Bar, bar
from minode.training.saved import run_folder
from minode.training.sweep.child import REFUSED
from minode.training.sweep.planning import Run

# A run that dies so many times in a row without getting as far as its next checkpoint is given up.
PATIENCE = 10
# What to do where a sweep could not reach its end.
GO_ON = "the same command goes on"


def tell_above(line: str) -> None:
    """Print a line above all bars."""
    Bar.write(line)
    sys.stdout.flush()


class Outcomes:
    """The outcomes of runs, told as they come, and one bar for all of them, on a terminal.

    Parameters
    ----------
    runs : list of Run
        All of the sweep; those that are finished stay so.
    notes : iterable of str
        What has been told already.
    tell : callable
        ``tell(line)`` prints a line, above the bar.
    """

    def __init__(
        self, runs: Sequence[Run], notes: Iterable[str] = (), tell: Callable[[str], object] = tell_above
    ) -> None:
        self.failed: dict[str, str] = {}
        self.unfinished = [run for run in runs if not run.is_finished()]
        self.n_finished = len(runs) - len(self.unfinished)
        self._n_runs, self.tell, self._told = len(runs), tell, set(notes)
        self._made = {run.name: run.made() for run in runs}
        self._deaths: Counter[str] = Counter()
        self._marks: dict[str, tuple[int, int] | None] = {}
        self._bar = bar(total=sum(run.n_steps for run in runs), initial=sum(self._made.values()), unit="batch")

    def __enter__(self) -> "Outcomes":
        """Show the bar."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the bar."""
        self._bar.close()

    def show(self, made: dict[str, int]) -> None:
        """Show how many steps the runs that are at work have made."""
        self._made.update(made)
        self._bar.set_description(f"{self.n_finished} of {self._n_runs} runs, {len(made)} at work", refresh=False)
        self._bar.n = sum(self._made.values())
        self._bar.refresh()

    def relay(self, run: Run, said: Iterable[str]) -> None:
        """Tell what a run's process said, unless another one said the same."""
        for line in said:
            if line not in self._told:
                self._told.add(line)
                self.tell(f"{run.name}: {line}")

    def ended(self, run: Run, code: int, said: Sequence[str], where: str = "") -> bool:
        """Take note of the end of a run's process, and tell whether the run is to be begun again.

        Parameters
        ----------
        run : Run
        code : int
            Exit code of its process.
        said : list of str
            As `RunProcess.said` returns it.
        where : str
            The machine, if it is not this one, such as " at tcp://10.0.0.3:4711".
        """
        # A process may be killed between its result and its end.
        if run.is_finished():
            self.relay(run, said)
            self._finish(run)
            return False
        if code in (1, REFUSED):
            # The last line is the error.
            self.relay(run, said[:-1])
            return self._fail(run, f"{said[-1] if said else f'exit code {code}'}{where}")
        self.relay(run, said)
        return self.died(run, f"its process ended by signal {-code}{where}" if code < 0 else f"exit code {code}{where}")

    def died(self, run: Run, reason: str) -> bool:
        """Take note of the death of a run's process or machine, and tell whether the run is to be begun again."""
        mark = _mark(run)
        self._deaths[run.name] = 1 if mark != self._marks.get(run.name) else self._deaths[run.name] + 1
        self._marks[run.name] = mark
        if self._deaths[run.name] >= PATIENCE:
            return self._fail(run, f"given up after {PATIENCE} deaths without another checkpoint, the last: {reason}")
        self.tell(f"{run.name}: {reason}; the run goes on from {'its checkpoint' if mark else 'the beginning'}")
        return True

    def summary(self) -> str:
        """Say how many runs are finished, have failed or are left."""
        left = self._n_runs - self.n_finished - len(self.failed)
        counts = {"finished": self.n_finished, "failed": len(self.failed), "unfinished": left}
        return ", ".join(f"{n} {name}" for name, n in counts.items() if n or name == "finished")

    def _finish(self, run):
        self.n_finished += 1
        self._made[run.name] = run.n_steps
        result = run_folder.read_json(run.folder / run_folder.RESULT)
        self.tell(
            f"{run.name}: test error {100 * result['test_error']:.2f} %, validation error "
            f"{100 * result['validation_error']:.2f} %, {result['seconds']:.0f} s"
        )

    def _fail(self, run, reason):
        if run.name not in self.failed:
            self.failed[run.name] = reason
            self.tell(f"{run.name}: failed: {reason}")
        return False


def _mark(run):
    """Identify a run's last checkpoint, which is replaced by each new one."""
    try:
        found = (run.folder / run_folder.LAST).stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_ino
