"""The loop of a run, which goes from state to state by one step, or one end of an epoch, at a time.

A state (`checkpoint.Checkpoint`) is never changed, only replaced by the next. So whenever a run is interrupted, there
is a complete state to go on from, and the run goes on as if it had not been interrupted.
"""

import sys
import time
from pathlib import Path

import numpy as np
from autograd import value_and_grad
from autograd.tracer import getval

from minode.base.files import write_json
from minode.base.progress import Bar, bar
from minode.base.signals import Termination, with_message
from minode.base.trees import in_memory_order, leaves
from minode.base.types import Params
from minode.data.dataset import Dataset
from minode.nn.losses import cross_entropy
from minode.nn.optim import moving_average
from minode.ode.field.nfe import count_nfe
from minode.ode.solvers.guard import SolverError
from minode.training import results
from minode.training.evaluation import Evaluation, evaluate
from minode.training.saved import checkpoint, history, run_folder
from minode.training.saved.state import Checkpoint, Sums
from minode.training.setup import batches, recipes


class TrainingStopped(RuntimeError):
    """The numbers of a run are no longer finite; its last checkpoint was written before that."""


class Trainer:
    """A run in progress.

    Parameters
    ----------
    folder : Path
        Folder of the run, locked by this process.
    dataset : data.dataset.Dataset
    state : checkpoint.Checkpoint
        The state to go on from.
    checkpoint_every : int
        Steps between checkpoints. There is also one at the end of each epoch.
    termination : signals.Termination
        Tells whether a signal asked the process to end.
    """

    def __init__(
        self, folder: Path, dataset: Dataset, state: Checkpoint, checkpoint_every: int, termination: Termination
    ) -> None:
        self.folder, self.dataset, self.checkpoint_every = folder, dataset, checkpoint_every
        self.termination = termination
        self.config = state.config
        self.network, self.optimizer = recipes.network(self.config), recipes.optimizer(self.config)
        self.steps = batches.steps_per_epoch(self.config, len(dataset.train.y))
        self.history = history.History(folder / run_folder.HISTORY, state.history_size)
        self.state = state._replace(history_size=self.history.size)

    def run(self) -> dict:
        """Carry the run to its end and return the content of its result.json."""
        made = (self.state.epoch - 1) * self.steps + self.state.step
        try:
            with bar(total=self.config.epochs * self.steps, initial=made, unit="batch") as self.bar:
                while self.state.epoch <= self.config.epochs:
                    self.termination.check()
                    advance = self.step if self.state.step < self.steps else self.end_epoch
                    self.state = advance(self.state)
                    if self.state.step % self.checkpoint_every == 0:
                        self.save(run_folder.LAST, self.state)
            return self.finish(self.state)
        except (KeyboardInterrupt, SystemExit) as interrupt:
            self.termination.hold()
            self.save(run_folder.LAST, self.state)
            raise with_message(interrupt, f"{self.where()}, all of them saved") from None
        except SolverError as error:
            raise SolverError(f"training stopped {self.where()}: {error}. {self.remedy()}") from error
        finally:
            self.history.close()

    def step(self, state: Checkpoint) -> Checkpoint:
        """Make one step of gradient descent."""
        start = time.perf_counter()
        made = (state.epoch - 1) * self.steps + state.step
        x, y = batches.draw(self.config, self.dataset.train, state.epoch, state.step)
        rate = recipes.learning_rate(self.config, made, self.steps)
        outputs = []

        def loss_fn(params):
            z = self.network.apply(params, x)
            outputs.append(getval(z))
            return cross_entropy(z, y)

        # NumPy's warnings of overflow are silent here: the check below raises an error that says where it happened.
        with count_nfe() as nfe, np.errstate(over="ignore", invalid="ignore"):
            loss, gradients = value_and_grad(loss_fn)(state.params)
            params, optimizer_state = self.optimizer.update(state.params, gradients, state.optimizer_state, rate)
        if not (np.isfinite(loss) and all(np.isfinite(W).all() for W in leaves(params))):
            raise TrainingStopped(
                f"training stopped {self.where()}: the loss of the next is {loss:.3g} and the weights after it are not "
                f"finite. {self.remedy()}"
            )
        error = float(np.mean(outputs[0].argmax(axis=1) != y))
        values = Sums(float(loss), error, time.perf_counter() - start, nfe.forward, nfe.backward)
        self.history.append("batch", epoch=state.epoch, step=made + 1, learning_rate=rate, **values._asdict())
        self.bar.set_description(f"epoch {state.epoch}/{self.config.epochs}", refresh=False)
        self.bar.set_postfix(
            {"loss": f"{loss:.4f}", "error": f"{error:.3f}", "NFE-F": nfe.forward, "NFE-B": nfe.backward}, refresh=False
        )
        self.bar.update()
        average = state.average
        if self.config.average:
            average = in_memory_order(moving_average(average, params, made + 1, self.config.average))
        return state._replace(
            params=in_memory_order(params),
            average=average,
            optimizer_state=in_memory_order(optimizer_state),
            step=state.step + 1,
            sums=Sums._make(total + value for total, value in zip(state.sums, values)),
            history_size=self.history.size,
        )

    def end_epoch(self, state: Checkpoint) -> Checkpoint:
        """Write the means of an epoch, validate the network, and save it if it is the best so far."""
        made = state.epoch * self.steps
        means = {name: total / self.steps for name, total in state.sums._asdict().items()}
        self.history.append("train", **means | {"epoch": state.epoch, "step": made, "seconds": state.sums.seconds})
        params, found = self.validate(state, made)
        best = state.best_error is None or found.error < state.best_error
        line = (
            f"epoch {state.epoch}/{self.config.epochs}  loss {means['loss']:.4f}  error {100 * means['error']:.2f} %  "
            f"validation loss {found.loss:.4f}  error {100 * found.error:.2f} %{' (best)' if best else ''}  "
            f"NFE-F {means['nfe_forward']:.1f}  NFE-B {means['nfe_backward']:.1f}  "
            f"{state.sums.seconds + found.seconds:.1f} s"
        )
        Bar.write(line)
        sys.stdout.flush()
        ended = state._replace(epoch=state.epoch + 1, step=0, sums=Sums(), history_size=self.history.size)
        if best:
            ended = ended._replace(best_error=found.error, best_epoch=state.epoch)
            self.save(run_folder.BEST, ended._replace(params=params))
        return ended

    def validate(self, state: Checkpoint, made: int) -> tuple[Params, Evaluation]:
        """Validate the weights and their average, if there is one; return the better and what was found of them."""
        found = evaluate(self.network, state.params, self.dataset.validation)
        self.append_evaluation("validation", state.epoch, made, found)
        if not self.config.average:
            return state.params, found
        of_average = evaluate(self.network, state.average, self.dataset.validation)
        self.append_evaluation("validation-average", state.epoch, made, of_average)
        return (state.average, of_average) if of_average.error < found.error else (state.params, found)

    def finish(self, state: Checkpoint) -> dict:
        """Evaluate the best weights on the test images, once, and write the result."""
        best = checkpoint.load(self.folder / run_folder.BEST)
        found = evaluate(self.network, best.params, self.dataset.test)
        # A best checkpoint stands at the beginning of the epoch after its own.
        epoch = best.epoch - 1
        self.append_evaluation("test", epoch, epoch * self.steps, found)
        result = results.result_of(self.folder, state, self.dataset, found)
        write_json(self.folder / run_folder.RESULT, result)
        return result

    def append_evaluation(self, event: str, epoch: int, made: int, found: Evaluation) -> None:
        """Write the results of an evaluation without its NFE, since the history has those of training steps only."""
        self.history.append(event, epoch=epoch, step=made, loss=found.loss, error=found.error, seconds=found.seconds)

    def save(self, name: str, state: Checkpoint) -> None:
        """Write a checkpoint, after all rows of the history that it relies on."""
        self.history.sync()
        checkpoint.save(self.folder / name, state)

    def where(self) -> str:
        """Say in words how far the run has come."""
        if self.state.epoch > self.config.epochs:
            return f"after epoch {self.config.epochs} of {self.config.epochs}, with the test images to be looked at"
        return f"in epoch {self.state.epoch} after {self.state.step} of {self.steps} steps"

    def remedy(self) -> str:
        """Say in words what a user can do when numbers are no longer finite."""
        return (
            f"{self.folder / run_folder.LAST} is from before; begin another run with --learning-rate below "
            f"{self.config.learning_rate:.3g} or --tol below {self.config.tol:.3g}"
        )
