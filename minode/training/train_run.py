"""Training: a loss, an optimiser, a history; and runs that can be interrupted at any instant."""

import shlex
import zlib
from pathlib import Path

from minode.base.blas import blas_in_one_thread
from minode.base.checks import positive_int
from minode.base.files import write_json
from minode.base.signals import termination, with_message
from minode.base.trees import in_memory_order
from minode.training import exchange
from minode.training.loop import Trainer
from minode.training.saved import checkpoint, run_folder
from minode.training.saved.checkpoint import Checkpoint
from minode.training.saved.environment import changes
from minode.training.setup import batches, recipes
from minode.training.setup.config import refuse_changes, to_dict


def train(folder, given, *, resume=False, root=None, skip_bad=False, init=None, checkpoint_every=100):
    """Train a network in a run folder, from the beginning or from where the run there stands.

    Parameters
    ----------
    folder : path
        Of the run; made if need be.
    given : dict
        Fields of `config.Config`: "data", "model", "recipe" at least for a new run, none for a resumed one. Those
        not given are the recipe's.
    resume : bool
    root : path, optional
        Folder of the data.
    skip_bad : bool
        Leave out photographs that cannot be used; the notes in the run's result name them.
    init : path, optional
        Exported weights to begin with (see `exchange`); random ones by default.
    checkpoint_every : int
        Steps between checkpoints; there is one at the end of each epoch, too.

    Returns
    -------
    dict
        The content of the run's result.json.

    Raises
    ------
    ValueError
        If the folder is not empty or, to be resumed, holds no run, or one of another configuration or other data.
    OSError
        If the folder is in use or cannot be written to.
    TrainingStopped, SolverError
        If loss or weights are no longer finite, or a solve fails; the message says at which step.
    KeyboardInterrupt, signals.Terminated
        On Ctrl-C, and on SIGTERM or SIGHUP where these would end the process without a word, once a checkpoint has been
        written; the message says how to go on. Handlers of the user's own are left alone, and what they raise comes
        out after the checkpoint, too.
    """
    given = dict(given, **({} if init is None else {"init": _label(init)}))
    positive_int(checkpoint_every, "checkpoint_every")
    # Before the folder is touched: it may be one of the user's.
    (run_folder.check_begun if resume else run_folder.check_empty)(folder)
    with termination() as served, blas_in_one_thread():
        try:
            return _train(folder, given, resume, root, skip_bad, init, checkpoint_every, served)
        except (KeyboardInterrupt, SystemExit) as interrupt:
            where = interrupt.args[0] if interrupt.args else "before the first step"
            raise with_message(interrupt, f"{where}; {_how_to_go_on(folder, given, root, skip_bad)}") from None


def _train(folder, given, resume, root, skip_bad, init, checkpoint_every, served):
    with run_folder.occupied(folder) as folder:
        if not resume:
            # Nobody has begun a run in the meantime.
            run_folder.check_empty(folder)
            dataset, state = _begin(given, root, skip_bad, init)
            checkpoint.save(folder / run_folder.LAST, state)
        else:
            state = checkpoint.load(folder / run_folder.LAST)
            refuse_changes(state.config, given)
            if (folder / run_folder.CONFIG).exists():
                refuse_changes(state.config, run_folder.read_json(folder / run_folder.CONFIG))
            if (folder / run_folder.RESULT).exists():
                print(f"the run in {folder} is finished")
                return run_folder.read_json(folder / run_folder.RESULT)
            for change in changes(state.environment):
                print(f"no longer the same to the last bit: {change}")
            dataset = batches.load_data(vars(state.config), root, skip_bad)
            refuse_changes(state.config, {"data_crc32": batches.fingerprint(dataset.train)})
        write_json(folder / run_folder.CONFIG, to_dict(state.config))
        for note in dataset.notes:
            print(note, flush=True)
        return Trainer(folder, dataset, state, checkpoint_every, served).run()


def _begin(given, root, skip_bad, init):
    """Load the data, complete the configuration and make the first state of a run."""
    fields = recipes.complete(given)
    dataset = batches.load_data(fields, root, skip_bad)
    config = recipes.configure(fields, dataset)
    # What would not work is refused before anything is written.
    batches.steps_per_epoch(config, len(dataset.train.y))
    if init is None:
        params = recipes.initial_params(config)
    else:
        params = in_memory_order(exchange.load(init, config.model, config.channels, len(config.class_names)))
    # An unknown solver shows here, too.
    recipes.network(config).apply(params, dataset.train.x[:1])
    return dataset, Checkpoint(config, params, recipes.optimizer(config).init(params))


def _how_to_go_on(folder, given, root, skip_bad):
    """The command that continues what was interrupted."""
    if not (Path(folder) / run_folder.LAST).is_file():
        return "nothing was saved, begin again"
    words = ["minode", "train", given.get("data", "DATA"), "--run", str(folder), "--resume"]
    if root is not None:
        words += ["--root", str(root)]
    if skip_bad:
        words.append("--skip-bad")
    return f"continue with `{shlex.join(words)}`"


def _label(path):
    """Name a file and its content, so that a resumed run can tell another one."""
    return f"{Path(path).name} (CRC-32 {zlib.crc32(Path(path).read_bytes()):08x})"
