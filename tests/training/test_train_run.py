"""Training: what a run records, and that interrupting it changes nothing."""

import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from minode import SolverError
from minode.base import files, trees
from minode.base.signals import Terminated
from minode.base.trees import leaves
from minode.data import mnist
from minode.nn.losses import mse
from minode.nn.optim import SGD
from minode.training import fitting, loop, train_run
from minode.training.evaluation import evaluate
from minode.training.loop import TrainingStopped
from minode.training.saved import checkpoint, run_folder
from minode.training.saved import history as run_folder_history
from minode.training.setup import batches, recipes
from tests import tiny
from tests.runs import assert_same_run

N_STEPS = tiny.GIVEN["epochs"] * tiny.STEPS


@pytest.fixture(autouse=True)
def _tiny_network(monkeypatch):
    tiny.install(monkeypatch.setattr)


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """The folder of a run that nothing interrupted."""
    folder = tmp_path_factory.mktemp("runs") / "reference"
    with pytest.MonkeyPatch.context() as patch:
        tiny.install(patch.setattr)
        train_run.train(folder, tiny.GIVEN)
    return folder


def stop_at(monkeypatch, calls, error):
    """Let drawing the batch number `calls` fail."""
    remaining, draw = [calls], batches.draw

    def failing(*arguments):
        remaining[0] -= 1
        if not remaining[0]:
            raise error
        return draw(*arguments)

    monkeypatch.setattr(batches, "draw", failing)


def test_fit_minimises_and_leaves_the_starting_point():
    start = {"W": np.array([3.0, -1.0])}
    params, history = fitting.fit(lambda p: mse(p["W"], np.ones(2)), start, SGD(), 0.5, 40)
    np.testing.assert_allclose(params["W"], 1, atol=1e-6)
    np.testing.assert_array_equal(start["W"], [3, -1])
    assert history["loss"][0] == 4
    assert {len(column) for column in history.values()} == {40}


def test_a_run_learns_and_records_each_step_and_epoch(reference):
    batch, means, validation = (
        run_folder_history.read_history(reference, kind) for kind in ("batch", "train", "validation")
    )
    assert batch["step"] == list(range(1, N_STEPS + 1))
    assert batch["epoch"] == sorted(list(range(1, 4)) * tiny.STEPS)
    assert validation["epoch"] == means["epoch"] == [1, 2, 3]
    per_epoch = np.reshape(batch["loss"], (3, tiny.STEPS))
    np.testing.assert_allclose(means["loss"], per_epoch.mean(axis=1), rtol=1e-6)
    np.testing.assert_allclose(means["seconds"], np.reshape(batch["seconds"], (3, -1)).sum(axis=1), rtol=1e-6)
    assert means["loss"][-1] < means["loss"][0]


def test_the_result_says_what_was_chosen_and_how(reference):
    result = json.loads((reference / run_folder.RESULT).read_text())
    errors = run_folder_history.read_history(reference, "validation")["error"]
    assert result["best_epoch"] == 1 + int(np.argmin(errors))
    assert result["validation_error"] == min(errors)
    assert result["parameters"] == 784 * 6 + 6 + 6 * 10 + 10
    assert result["images"] == {"train": 200, "validation": 50, "test": 60}
    assert "the reference script reports the highest test accuracy" in result["note"]
    assert run_folder_history.read_history(reference, "test")["error"] == [pytest.approx(result["test_error"])]


AVERAGED = tiny.GIVEN | {"recipe": "long", "epochs": 4, "calm_epochs": 1, "average": 0.9}


def test_the_average_of_the_weights_is_kept_and_resumed(tmp_path, monkeypatch):
    train_run.train(tmp_path / "whole", AVERAGED)
    with monkeypatch.context() as patch:
        stop_at(patch, tiny.STEPS + 5, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            train_run.train(tmp_path / "interrupted", AVERAGED)
    train_run.train(tmp_path / "interrupted", {}, resume=True)
    assert_same_run(tmp_path / "interrupted", tmp_path / "whole")


def test_the_average_is_that_of_the_weights_after_each_step(tmp_path, monkeypatch):
    seen, update = [], loop.moving_average
    monkeypatch.setattr(
        loop, "moving_average", lambda old, params, *rest: seen.append(params) or update(old, params, *rest)
    )
    train_run.train(tmp_path / "run", AVERAGED)
    expected = recipes.initial_params(checkpoint.load(tmp_path / "run" / run_folder.LAST).config)
    for n, params in enumerate(seen, start=1):
        share = min(0.9, (1 + n) / (10 + n))
        expected = trees.tree_map(lambda old, W, share=share: share * old + (1 - share) * W, expected, params)
    for found, wanted in zip(leaves(checkpoint.load(tmp_path / "run" / run_folder.LAST).average), leaves(expected)):
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-6)


def test_the_better_of_weights_and_average_is_kept(tmp_path):
    result = train_run.train(tmp_path / "run", AVERAGED)
    errors = {
        kind: run_folder_history.read_history(tmp_path / "run", kind)["error"]
        for kind in ("validation", "validation-average")
    }
    assert len(errors["validation"]) == len(errors["validation-average"]) == 4
    assert result["validation_error"] == min(map(min, errors.values()))
    best = checkpoint.load(tmp_path / "run" / run_folder.BEST)
    i = result["best_epoch"] - 1
    is_average = errors["validation-average"][i] < errors["validation"][i]
    same = [np.array_equal(W, A) for W, A in zip(leaves(best.params), leaves(best.average))]
    assert all(same) if is_average else not any(same)


def test_images_are_left_alone_in_the_calm_epochs():
    data = tiny.dataset()
    config = recipes.configure(recipes.complete(AVERAGED), data)
    x, y = batches.draw(config, data.train, epoch=4, step=0)
    images = {image.tobytes(): label for image, label in zip(data.train.x, data.train.y)}
    assert [images[image.tobytes()] for image in x] == y.tolist()
    changed, _ = batches.draw(config, data.train, epoch=3, step=0)
    assert not any(image.tobytes() in images for image in changed)


def test_the_best_epoch_is_kept_and_the_test_images_looked_at_once_with_it(tmp_path, monkeypatch):
    scripted, looks = iter([0.5, 0.2, 0.2, 0.4]), []

    def scripted_evaluate(network, params, split):
        looks.append((len(split.y), [W.tobytes() for W in leaves(params)]))
        found = evaluate(network, params, split)
        return found._replace(error=next(scripted)) if len(split.y) == 50 else found

    monkeypatch.setattr(loop, "evaluate", scripted_evaluate)
    result = train_run.train(tmp_path / "run", tiny.GIVEN | {"epochs": 4})
    assert (result["best_epoch"], result["validation_error"]) == (2, 0.2)
    assert [n for n, _ in looks] == [50, 50, 50, 50, 60]
    assert looks[4][1] == looks[1][1]


def test_weights_stay_float32_and_in_c_order(reference):
    for W in leaves(checkpoint.load(reference / run_folder.LAST)[1:3]):
        assert W.dtype == np.float32
    (W,) = trees.in_memory_order([np.asfortranarray(np.ones((2, 3)))])
    assert W.flags.c_contiguous


def test_evaluations_are_counted_for_training_steps_alone(tmp_path):
    train_run.train(tmp_path / "run", tiny.GIVEN | {"model": "node", "epochs": 1})
    batch, means = (run_folder_history.read_history(tmp_path / "run", kind) for kind in ("batch", "train"))
    assert min(batch["nfe_forward"]) > 0
    assert min(batch["nfe_backward"]) > 0
    assert means["nfe_forward"] == [pytest.approx(np.mean(batch["nfe_forward"]))]
    assert run_folder_history.read_history(tmp_path / "run", "validation")["nfe_forward"] == [None]


@pytest.mark.parametrize("step", [1, 2, tiny.STEPS, tiny.STEPS + 1, N_STEPS])
@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError], ids=["ctrl-c", "crash"])
def test_an_interrupted_run_goes_on_bit_for_bit(tmp_path, monkeypatch, reference, step, error):
    folder = tmp_path / "run"
    with monkeypatch.context() as patch:
        stop_at(patch, step, error())
        with pytest.raises(error):
            train_run.train(folder, tiny.GIVEN, checkpoint_every=5)
    stopped = checkpoint.load(folder / run_folder.LAST)
    made = (stopped.epoch - 1) * tiny.STEPS + stopped.step
    assert made == step - 1 if error is KeyboardInterrupt else step - 1 - made < 5
    train_run.train(folder, {}, resume=True)
    assert_same_run(folder, reference)


def test_ctrl_c_says_how_to_go_on(tmp_path, monkeypatch):
    stop_at(monkeypatch, tiny.STEPS + 3, KeyboardInterrupt())
    with pytest.raises(
        KeyboardInterrupt, match=r"in epoch 2 after 2 of 12 steps.*minode train mnist --run .* --resume"
    ):
        train_run.train(tmp_path / "run", tiny.GIVEN)


def strike(monkeypatch, module, name, at, signals):
    """Let the function `name` of a module first send this process signals, in its call number `at`."""
    remaining, function = [at], getattr(module, name)

    def striking(*arguments):
        remaining[0] -= 1
        if not remaining[0]:
            for signum in signals:
                signal.raise_signal(signum)
        return function(*arguments)

    monkeypatch.setattr(module, name, striking)


# Writing a file ends with `sync`: the first two are of the first checkpoint and of the configuration.
PLACES = {
    "a step": (batches, "draw", tiny.STEPS + 3),
    "a validation": (loop, "evaluate", 2),
    "the test": (loop, "evaluate", 4),
    "a checkpoint": (files, "sync", 8),
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_a_terminated_run_goes_on_bit_for_bit(place, tmp_path, monkeypatch, reference):
    folder = tmp_path / "run"
    with monkeypatch.context() as patch:
        strike(patch, *place, [signal.SIGTERM])
        with pytest.raises(Terminated, match=r"saved; continue with `minode train mnist --run .* --resume`") as stop:
            train_run.train(folder, tiny.GIVEN, checkpoint_every=5)
    assert stop.value.code == 128 + signal.SIGTERM
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    train_run.train(folder, {}, resume=True)
    assert_same_run(folder, reference)


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
def test_sigterm_while_the_last_checkpoint_is_written_changes_nothing(first, tmp_path, monkeypatch):
    strike(monkeypatch, batches, "draw", 4, [first])
    # After those of the beginning.
    strike(monkeypatch, files, "sync", 3, [signal.SIGTERM, signal.SIGHUP, signal.SIGTERM])
    with pytest.raises((KeyboardInterrupt, Terminated), match="in epoch 1 after 3 of 12 steps, all of them saved"):
        train_run.train(tmp_path / "run", tiny.GIVEN)
    assert checkpoint.load(tmp_path / "run" / run_folder.LAST).step == 3


@pytest.mark.parametrize("method", ["vode", "lsoda"])
def test_sigterm_in_a_compiled_solve_is_not_lost(method, tmp_path, monkeypatch):
    """SciPy swallows exceptions there."""
    calls, ode_block = [], tiny.ODEBlock

    def block(layer, **options):
        def strikes(W, x, t):
            calls.append(t)
            if len(calls) == 60:
                signal.raise_signal(signal.SIGTERM)
            return layer.apply.run(W, x, t)

        return ode_block(layer._replace(apply=replace(layer.apply, run=strikes)), **options)

    monkeypatch.setattr(tiny, "ODEBlock", block)
    with pytest.raises(Terminated, match=r"in epoch 1 after \d+ of 12 steps, all of them saved"):
        train_run.train(tmp_path / "run", tiny.GIVEN | {"model": "node", "method": method})
    assert len(calls) == 60


def test_sigterm_before_the_first_step_says_that_nothing_was_saved(tmp_path, monkeypatch):
    strike(monkeypatch, batches, "load_data", 1, [signal.SIGTERM])
    with pytest.raises(Terminated, match="before the first step; nothing was saved, begin again"):
        train_run.train(tmp_path / "run", tiny.GIVEN)


def test_sigterm_while_a_resumed_run_loads_its_data_says_how_to_go_on(stopped, monkeypatch):
    strike(monkeypatch, batches, "load_data", 1, [signal.SIGTERM])
    with pytest.raises(Terminated, match=r"before the first step; continue with `.* --resume --root 'my data'`"):
        train_run.train(stopped, {"data": "mnist"}, resume=True, root="my data")


def test_an_exception_of_sigterm_that_python_drops_is_served_at_the_next_step(tmp_path, monkeypatch):
    class Freed:
        def __del__(self):
            signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr("sys.unraisablehook", lambda dropped: None)
    draw = batches.draw
    monkeypatch.setattr(batches, "draw", lambda *arguments: (Freed(), draw(*arguments))[1])
    with pytest.raises(Terminated, match="in epoch 1 after 1 of 12 steps"):
        train_run.train(tmp_path / "run", tiny.GIVEN)


def test_a_handler_of_the_users_is_left_alone(tmp_path, monkeypatch):
    def leave(signum, frame):
        raise SystemExit("mine")

    former = signal.signal(signal.SIGTERM, leave)
    strike(monkeypatch, batches, "draw", 4, [signal.SIGTERM])
    with pytest.raises(SystemExit, match="mine"):
        train_run.train(tmp_path / "run", tiny.GIVEN)
    assert signal.signal(signal.SIGTERM, former) is leave
    assert checkpoint.load(tmp_path / "run" / run_folder.LAST).step == 3


def test_training_outside_of_the_main_thread_runs_without_handlers(tmp_path, reference):
    with ThreadPoolExecutor(1) as thread:
        thread.submit(train_run.train, tmp_path / "run", tiny.GIVEN).result()
    assert_same_run(tmp_path / "run", reference)


KILLS = """
import os, random, signal, sys, time
from pathlib import Path
from minode.training.train_run import train
from tests import tiny

tiny.install()
random.seed(0)
start = time.perf_counter()
train(Path(sys.argv[1], "whole"), tiny.GIVEN)
duration = time.perf_counter() - start
folder, kills = Path(sys.argv[1], "killed"), 0
while not (folder / "result.json").exists():
    child = os.fork()
    if not child:
        begun = (folder / "last.npz").exists()
        train(folder, {} if begun else tiny.GIVEN, resume=begun, checkpoint_every=2)
        os._exit(0)
    # Ever more time, lest a machine that has become slower never reaches a checkpoint.
    time.sleep(random.uniform(0, (0.3 + 0.05 * kills) * duration))
    os.kill(child, signal.SIGKILL)
    kills += os.waitpid(child, 0)[1] == signal.SIGKILL
print(kills)
"""


def test_kills_at_any_instant_change_nothing(tmp_path, run_script):
    kills = int(run_script(KILLS, str(tmp_path)).split()[-1])
    assert kills > 1
    assert_same_run(tmp_path / "killed", tmp_path / "whole")
    assert not [name for name in os.listdir(tmp_path / "killed") if "-" in name]


def test_a_finished_run_is_not_run_again(tmp_path, reference, capsys):
    before = (reference / run_folder.HISTORY).read_bytes()
    result = train_run.train(reference, {"seed": 0}, resume=True)
    assert result == json.loads((reference / run_folder.RESULT).read_text())
    assert "finished" in capsys.readouterr().out
    assert (reference / run_folder.HISTORY).read_bytes() == before


@pytest.fixture
def stopped(tmp_path, monkeypatch):
    """The folder of a run with six steps behind it."""
    with monkeypatch.context() as patch:
        stop_at(patch, 7, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            train_run.train(tmp_path / "run", tiny.GIVEN)
    return tmp_path / "run"


def test_a_changed_configuration_is_refused_with_both_values(stopped):
    with pytest.raises(ValueError, match=r"epochs is 9, in the run 3; recipe is 'thesis', in the run 'fast'"):
        train_run.train(stopped, {"data": "mnist", "epochs": 9, "recipe": "thesis"}, resume=True)


def test_a_changed_config_file_is_refused(stopped):
    content = json.loads((stopped / run_folder.CONFIG).read_text()) | {"momentum": 0.5}
    (stopped / run_folder.CONFIG).write_text(json.dumps(content))
    with pytest.raises(ValueError, match=r"momentum is 0\.5, in the run 0\.9"):
        train_run.train(stopped, {}, resume=True)


def test_other_data_are_refused(stopped, monkeypatch):
    monkeypatch.setattr(mnist, "load", lambda root=None: tiny.dataset(201))
    with pytest.raises(ValueError, match=r"data_crc32 is \d+, in the run \d+"):
        train_run.train(stopped, {}, resume=True)


def test_another_machine_is_told(stopped, monkeypatch, capsys):
    monkeypatch.setattr("minode.training.saved.environment.usable_cores", lambda: 1000)
    train_run.train(stopped, {}, resume=True)
    assert "no longer the same to the last bit: processors was" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"batch_size": 201}, "batch_size is 201; expected at most 200"),
        ({"subset": 15}, "batch_size is 16; expected at most 15"),
        ({"model": "lenet"}, "unknown model 'lenet'"),
        ({"seed": -1}, "seed is -1"),
    ],
)
def test_a_run_that_cannot_begin_leaves_its_folder_empty(tmp_path, given, message):
    with pytest.raises(ValueError, match=message):
        train_run.train(tmp_path / "run", tiny.GIVEN | given)
    train_run.train(tmp_path / "run", tiny.GIVEN | {"epochs": 1})


def test_a_loss_that_is_not_finite_stops_the_run(tmp_path):
    with pytest.raises(
        TrainingStopped, match=r"in epoch 1 after \d of 12 steps: .*--learning-rate below 1e\+06"
    ) as stop:
        train_run.train(
            tmp_path / "run",
            tiny.GIVEN | {"recipe": "thesis", "learning_rate": 1e6, "weight_decay": 1.0},
            checkpoint_every=1,
        )
    last = checkpoint.load(tmp_path / "run" / run_folder.LAST)
    assert f"after {last.step} of" in str(stop.value)
    assert all(np.isfinite(W).all() for W in leaves(last[1:3]))


def test_images_that_are_not_finite_stop_the_run_at_their_step(tmp_path, monkeypatch):
    data = tiny.dataset()
    data.train.x[:] = np.nan
    monkeypatch.setattr(mnist, "load", lambda root=None: data)
    with pytest.raises(TrainingStopped, match="in epoch 1 after 0 of 12 steps: the loss of the next is nan"):
        train_run.train(tmp_path / "run", tiny.GIVEN)


def test_a_failed_solve_is_placed(tmp_path, monkeypatch):
    stop_at(monkeypatch, tiny.STEPS + 5, SolverError("dopri5 stopped"))
    with pytest.raises(
        SolverError, match=r"stopped in epoch 2 after 4 of 12 steps: dopri5 stopped\. .*last\.npz is from"
    ):
        train_run.train(tmp_path / "run", tiny.GIVEN)


def test_first_weights_may_come_from_a_file(tmp_path, monkeypatch):
    _, params = tiny.build("mlp").init(np.random.default_rng(5), (28, 28, 1))
    first = trees.in_memory_order([[np.float32(0) + np.asarray(W, np.float32) for W in p] for p in params])
    monkeypatch.setattr(train_run.exchange, "load", lambda path, *architecture: first)
    (tmp_path / "weights").write_bytes(b"123")
    stop_at(monkeypatch, 1, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        train_run.train(tmp_path / "run", tiny.GIVEN, init=tmp_path / "weights")
    last = checkpoint.load(tmp_path / "run" / run_folder.LAST)
    assert [W.tobytes() for W in leaves(last.params)] == [W.tobytes() for W in leaves(first)]
    assert last.config.init == "weights (CRC-32 884863d2)"


@pytest.mark.parametrize(
    "options",
    [
        {"given": {"method": "heun", "model": "node"}},
        {"given": {"epochs": 0}},
        {"given": {"data": "cifar"}},
        {"given": {"data": "amr"}, "root": "nowhere"},
        {"given": {}, "resume": True},
        {"given": {}, "init": "none.safetensors"},
        {"given": {}, "skip_bad": True},
        {"given": {}, "checkpoint_every": 0},
    ],
    ids=str,
)
def test_a_refused_run_leaves_no_folder(tmp_path, options):
    with pytest.raises((ValueError, OSError)):
        train_run.train(tmp_path / "runs" / "run", tiny.GIVEN | options.pop("given"), **options)
    assert os.listdir(tmp_path) == []


def test_ctrl_c_while_the_data_are_read_leaves_no_folder(tmp_path, monkeypatch):
    def interrupt(root=None):
        raise KeyboardInterrupt

    monkeypatch.setattr(mnist, "load", interrupt)
    with pytest.raises(KeyboardInterrupt):
        train_run.train(tmp_path / "run", tiny.GIVEN)
    assert os.listdir(tmp_path) == []


def test_a_folder_of_the_users_is_refused_untouched(tmp_path):
    names = [".pre-commit-config.yaml", "notes.txt"]
    for name in names:
        (tmp_path / name).write_text(name)
    with pytest.raises(ValueError, match=r"not empty: notes\.txt"):
        train_run.train(tmp_path, tiny.GIVEN)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {name: name for name in names}
