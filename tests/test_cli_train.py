"""The commands on runs, as a user types them."""

import json
import signal
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from minode import cli, commands, models
from minode.data import mnist
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
    command(*TRAIN, *options, "--run", "run")
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    expected = dict(subset=40, seed=5, tol=0.01, method="dopri5", learning_rate=0.5, epochs=1, batch_size=16)
    assert expected.items() <= config.items()


def test_the_defaults_are_the_thesis_node(monkeypatch):
    seen = {}
    monkeypatch.setattr(commands.training, "train", lambda folder, given, **options: seen.update(given))
    with pytest.raises(TypeError):
        cli.main(["train", "mnist"])
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
        (["--tol", "nan"], "tol is nan"),
        (["--batch-size", "300"], "batch_size is 300; expected at most 200"),
        (["--init", "none.safetensors"], "none.safetensors"),
    ],
)
def test_bad_options_end_in_one_line(command, arguments, message):
    assert message in error_of(command(*TRAIN, "--run", "run", *arguments))


def test_an_unknown_solver_leaves_the_folder_empty(command):
    assert "unknown method" in error_of(command(*TRAIN, "--model", "node", "--method", "heun", "--run", "run"))
    assert command(*TRAIN, "--run", "run")[0] == 0


def test_a_damaged_checkpoint_is_one_line(trained, tmp_path):
    (tmp_path / "run" / "last.npz").write_bytes(b"PK")
    assert "last.npz' cannot be used" in error_of(trained("train", "mnist", "--run", "run", "--resume"))


def test_a_loss_that_explodes_is_one_line(command):
    assert "training stopped in epoch " in error_of(
        command(*TRAIN, "--epochs", 9, "--learning-rate", 1e6, "--run", "run")
    )


def test_ctrl_c_saves_says_how_to_go_on_and_exits_with_130(tmp_path):
    arguments = [sys.executable, "-m", "tests.tiny", *TRAIN, "--epochs", "400", "--run", str(tmp_path / "run")]
    root = tiny.__file__.rsplit("/", 2)[0]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=root) as process:
        assert process.stdout.readline().startswith("epoch 1/400")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=300)
    assert process.returncode == 130
    assert err.startswith("minode: interrupted in epoch ")
    assert err.endswith(f"continue with `minode train mnist --run {tmp_path / 'run'} --resume`\n")
    assert err.count("\n") == 1


def test_evaluation_prints_error_cost_and_confusion(trained):
    code, out, _ = trained("evaluate", "run", "--split", "validation", "--tol", 0.1)
    assert code == 0
    lines = out.splitlines()
    assert lines[0].startswith("validation error ")
    assert "of 50 images" in lines[0]
    assert lines[1].startswith("tol 0.1, dopri5-np: NFE-F 0.0 a batch")
    confusion = np.array([line.split()[1:] for line in lines[-10:]], int)
    assert confusion.sum() == 50


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
    assert "no best.npz in 'none'" in error_of(command(*command_line))


def test_an_unreadable_image_is_one_line(trained):
    assert "cannot read the image 'no.png': No such file" in error_of(trained("predict", "run", "no.png"))


def test_summary_prints_the_networks_table(command, monkeypatch):
    monkeypatch.setattr(models, "describe", lambda *arguments: f"table of {arguments}", raising=False)
    assert command("summary", "resnet", "--channels", 3, "--classes", 36)[1] == "table of ('resnet', 3, 36)\n"


def test_data_tells_what_was_found(command, monkeypatch):
    monkeypatch.setattr(mnist, "describe", lambda root: f"MNIST from {root}")
    assert command("data", "mnist", "--root", "here")[1] == "MNIST from here\n"


@pytest.mark.parametrize(
    "arguments", [["train"], ["train", "cifar"], ["train", "mnist", "--model", "x"], ["predict", "run"], ["data"]]
)
def test_wrong_usage_exits_with_code_2(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(arguments)
    assert stop.value.code == 2
