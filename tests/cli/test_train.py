"""The commands on runs, as a user types them."""

import json
import signal
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from minode.cli import parser
from minode.cli.commands.networks import train
from minode.data import mnist
from minode.nn import models
from minode.training import evaluation
from minode.training.saved import checkpoint
from tests import tiny

TRAIN = ["train", "mnist", "--model", "mlp", "--recipe", "fast", "--epochs", "1", "--batch-size", "16"]


@pytest.fixture(autouse=True)
def _tiny_network(monkeypatch, tmp_path):
    tiny.install(monkeypatch.setattr)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def trained(command):
    command(*TRAIN, "--run", "run")
    return command


def error_of(outcome):
    code, _, err = outcome
    assert code == 2
    assert err.startswith("minode: ")
    assert err.count("\n") == 1
    return err


def test_training_prints_a_line_an_epoch_and_the_result(command):
    code, out, err = command(*TRAIN, "--epochs", 2, "--run", "run")
    assert (code, err) == (0, "")
    first, second, result, cost = out.splitlines()
    assert first.startswith("epoch 1/2  loss ")
    assert second.startswith("epoch 2/2  loss ")
    assert result.startswith("test error ")
    assert cost.startswith("4,780 parameters, ")


def test_the_default_folder_names_the_run(command, tmp_path):
    command(*TRAIN, "--seed", 3)
    assert (tmp_path / "runs" / "mnist-mlp-fast-3" / "result.json").is_file()


def test_options_reach_the_configuration(command, tmp_path):
    options = ["--subset", 40, "--seed", 5, "--tol", 0.01, "--method", "dopri5", "--learning-rate", 0.5]
    command(*TRAIN, "--model", "node", *options, "--run", "run")
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    expected = dict(subset=40, seed=5, tol=0.01, method="dopri5", learning_rate=0.5, epochs=1, batch_size=16)
    assert expected.items() <= config.items()


def test_the_defaults_are_the_thesis_node(monkeypatch):
    seen = {}
    monkeypatch.setattr(train.train_run, "train", lambda folder, given, **options: seen.update(given))
    with pytest.raises(TypeError):
        parser.main(["train", "mnist"])
    assert seen == {"data": "mnist", "model": "node", "recipe": "thesis", "seed": 0}


def test_a_folder_with_a_run_is_refused(trained):
    assert "holds a run; continue it with --resume" in error_of(trained(*TRAIN, "--run", "run"))


def test_a_finished_run_prints_its_result_again(trained):
    code, out, _ = trained("train", "mnist", "--run", "run", "--resume")
    assert code == 0
    assert out.startswith("the run in run is finished\ntest error ")


def test_a_changed_configuration_is_refused(trained):
    error = error_of(trained(*TRAIN, "--run", "run", "--resume", "--seed", 7))
    assert error.endswith("seed is 7, in the run 0\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--resume"], "there is no run in"),
        (["--checkpoint-every", "0"], "checkpoint_every is 0; expected at least 1"),
        (["--epochs", "0"], "epochs is 0"),
        (["--model", "node", "--tol", "nan"], "tol is nan"),
        (["--batch-size", "300"], "batch_size is 300; expected at most 200"),
        (["--init", "none.safetensors"], "none.safetensors"),
    ],
)
def test_bad_options_end_in_one_line(command, arguments, message):
    assert message in error_of(command(*TRAIN, "--run", "run", *arguments))


@pytest.mark.parametrize("model", [name for name in models.MODELS if name not in models.SOLVED])
@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--tol", 0.01], "tol is 0.01"),
        (["--method", "lsoda"], "method is 'lsoda'"),
        (["--tol", 0.01, "--method", "lsoda"], "tol is 0.01 and method is 'lsoda'"),
    ],
)
def test_solver_options_of_a_network_without_a_solver_are_refused(command, tmp_path, model, options, told):
    error = error_of(command(*TRAIN, "--model", model, *options))
    assert error.startswith(f"minode: {told}, but the model {model} has no ODE block")
    assert error.endswith(f"take a model that has one: {', '.join(models.SOLVED)}\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("options", [["--epochs", 0], ["--init", "no.safetensors"], ["--subset", 15], ["--resume"]])
def test_a_refused_run_leaves_no_folder(command, tmp_path, options):
    error_of(command(*TRAIN, *options))
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_checkpoint_is_one_line(trained, tmp_path):
    (tmp_path / "run" / "last.npz").write_bytes(b"PK")
    assert "last.npz' cannot be used" in error_of(trained("train", "mnist", "--run", "run", "--resume"))


def test_a_loss_that_explodes_is_one_line(command):
    assert "training stopped in epoch " in error_of(
        command(*TRAIN, "--epochs", 9, "--learning-rate", 1e6, "--run", "run")
    )


def struck(folder, signals, ignored=()):
    """Start a long run, send it signals in its second epoch, and return its exit code and what it says on stderr."""
    arguments = [sys.executable, "-m", "tests.tiny", *TRAIN, "--epochs", "400", "--run", str(folder)]
    root = tiny.__file__.rsplit("/", 2)[0]
    pipes = dict(stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=root)
    former = {signum: signal.signal(signum, signal.SIG_IGN) for signum in ignored}
    try:
        process = subprocess.Popen(arguments, **pipes)
    finally:
        for signum, handler in former.items():
            signal.signal(signum, handler)
    with process:
        for i, signum in enumerate(signals, start=1):
            assert process.stdout.readline().startswith(f"epoch {i}/400")
            process.send_signal(signum)
        _, err = process.communicate(timeout=300)
    return process.returncode, err


@pytest.mark.parametrize(
    ("name", "code", "word"),
    [("SIGINT", 130, "interrupted"), ("SIGTERM", 143, "terminated"), ("SIGHUP", 129, "terminated")],
)
def test_a_signal_ends_a_run_with_a_checkpoint_and_one_line(name, code, word, tmp_path):
    returned, err = struck(tmp_path / "run", [getattr(signal, name)])
    assert returned == code
    assert err.startswith(f"minode: {word} in epoch ")
    assert err.endswith(f"continue with `minode train mnist --run {tmp_path / 'run'} --resume`\n")
    assert err.count("\n") == 1


def test_what_is_ignored_stays_ignored_and_sigterm_still_ends_a_run(tmp_path):
    """As under `nohup`, in the background of a script that runs on when its terminal closes."""
    ignored = [signal.SIGINT, signal.SIGHUP]
    code, err = struck(tmp_path / "run", [*ignored, signal.SIGTERM], ignored)
    assert code == 143
    assert err.startswith("minode: terminated in epoch ")
    assert int(err.split()[4]) >= 3


def test_evaluation_refuses_a_tolerance_that_the_network_does_not_take(trained):
    assert "but the model mlp has no ODE block" in error_of(trained("evaluate", "run", "--tol", 0.1))
    _, out, _ = trained("evaluate", "run")
    assert out.splitlines()[2].startswith("NFE-F 0.0 a batch")


def test_evaluation_prints_error_cost_and_confusion(command):
    command(*TRAIN, "--model", "node", "--run", "run")
    code, out, _ = command("evaluate", "run", "--split", "validation", "--tol", 0.1, "--method", "rk4")
    assert code == 0
    lines = out.splitlines()
    weights = "weights of epoch 1, trained on 200 of 200 training images, chosen by 50 of 50 validation images"
    assert lines[0] == f"all 50 validation images of mnist; {weights}"
    assert lines[1].startswith("validation error ")
    assert "of 50 images" in lines[1]
    assert lines[2].startswith("tol 0.1, rk4: NFE-F 4.0 a batch")
    confusion = np.array([line.split()[1:] for line in lines[-10:]], int)
    assert confusion.sum() == 50


def test_a_run_on_a_subset_is_evaluated_on_all_images_and_says_so(command):
    command(*TRAIN, "--subset", 40, "--run", "run")
    _, out, _ = command("evaluate", "run")
    assert out.startswith(
        "all 60 test images of mnist; weights of epoch 1, trained on 40 of 200 training images, chosen by"
    )
    assert "chosen by 40 of 50 validation images\n" in out
    assert "of 60 images" in out


def test_a_run_on_other_data_is_evaluated_and_says_so(trained, monkeypatch):
    monkeypatch.setattr(mnist, "load", lambda root=None: tiny.dataset(210))
    code, out, _ = trained("evaluate", "run")
    assert code == 0
    assert "trained on other data: the training images found here are not those of the run" in out


def test_evaluation_says_which_images_before_its_work(trained, monkeypatch, capsys):
    def interrupt(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(evaluation, "evaluate", interrupt)
    code, out, _ = trained("evaluate", "run")
    assert code == 130
    assert out.startswith("all 60 test images of mnist")


def test_prediction_prints_a_line_an_image(trained):
    digits = np.rint(255 * tiny.dataset().test.x[:2, :, :, 0]).astype(np.uint8)
    for i, digit in enumerate(digits):
        Image.fromarray(digit).save(f"{i}.png")
    code, out, _ = trained("predict", "run", "0.png", "1.png")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == ["0.png", "1.png"]
    assert "%)  then " in out
    assert trained("predict", "run", "0.png", "--invert")[1] != out.splitlines()[0] + "\n"


@pytest.mark.parametrize("command_line", [["evaluate", "none"], ["predict", "none", "0.png"], ["export", "none", "x"]])
def test_a_folder_without_a_run_is_one_line(command, command_line):
    assert "no best.npz in 'none', which is no folder; expected a run" in error_of(command(*command_line))


def test_an_unreadable_image_is_one_line(trained):
    assert "cannot read the image 'no.png': No such file" in error_of(trained("predict", "run", "no.png"))


def save_digits(folder, n):
    folder.mkdir()
    for i, digit in enumerate(np.rint(255 * tiny.dataset().test.x[:n, :, :, 0]).astype(np.uint8)):
        Image.fromarray(digit).save(folder / f"{i}.png")


def test_folders_of_images_are_taken_whole(trained, tmp_path):
    save_digits(tmp_path / "a", 2)
    save_digits(tmp_path / "a" / "b", 1)
    save_digits(tmp_path / "c", 3)
    (tmp_path / "a" / "notes.txt").write_text("")
    (tmp_path / "a" / ".hidden.png").write_text("")
    code, out, err = trained("predict", "run", "a", "c/1.png", "c")
    assert code == 0
    names = [line.split()[0] for line in out.splitlines()]
    assert names == ["a/0.png", "a/1.png", "a/b/0.png", "c/1.png", "c/0.png", "c/1.png", "c/2.png"]
    assert err == "minode: a: passed over 1 that are no images\n"
    assert out.splitlines()[3] == out.splitlines()[5]


def test_the_working_folder_is_a_folder(trained, tmp_path, monkeypatch):
    save_digits(tmp_path / "here", 1)
    monkeypatch.chdir(tmp_path / "here")
    assert trained("predict", "../run", ".")[1].startswith("0.png  ")


def test_of_a_folder_what_cannot_be_read_is_named_and_left_out(trained, tmp_path):
    save_digits(tmp_path / "a", 2)
    (tmp_path / "a" / "0.png").write_text("no image")
    code, out, err = trained("predict", "run", "a")
    assert (code, out.count("\n"), err.count("\n")) == (0, 1, 1)
    assert "left out: cannot read the image 'a/0.png'" in err
    assert "cannot read the image 'a/0.png'" in error_of(trained("predict", "run", "a/0.png", "a"))


def test_a_folder_without_images_is_one_line(trained, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "notes.txt").write_text("")
    assert "the folder 'a' holds no image; expected files such as" in error_of(trained("predict", "run", "a"))
    (tmp_path / "a" / "0.png").write_text("no image")
    code, out, err = trained("predict", "run", "a")
    assert (code, out) == (2, "")
    assert err.endswith("minode: none of the 1 images could be read\n")


def test_prediction_loads_the_run_once(trained, tmp_path, monkeypatch):
    loads, load = [], checkpoint.load
    monkeypatch.setattr(checkpoint, "load", lambda path: loads.append(path) or load(path))
    save_digits(tmp_path / "a", 2)
    trained("predict", "run", "a")
    assert len(loads) == 1


@pytest.mark.parametrize(
    ("size", "caution"),
    [
        ((28, 28), None),
        ((280, 280), None),
        ((20, 28), None),
        ((300, 300), "300x300 pixels made 28x28: shrunk from far; crop it to one character"),
        ((28, 56), "28x56 pixels made 28x28: not square; crop it to one character"),
        ((900, 100), "900x100 pixels made 28x28: shrunk from far, not square; crop it to one character"),
    ],
    ids=str,
)
def test_prediction_says_when_an_image_was_shrunk_from_far_or_stretched(trained, size, caution):
    Image.new("L", size).save("image.png")
    line = trained("predict", "run", "image.png")[1]
    assert line.endswith(f"%)  ({caution})\n" if caution else "%)\n")


def test_summary_prints_the_networks_table(command, monkeypatch):
    monkeypatch.setattr(models, "describe_network", lambda *arguments: f"table of {arguments}", raising=False)
    assert command("summary", "resnet", "--channels", 3, "--classes", 36)[1] == "table of ('resnet', 3, 36)\n"


def test_data_tells_what_was_found(command, monkeypatch):
    monkeypatch.setattr(mnist, "describe_data", lambda root: f"MNIST from {root}")
    assert command("data", "mnist", "--root", "here")[1] == "MNIST from here\n"


@pytest.mark.parametrize(
    "arguments", [["train"], ["train", "cifar"], ["train", "mnist", "--model", "x"], ["predict", "run"], ["data"]]
)
def test_wrong_usage_exits_with_code_2(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        parser.main(arguments)
    assert stop.value.code == 2
