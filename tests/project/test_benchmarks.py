"""The benchmarks run, at a tiny size, and end in one line of JSON; how fast they are is not tested here."""

import json

import numpy as np
import pytest

from tests import tiny
from tests.benchmarks import (
    import_time,
    layers,
    memory,
    small_gradient,
    stiff_gradients,
    training_memory,
    training_step,
    where_time_goes,
)
from tests.benchmarks.flows import two_moons
from tests.benchmarks.reference import nfe
from tests.benchmarks.shared import products, timing
from tests.benchmarks.sweeps import kills, throughput


@pytest.fixture
def last_line(capsys):
    def run_and_parse(benchmark, *arguments):
        benchmark.main([str(argument) for argument in arguments])
        return json.loads(capsys.readouterr().out.splitlines()[-1])

    return run_and_parse


def test_small_gradient_compares_with_autograd_and_names_absent_peers(last_line):
    figures = last_line(
        small_gradient,
        *("--rounds", 1, "--turn", 0, "--cold-rounds", 1, "--batch", 2, "--hidden", 3, "--peers", "autograd"),
    )
    assert figures["vs_autograd"] > 0
    assert figures["vs_torchdiffeq"] is None
    assert figures["vs_diffrax"] is None
    assert figures["first_gradient_s"].keys() == {"minode", "autograd", "torchdiffeq", "diffrax"}
    assert figures["first_gradient_s"]["minode"] > 0
    assert figures["first_gradient_s"]["torchdiffeq"] is None


def test_small_gradient_refuses_to_time_wrong_answers():
    right = {"loss_error": 1e-8, "gradient_error": 1e-6}
    small_gradient.check({"right": right})
    with pytest.raises(SystemExit, match=r"gradient of wrong$"):
        small_gradient.check({"right": right, "wrong": right | {"gradient_error": float("nan")}})


def test_stiff_gradients_tell_right_from_wrong(last_line):
    ways = ["adjoint, lsoda", "interpolated, lsoda"]
    figures = last_line(
        stiff_gradients,
        "--problems",
        "Robertson to 0.3",
        "--rtol",
        1e-5,
        "--max-steps",
        500,
        "--peers",
        "--ways",
        *ways,
    )
    lost, right = (figures["rows"]["Robertson to 0.3"][way] for way in ways)
    assert right["relative_error"] < 1e-3
    assert right["peak_MiB"] > 0
    assert "error" in lost or lost["warned"]


def test_memory_of_backprop_grows_and_that_of_the_adjoint_does_not(last_line, monkeypatch):
    ways = ("adjoint dopri5", "backprop rk4")
    monkeypatch.setattr(memory, "WAYS", {way: memory.WAYS[way] for way in ways})
    figures = last_line(memory, "--batch", 20, "--width", 50, "--tolerances", 1e-2, 1e-8)
    assert figures.keys() >= set(ways)
    assert figures["adjoint dopri5"]["tightest_over_loosest"] < 1.2
    assert figures["backprop rk4"]["tightest_over_loosest"] > 2


def test_memory_of_a_training_step_grows_for_rknet_and_not_for_the_adjoint(last_line, monkeypatch):
    ways = ("NODE, adjoint", "RK-Net, backprop")
    monkeypatch.setattr(training_memory, "WAYS", {way: training_memory.WAYS[way] for way in ways})
    monkeypatch.setattr(memory, "in_new_process", lambda module, sizes: lambda options: None)
    figures = last_line(training_memory, "--batch", 2, "--tolerances", 1e-2, 1e-4)
    adjoint, rknet = map(figures.get, ways)
    assert adjoint["nfe"][1] > 1.5 * adjoint["nfe"][0]
    assert adjoint["tightest_over_loosest"] < 1.2
    assert rknet["tightest_over_loosest"] > 1.3
    assert rknet["peak_bytes"][0] > 1.5 * adjoint["peak_bytes"][0]


def test_resident_memory_of_a_training_step_is_measured_in_a_new_process():
    resident = memory.in_new_process("tests.benchmarks.training_memory", {"batch": 2})
    peak = resident({"method": "rk4", "gradient": "backprop"})
    # Unknown outside Linux.
    assert peak is None or peak > 2**20


@pytest.fixture
def few_rows(monkeypatch):
    """The two rows of the ratio, at tolerances that even a busy machine meets soon."""
    rows = (training_step.OURS, training_step.PEER)
    monkeypatch.setattr(training_step, "ROWS", {row: training_step.ROWS[row] for row in rows})
    monkeypatch.setattr(training_step, "TIGHT", 1e-4)
    monkeypatch.setattr(training_step, "THREADS", 1)
    ratios = {name: ratio for name, ratio in training_step.RATIOS.items() if {ratio[0], ratio[2]} <= set(rows)}
    monkeypatch.setattr(training_step, "RATIOS", ratios)


def test_training_step_runs_without_its_peer(last_line, few_rows):
    figures = last_line(training_step, "--batch", 2, "--rounds", 1, "--peers")
    assert figures["vs_torchdiffeq"] is None
    assert figures["gradient_distances"] == {}
    ours = figures["rows"][training_step.OURS]
    assert min(ours["nfe"]) > 6
    assert ours["gradient_error"] is None
    assert 0 < ours["f"] < ours["step"]
    assert min(figures["matrix_products"].values()) > 0


def test_training_step_compares_with_torchdiffeq(last_line, few_rows):
    pytest.importorskip("torchdiffeq")
    figures = last_line(training_step, "--batch", 2, "--rounds", 1)
    assert all(figures[name] > 0 for name in training_step.RATIOS)
    assert figures["gradient_distances"]["same_steps_float64"] < 1e-9
    peer = figures["rows"][training_step.PEER]
    assert peer["same_nfe"] == pytest.approx(peer["step"])


def test_training_step_refuses_to_time_wrong_gradients():
    distances = {"same_steps_float64": 1e-14, "same_steps_float32": 1e-4}
    results = {training_step.OURS: {"gradient_error": 0.1}, training_step.PEER: {"gradient_error": 0.2}}
    training_step.check(distances, results)
    training_step.check({}, {training_step.OURS: {"gradient_error": None}})
    with pytest.raises(SystemExit, match=r"gradient of equal steps in float32$"):
        training_step.check(distances | {"same_steps_float32": float("nan")}, results)
    with pytest.raises(SystemExit, match=rf"gradient of {training_step.OURS}$"):
        training_step.check(distances, results | {training_step.OURS: {"gradient_error": 0.3}})


def test_parts_of_a_step_are_taken_to_the_evaluations_of_the_peer():
    seconds = {"step": 1.0, "forward": 0.2, "backward": 0.6, "f": 0.01, "f_aug": 0.02}
    parts = training_step.parts_of([seconds], nfe=(20, 30), peer_nfe=(40, 15))
    assert parts["forward"] == [pytest.approx(0.01)]
    assert parts["backward"] == [pytest.approx(0.02)]
    assert parts["rest"] == [pytest.approx(0.2)]
    # Twice the evaluations forward, half of them backward.
    assert parts["same_nfe"] == [pytest.approx(0.2 + 0.4 + 0.3)]


def test_matrix_products_are_found_and_counted():
    a, b, dot = np.ones((3, 4)), np.ones((2, 4, 5)), np.dot
    found = products.recorded(lambda: (np.dot(a, b[0]), np.matmul(a, b), np.matmul(a, b), np.dot(a, np.ones(4))))
    assert sorted(found.values()) == [1, 2]
    assert sum(n * products.flops(*product) for product, n in found.items()) == 5 * 2 * 3 * 4 * 5
    assert np.dot is dot


@pytest.mark.parametrize("with_torch", [False, True])
def test_layers_are_timed_with_and_without_pytorch(last_line, monkeypatch, with_torch):
    if with_torch:
        pytest.importorskip("torch")
    monkeypatch.setattr(layers, "THREADS", 1)
    monkeypatch.setattr(layers, "find_spec", lambda library: library == "minode" or with_torch)
    figures = last_line(layers, "--batch", 2, "--rounds", 1, "--turn", 0)
    assert figures["rows"].keys() == layers.ROWS.keys()
    for row in figures["rows"].values():
        assert min(row["minode_ms"]) > 0
        assert (row["vs_torch"] is not None) == with_torch


def test_sweeps_are_killed_and_timed(last_line, monkeypatch):
    tiny.install(monkeypatch.setattr)
    figures = last_line(kills, "--kills", 1, "--epochs", 10, "--seeds", "0", "--mean", 0.2)
    assert (figures["kills"], figures["runs_compared"] > 0) == (1, True)
    figures = last_line(throughput, "--epochs", 1, "--subset", 60, "--batch-size", 16, "--seeds", "0", "--jobs", "1")
    assert figures["steps_per_second"]["1"] > 0


@pytest.mark.parametrize("peer", [None, "torchdiffeq"])
def test_a_flow_is_trained_with_and_without_pytorch(last_line, peer):
    if peer:
        pytest.importorskip(peer)
    peers = [peer] if peer else []
    figures = last_line(two_moons, *("--rounds", 2, "--steps", 2, "--held-out", 50), "--peers", *peers)
    assert figures["nll"].keys() == {"minode", *peers}
    assert (figures["vs_torchdiffeq"] is not None) == bool(peer)


def test_flows_that_learned_different_things_are_not_compared():
    two_moons.check({"minode": [3.0, 2.5], "torchdiffeq": [9.0, 2.55]})
    for other in (2.61, float("nan")):
        with pytest.raises(SystemExit, match="no ratio is given"):
            two_moons.check({"minode": [2.5], "torchdiffeq": [other]})


def test_the_reference_counts_both_ways(last_line, monkeypatch):
    pytest.importorskip("torchdiffeq")
    tiny.install(monkeypatch.setattr)
    monkeypatch.setattr(nfe, "BATCH", 2)
    figures = last_line(nfe, "--updates", 2)
    assert figures["nfe_backward_over_nfe_forward"] >= figures["smallest_ratio"] > 0
    assert figures["updates"] == 2


def test_import_time_finds_no_plot_library(last_line):
    figures = last_line(import_time, "--rounds", 1)
    assert figures["minode_s"] == pytest.approx(figures["base_s"] + figures["beyond_numpy_scipy_s"])
    assert figures["imported_too_early"] == []


def branching():
    """A problem for `where_time_goes`."""
    return lambda t, z, W: W * z if t < 1 else -z, np.ones(2), np.array([0.0, 0.5]), 0.3


def test_where_time_goes_tells_of_fields_of_ones_own(last_line):
    figures = last_line(where_time_goes, "one layer", "autograd.numpy", f"{__name__}:branching", "--rounds", 1)
    assert len(figures["rows"]) == 6
    for row in figures["rows"].values():
        assert sum(row[part] for part in where_time_goes.PARTS) > 0
    assert figures["not_replayed"]["autograd.numpy"] is None
    assert "COMPARE" in figures["not_replayed"][f"{__name__}:branching"]


def test_a_dead_worker_is_not_taken_for_an_answer():
    with timing.Worker("-c", "input()") as worker, pytest.raises(RuntimeError, match="died"):
        worker.ask({"want": "gradient"})


def test_ratio_is_taken_within_rounds():
    # A machine twice as slow in the second round changes neither ratio.
    assert timing.ratio([1.0, 2.0], [4.0, 8.0]) == 0.25
