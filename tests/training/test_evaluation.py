"""Evaluation against counting by hand."""

import numpy as np
import pytest
from scipy.special import log_softmax

from minode import count_nfe
from minode.data.dataset import Split
from minode.nn import models
from minode.nn.layers import Layer
from minode.training import evaluation
from minode.training.saved.checkpoint import CheckpointError
from minode.training.train_run import train
from tests import tiny


@pytest.fixture(autouse=True)
def _tiny_network(monkeypatch):
    tiny.install(monkeypatch.setattr)


@pytest.fixture
def run(tmp_path):
    train(tmp_path / "run", tiny.GIVEN | {"model": "node", "epochs": 1})
    return tmp_path / "run"


# A network whose images are their logits.
IDENTITY = Layer("identity", None, lambda params, x, t=0.0: x)


@pytest.mark.parametrize("n", [1, 7, 128, 129])
def test_error_loss_and_confusion_are_those_counted_by_hand(n):
    rng = np.random.default_rng(n)
    z, y = rng.normal(size=(n, 4)).astype(np.float32), rng.integers(0, 4, n)
    found = evaluation.evaluate(IDENTITY, (), Split(z, y))
    confusion = np.zeros((4, 4), int)
    for row, label in zip(z, y):
        confusion[label, row.argmax()] += 1
    np.testing.assert_array_equal(found.confusion, confusion)
    assert found.error == (z.argmax(axis=1) != y).sum() / n
    assert found.loss == pytest.approx(-log_softmax(z.astype(float), axis=1)[np.arange(n), y].mean(), rel=1e-5)


def test_batches_are_solved_one_by_one_and_their_evaluations_averaged(monkeypatch):
    monkeypatch.setattr(evaluation, "BATCH", 20)
    network = models.build("node")
    _, params = network.init(np.random.default_rng(0), (28, 28, 1))
    test = tiny.dataset().test
    found = evaluation.evaluate(network, params, test)
    with count_nfe() as nfe:
        z = np.concatenate([network.apply(params, test.x[i : i + 20]) for i in (0, 20, 40)])
    assert found.nfe_forward == nfe.forward / 3
    assert found.error == np.mean(z.argmax(axis=1) != test.y)


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_a_run_is_evaluated_on_all_images_of_a_split(run, split):
    config, found, _ = evaluation.evaluate_run(run, split)
    assert found.confusion.sum() == len(getattr(tiny.dataset(), split).y)
    assert config.tol == 1e-3


def test_a_network_trained_at_one_tolerance_is_tested_at_another(run):
    loose, tight = (evaluation.evaluate_run(run, tol=tol) for tol in (1e-1, 1e-5))
    assert (loose[0].tol, tight[0].tol) == (1e-1, 1e-5)
    assert loose[1].nfe_forward < tight[1].nfe_forward
    assert loose[1].loss == pytest.approx(tight[1].loss, rel=0.05)


def test_the_best_weights_are_evaluated_not_the_last(run):
    (run / "last.npz").write_bytes(b"")
    assert evaluation.evaluate_run(run, "validation")[1].error == evaluation.load_best(run).best_error


@pytest.mark.parametrize(
    ("changes", "message"), [({"split": "dev"}, "unknown split 'dev'"), ({"tol": 0.0}, "tol is 0.0")]
)
def test_bad_arguments_are_named(run, changes, message):
    with pytest.raises(ValueError, match=message):
        evaluation.evaluate_run(run, **changes)


def test_a_folder_without_a_run_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no best\.npz in .*expected a run with an epoch behind it"):
        evaluation.load_best(tmp_path)


def test_a_damaged_run_is_named(run):
    (run / "best.npz").write_bytes((run / "best.npz").read_bytes()[:1000])
    with pytest.raises(CheckpointError, match=r"best\.npz"):
        evaluation.evaluate_run(run)
