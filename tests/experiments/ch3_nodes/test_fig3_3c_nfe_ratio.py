"""Where the half comes from: the reference script's counter against a closed form, the stages, the backward solve."""

import json

import numpy as np
import pytest

from minode.data import mnist
from minode.experiments.ch3_nodes import digits_node
from minode.experiments.ch3_nodes.fig3_3c_nfe_ratio import claims as nfe_ratio_claims
from minode.experiments.ch3_nodes.fig3_3c_nfe_ratio import compute as nfe_ratio
from minode.experiments.common import reference_log
from minode.experiments.common.verdicts import FAILS, HOLDS
from tests import tiny

SMALL = dict(n_updates=5, n_seeds=2, sizes=(1e-4, 0.1))


@pytest.fixture(scope="module", autouse=True)
def _small():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mnist, "load", lambda root=None: tiny.dataset())
        # A tight one takes a second on networks that are hardly trained.
        patch.setattr(nfe_ratio, "REFERENCE", dict(method="dop853", tol=1e-4))
        yield


@pytest.fixture(scope="module")
def data(_small):
    return nfe_ratio.compute(seed=0, **SMALL)


class _Counter:
    """The reference script's counter and meter, as there: attributes that the loop sets."""

    def __init__(self):
        self.nfe, self.avg, self.val = 0, 0, None

    def update(self, val):
        self.avg = val if self.val is None else self.avg * 0.99 + val * (1 - 0.99)
        self.val = val


def test_the_log_is_that_of_the_scripts_own_loop():
    rng = np.random.default_rng(0)
    forward, backward, steps, passes = rng.integers(20, 40, 50), rng.integers(15, 30, 50), 7, 3
    block, f_meter, b_meter, lines = _Counter(), _Counter(), _Counter(), []
    for itr in range(50):
        block.nfe += forward[itr]
        nfe_forward, block.nfe = block.nfe, 0
        block.nfe += backward[itr]
        nfe_backward, block.nfe = block.nfe, 0
        f_meter.update(nfe_forward)
        b_meter.update(nfe_backward)
        if itr % steps == 0:
            for _ in range(passes):
                block.nfe += forward[itr]
            lines.append((f_meter.avg, b_meter.avg))
    np.testing.assert_allclose(np.transpose(reference_log.logged(forward, backward, steps, passes)), lines)


@pytest.mark.parametrize("name", list(reference_log.DATA_SETS))
def test_the_inflation_has_a_closed_form(name):
    n_train, n_logged = reference_log.DATA_SETS[name]
    steps, passes = n_train // 128, n_train // 1000 + n_logged // 1000
    by_epoch = reference_log.inflation_by_epoch(n_train, n_logged)
    assert len(by_epoch) == 150
    assert by_epoch[0] == 1
    # What an epoch leaves in the average, summed over all epochs so far as a geometric series.
    assert by_epoch[-1] == pytest.approx(1 + passes * 0.01 * 0.99 ** (steps - 1) / (1 - 0.99**steps))


def test_short_epochs_inflate_the_log_and_long_ones_do_not():
    last = {name: reference_log.inflation_by_epoch(*sizes)[-1] for name, sizes in reference_log.DATA_SETS.items()}
    assert last["MNIST"] < 1.01
    assert last["UFPR-AMR"] > 1.15


def solver(whole, seminorm):
    counts = {"nfe_forward": [20, 20, 20], "size": [1e-3] * 3}
    return counts | {norm: {"nfe_backward": [[*row]] * 3} for norm, row in (("whole", whole), ("seminorm", seminorm))}


def test_each_stage_is_judged_by_its_own_ratio():
    stages = nfe_ratio_claims.judge_halves(solver((10, 30, 12), (10, 24, 10)), {"short": [1.0, 1.2]})
    means = {name: stage["mean"] for name, stage in stages.items()}
    assert means == pytest.approx({"controlled": 1.5, "as it is": 0.6, "seminorm": 0.5, "logged, short": 0.5})
    assert stages["controlled"]["verdict"] == FAILS
    assert stages["seminorm"]["verdict"] == stages["logged, short"]["verdict"] == HOLDS


def test_control_over_a_costs_evaluations_and_buys_accuracy(data):
    for results in data["solvers"].values():
        free, controlled, _ = np.sum(results["whole"]["nfe_backward"], axis=0)
        assert free < controlled
    free, controlled, _ = np.mean([r["whole"]["gradient_error"] for r in data["solvers"].values()], axis=(0, 1))
    assert controlled < free


def test_the_seminorm_spares_evaluations(data):
    whole, seminorm = (
        sum(np.sum(results[norm]["nfe_backward"]) for results in data["solvers"].values())
        for norm in ("whole", "seminorm")
    )
    assert seminorm < whole


def test_the_record_can_be_written_down_and_the_same_seed_gives_it_again(data):
    node = digits_node.train(0, SMALL["n_updates"], *digits_node.digits())
    again = nfe_ratio.measure(node, SMALL["sizes"])
    json.dumps(data, allow_nan=False)
    for method, results in again.items():
        recorded = data["solvers"][method]
        assert results["nfe_forward"] == recorded["nfe_forward"][0]
        assert results["whole"] == {name: column[0] for name, column in recorded["whole"].items()}


def test_figure_and_table_show_what_is_computed(data):
    figure, text = nfe_ratio.draw(data), nfe_ratio.table(data)
    assert len(figure.axes) == 4
    assert f"{data['stages']['vode']['controlled']['mean']:.2f}" in text
    assert data["verdict"] in text
