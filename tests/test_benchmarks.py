"""The benchmarks run, at a tiny size, and end in one line of JSON; how fast they are is not tested here."""

import json

import pytest

from tests.benchmarks import import_time, memory, small_gradient, timing


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


def test_memory_of_backprop_grows_and_that_of_the_adjoint_does_not(last_line, monkeypatch):
    ways = ("adjoint dopri5", "backprop rk4")
    monkeypatch.setattr(memory, "WAYS", {way: memory.WAYS[way] for way in ways})
    figures = last_line(memory, "--batch", 20, "--width", 50, "--tolerances", 1e-2, 1e-8)
    assert figures.keys() >= set(ways)
    assert figures["adjoint dopri5"]["tightest_over_loosest"] < 1.2
    assert figures["backprop rk4"]["tightest_over_loosest"] > 2


def test_import_time_finds_no_plot_library(last_line):
    figures = last_line(import_time, "--rounds", 1)
    assert figures["minode_s"] == pytest.approx(figures["base_s"] + figures["beyond_numpy_scipy_s"])
    assert figures["imported_too_early"] == []


def test_a_dead_worker_is_not_taken_for_an_answer():
    with timing.Worker("-c", "input()") as worker, pytest.raises(RuntimeError, match="died"):
        worker.ask({"want": "gradient"})


def test_ratio_is_taken_within_rounds():
    # A machine twice as slow in the second round changes neither ratio.
    assert timing.ratio([1.0, 2.0], [4.0, 8.0]) == 0.25
