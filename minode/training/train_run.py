"""Training runs from beginning to end, which can be interrupted at any instant."""

import shlex
import zlib
from pathlib import Path

from minode.base.blas import blas_in_one_thread
from minode.base.checks import positive_int
from minode.base.files import write_json
from minode.base.signals import termination, with_message
from minode.base.trees import in_memory_order
from minode.base.types import PathLike
from minode.training import exchange
from minode.training.loop import Trainer
from minode.training.saved import checkpoint, run_folder
from minode.training.saved.environment import changes
from minode.training.saved.state import first
from minode.training.setup import batches, recipes
from minode.training.setup.config import refuse_changes, to_dict


def train(
    folder: PathLike,
    given: dict,
    *,
    resume: bool = False,
    root: PathLike | None = None,
    skip_bad: bool = False,
    init: PathLike | None = None,
    checkpoint_every: int = 100,
) -> dict:
    """Train a network in a run folder, from the beginning or from where the run in that folder stands.

    Parameters
    ----------
    folder : path
        Folder of the run; it is made if it does not exist.
    given : dict
        Fields of `config.Config`. A new run needs "data", "model" and "recipe", a resumed one needs none. Fields that
        are not given come from the recipe. With "data_crc32", other training images than those are refused.
    resume : bool
        Go on with the run in the folder.
    root : path, optional
        Folder of the data.
    skip_bad : bool
        Leave out photographs that cannot be used; the notes in the run's result name them.
    init : path, optional
        Exported weights to begin with (see `exchange`). Without it the first weights are random.
    checkpoint_every : int
        Steps between checkpoints. There is also one at the end of each epoch.

    Returns
    -------
    dict
        The content of the run's result.json.

    Raises
    ------
    ValueError
        If a new run's folder is not empty, or its data are not those that are given; or if a folder to be resumed has
        no run, or one with another configuration or other data.
    OSError
        If the folder is in use or cannot be written to.
    TrainingStopped, SolverError
        If the loss or weights are no longer finite, or a solve fails; the message says at which step.
    KeyboardInterrupt, signals.Terminated
        On Ctrl-C, and on SIGTERM or SIGHUP if these would end the process without a word. A checkpoint is written
        first, and the message says how to go on. Handlers that the user set stay, and what they raise comes out after
        the checkpoint, too.
    """
    given = dict(given, **({} if init is None else {"init": _label(init)}))
    positive_int(checkpoint_every, "checkpoint_every")
    # This comes before anything is written: the folder may have other files of the user.
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
            # Another process may have begun a run there before this one had the lock.
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
                print(f"no longer the same to the last bit: {change}", flush=True)
            dataset = batches.load_data(vars(state.config), root, skip_bad)
            refuse_changes(state.config, {"data_crc32": batches.fingerprint(dataset.train)})
        write_json(folder / run_folder.CONFIG, to_dict(state.config))
        for note in dataset.notes:
            print(note, flush=True)
        return Trainer(folder, dataset, state, checkpoint_every, served).run()


def _begin(given, root, skip_bad, init):
    """Load the data, complete the configuration, and make the first state of a run."""
    fields = recipes.complete(given)
    dataset = batches.load_data(fields, root, skip_bad)
    config = recipes.configure(fields, dataset)
    expected = given.get("data_crc32", config.data_crc32)
    if config.data_crc32 != expected:
        raise ValueError(
            f"data_crc32 of the training images of {config.data} found here is {config.data_crc32}; expected {expected}"
        )
    # Errors that can be found now are raised before anything is written: here a batch that is too large.
    batches.steps_per_epoch(config, len(dataset.train.y))
    if init is None:
        params = recipes.initial_params(config)
    else:
        params = in_memory_order(exchange.load(init, config.model, config.channels, len(config.class_names)))
    # Applying the network once also shows whether its solver exists.
    recipes.network(config).apply(params, dataset.train.x[:1])
    return dataset, first(config, params)


def _how_to_go_on(folder, given, root, skip_bad):
    """Name the command that continues an interrupted run."""
    if not (Path(folder) / run_folder.LAST).is_file():
        return "nothing was saved, begin again"
    words = ["minode", "train", given.get("data", "DATA"), "--run", str(folder), "--resume"]
    if root is not None:
        words += ["--root", str(root)]
    if skip_bad:
        words.append("--skip-bad")
    return f"continue with `{shlex.join(words)}`"


def _label(path):
    """Identify a file by its name and checksum, so that a resumed run notices if it is another file."""
    return f"{Path(path).name} (CRC-32 {zlib.crc32(Path(path).read_bytes()):08x})"
