"""What the commands on runs, networks and data do once their arguments are parsed: call, and print."""

from pathlib import Path

import numpy as np

from minode import batches, exchange, models, predict, runs
from minode import train as training
from minode.evaluate import evaluate_run, load_best
from minode.files import writable_folder

DEFAULTS = {"model": "node", "recipe": "thesis", "seed": 0}
FIELDS = ("data", "model", "recipe", "epochs", "subset", "seed", "batch_size", "tol", "method", "learning_rate")


def train(options):
    """Train in a run folder: a line an epoch, then the result."""
    given = {name: getattr(options, name) for name in FIELDS if getattr(options, name) is not None}
    named = {**DEFAULTS, **given}
    folder = Path(options.run_folder or Path("runs", "{data}-{model}-{recipe}-{seed}".format_map(named)))
    result = training.train(
        folder,
        given if options.resume else named,
        resume=options.resume,
        root=options.root,
        skip_bad=options.skip_bad,
        init=options.init,
        checkpoint_every=options.checkpoint_every,
    )
    print(
        f"test error {100 * result['test_error']:.2f} % of {result['images']['test']:,} images, with the weights of "
        f"epoch {result['best_epoch']} (validation error {100 * result['validation_error']:.2f} %)\n"
        f"{result['parameters']:,} parameters, {result['seconds']:.0f} s, {result['median_seconds_per_batch']:.3g} s a "
        f"batch; {folder / runs.RESULT}"
    )
    if batches.kind_of(options.data):
        print(
            f"the reference script would have printed {100 * result['validation_error']:.2f} %: its test images are "
            "those of the folder validation, by which it chose the epoch"
        )


def evaluate(options):
    """Print error, loss, cost and confusion matrix of a run's best weights."""
    changes = {name: getattr(options, name) for name in ("tol", "method") if getattr(options, name) is not None}
    config, found, notes = evaluate_run(options.run_folder, options.split, options.root, options.skip_bad, **changes)
    for note in notes:
        print(note)
    print(
        f"{options.split} error {100 * found.error:.2f} % ({round(found.error * found.confusion.sum())} of "
        f"{found.confusion.sum():,} images), loss {found.loss:.4f}\n"
        f"tol {config.tol:g}, {config.method}: NFE-F {found.nfe_forward:.1f} a batch, {found.seconds:.1f} s\n"
    )
    print(_confusions(config.class_names, found.confusion))


def _confusions(names, confusion):
    """The whole matrix where a terminal is wide enough for it, the commonest mistakes where it is not."""
    if len(names) > 10:
        mistakes = confusion - np.diag(np.diag(confusion))
        order = np.argsort(-mistakes, axis=None, kind="stable")[:10]
        pairs = [(i, j) for i, j in zip(*np.unravel_index(order, mistakes.shape)) if mistakes[i, j]]
        lines = [f"{names[i]} for {names[j]}: {mistakes[j, i]} of {confusion[j].sum()}" for j, i in pairs]
        return "\n".join(["the commonest mistakes: what was read, for what it is", *lines])
    width = 1 + max(map(len, (*names, str(confusion.max()))))
    lines = [" " * width + "".join(f"{name:>{width}}" for name in names)]
    lines += [f"{name:>{width}}" + "".join(f"{n:>{width}}" for n in row) for name, row in zip(names, confusion)]
    return "\n".join(["rows: the class, columns: what it was taken for", *lines])


def classify(options):
    """Print the class of each image file, and the runner-up; of an annotated photograph what can be read there."""
    best = load_best(options.run_folder)
    annotated = all(Path(path).with_suffix(".txt").is_file() for path in options.images)
    if annotated and batches.kind_of(best.config.data):
        return _read_photographs(best, options)
    for path, names, probabilities in predict.predict(options.run_folder, options.images, options.invert):
        print(f"{path}  {names[0]} ({100 * probabilities[0]:.1f} %)  then {names[1]} ({100 * probabilities[1]:.1f} %)")


def _read_photographs(best, options):
    # With matplotlib's fonts, which no other command needs.
    from minode import photographs

    folder = writable_folder(options.out)
    for path in map(Path, options.images):
        found = photographs.read(best, path)
        target = folder / f"{path.stem}-read.png"
        photographs.save(found.picture, target)
        wrong = sum(a != b for a, b in zip(found.text, found.annotated))
        verdict = "right" if not wrong else f"{wrong} wrong, it is annotated {found.annotated}"
        print(f"{path}  {found.text}  {verdict}; least sure {100 * found.probabilities.min():.1f} %; wrote {target}")


def export(options):
    """Write the best weights of a run for PyTorch."""
    best = load_best(options.run_folder)
    exchange.save(options.file, best.config.model, best.params)
    print(f"wrote {options.file}: {best.config.model}, the weights of epoch {best.best_epoch}")


def summary(options):
    """Print a network's table."""
    print(models.describe(options.model, options.channels, options.classes))


def data(options):
    """Print what there is of a data set."""
    module, settings = batches.source(options.data, options.skip_bad)
    if options.synthetic:
        _write_stand_in(options)
    elif (options.n, options.seed) != (None, 0):
        raise ValueError("--n and --seed are for what is made with --synthetic")
    print(module.describe(root=options.root, **settings))


def _write_stand_in(options):
    from minode.data import synthetic

    if options.root is None or options.data not in synthetic.FULL:
        raise ValueError(f"--synthetic makes {' or '.join(synthetic.FULL)} in the folder --root; expected both")
    synthetic.write(options.data, options.root, options.n, options.seed)
