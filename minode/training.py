"""Training: a loss, an optimiser, a history; and runs that can be interrupted at any instant."""

import shlex
import zlib
from pathlib import Path

from autograd import value_and_grad

from minode import batches, checkpoint, exchange, recipes, runs
from minode.blas import blas_in_one_thread
from minode.checkpoint import Checkpoint
from minode.checks import positive_int
from minode.config import refuse_changes, to_dict
from minode.environment import changes
from minode.files import write_json
from minode.nfe import count_nfe
from minode.progress import bar
from minode.signals import termination, with_message
from minode.trainer import Trainer, in_memory_order


def fit(loss, params, optimizer, learning_rate, n_steps, description=None, watch=None):
    """Minimise ``loss(params)`` by full-batch steps.

    Parameters
    ----------
    loss : callable
        ``loss(params) -> number``, differentiable by autograd.
    params : tree of arrays
        Starting point; left as it is.
    optimizer : optim.Optimizer
    learning_rate : float
    n_steps : int
    description : str, optional
        Label of the progress bar, which shows only on a terminal.
    watch : callable, optional
        ``watch(step, params)``, called before each update.

    Returns
    -------
    params : tree of arrays
    history : dict of lists
        Per step, each before the update: "loss", "nfe_forward", "nfe_backward", "reconstruction_error".
    """
    value_and_gradient = value_and_grad(loss)
    state = optimizer.init(params)
    history = {"loss": [], "nfe_forward": [], "nfe_backward": [], "reconstruction_error": []}
    with bar(range(n_steps), desc=description) as steps:
        for step in steps:
            if watch is not None:
                watch(step, params)
            with count_nfe() as nfe:
                value, gradients = value_and_gradient(params)
            params, state = optimizer.update(params, gradients, state, learning_rate)
            history["loss"].append(float(value))
            history["nfe_forward"].append(nfe.forward)
            history["nfe_backward"].append(nfe.backward)
            history["reconstruction_error"].append(nfe.reconstruction_error)
            steps.set_postfix({"loss": f"{value:.4f}", "NFE-F": nfe.forward, "NFE-B": nfe.backward}, refresh=False)
    return params, history


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
    (runs.check_begun if resume else runs.check_empty)(folder)
    with termination() as served, blas_in_one_thread():
        try:
            return _train(folder, given, resume, root, skip_bad, init, checkpoint_every, served)
        except (KeyboardInterrupt, SystemExit) as interrupt:
            where = interrupt.args[0] if interrupt.args else "before the first step"
            raise with_message(interrupt, f"{where}; {_how_to_go_on(folder, given, root, skip_bad)}") from None


def _train(folder, given, resume, root, skip_bad, init, checkpoint_every, served):
    with runs.occupied(folder) as folder:
        if not resume:
            # Nobody has begun a run in the meantime.
            runs.check_empty(folder)
            dataset, state = _begin(given, root, skip_bad, init)
            checkpoint.save(folder / runs.LAST, state)
        else:
            state = checkpoint.load(folder / runs.LAST)
            refuse_changes(state.config, given)
            if (folder / runs.CONFIG).exists():
                refuse_changes(state.config, runs.read_json(folder / runs.CONFIG))
            if (folder / runs.RESULT).exists():
                print(f"the run in {folder} is finished")
                return runs.read_json(folder / runs.RESULT)
            for change in changes(state.environment):
                print(f"no longer the same to the last bit: {change}")
            dataset = batches.load_data(vars(state.config), root, skip_bad)
            refuse_changes(state.config, {"data_crc32": batches.fingerprint(dataset.train)})
        write_json(folder / runs.CONFIG, to_dict(state.config))
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
    if not (Path(folder) / runs.LAST).is_file():
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
