"""The sceptic's page: its references are solutions, its rows pass, and what is wrong fails."""

from itertools import cycle

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import jacobian
from autograd.extend import defvjp, primitive

from minode.gradcheck.check import METHODS, compare, run, table
from minode.gradcheck.problems import closed_forms
from minode.gradcheck.problems.closed_forms import Problem
from tests.problems import ADAPTIVE, DIRECTIONS, PROBLEMS, in_direction

SOLVED = [name for name, problem in PROBLEMS.items() if problem.solution]


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("name", SOLVED)
def test_a_closed_form_solves_its_problem(name, direction):
    problem = in_direction(name, direction)
    t, z0, params = problem.t, problem.z0, problem.params
    states = problem.solution(t, z0, params)
    np.testing.assert_allclose(states[0], z0, rtol=1e-14)
    slopes = jacobian(lambda t: problem.solution(t, z0, params))(t)
    for i in range(1, len(t)):
        np.testing.assert_allclose(slopes[i, ..., i], problem.f(t[i], states[i], params), rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("problem", closed_forms.PROBLEMS)
def test_every_way_to_the_gradient_passes(problem):
    rows = compare(problem)
    assert [row for row in rows if not row.passed] == []
    assert [(row.method, row.gradient) for row in rows] == [
        *((method, gradient) for method in ADAPTIVE for gradient in ("adjoint", "checkpointed")),
        *(("rk4", gradient) for gradient in ("adjoint", "checkpointed", "backprop")),
        ("dop853", "differences"),
    ]
    assert {tuple(row.errors) for row in rows} == {("z0", "params", "t0", "inner t", "T")}
    assert max(row.bound for row in rows) == pytest.approx(1e-6)


@pytest.mark.parametrize(("method", "direction"), list(zip(METHODS, cycle(DIRECTIONS))))
def test_tighter_tolerances_pass_tighter_bounds(method, direction):
    rows = compare(in_direction("forced", direction), methods=[method], rtol=1e-10, n_steps=60)
    assert all(row.passed for row in rows)
    assert max(row.bound for row in rows) == pytest.approx(1e-7)


@primitive
def misderived(x):
    return np.sin(x)


# Off by one in a thousand.
defvjp(misderived, lambda ans, x: lambda g: g * np.cos(x) * 1.001)


def test_a_wrong_derivative_fails_everywhere_but_in_the_differences():
    problem = Problem(
        "misderived",
        lambda t, z, params: misderived(params["w"] * t) + 0 * z,
        np.array([0.3]),
        {"w": 1.7},
        np.array([0.1, 0.9]),
        lambda t, z0, params: z0 + (anp.cos(params["w"] * t[0]) - anp.cos(params["w"] * t[:, None])) / params["w"],
    )
    verdicts = {(row.gradient, row.passed) for row in compare(problem, methods=["lsoda", "rk4"])}
    assert verdicts == {("adjoint", False), ("checkpointed", False), ("backprop", False), ("differences", True)}


def test_a_wrong_closed_form_fails_every_row(capsys):
    right = PROBLEMS["logistic"]
    wrong = right._replace(solution=lambda t, z0, params: right.solution(t, z0, params) * (1 + 1e-5 * anp.sum(z0)))
    assert run([wrong], methods=["dopri5"]) is False
    printed = capsys.readouterr().out
    assert printed.count("FAIL") == 3
    assert "0 of 3 rows PASS" in printed


def test_a_problem_of_one_s_own_without_parameters_or_inner_times():
    problem = Problem(
        "growth", lambda t, z, params: z, np.ones(1), (), np.array([0.0, 1.0]), PROBLEMS["exponential"].solution
    )
    assert all(row.passed for row in compare(problem))


def test_constants_among_the_parameters_stay_out_of_the_gradient():
    problem = Problem(
        "chosen",
        lambda t, z, params: -params["rates"][params["which"]] * z,
        [1, 2],
        {"rates": np.array([0.3, 0.8]), "which": 1},
        [0, 1, 2],
        lambda t, z0, params: z0 * anp.exp(-params["rates"][params["which"]] * (t - t[0])[:, None]),
    )
    assert all(row.passed for row in compare(problem, methods=["dopri5", "rk4"]))


def test_the_page_fits_and_explains_itself(capsys):
    assert run(["linear", "forced"], methods=["lsoda", "rk4"], n_steps=20) is True
    page = capsys.readouterr().out.rstrip("\n")
    lines = page.split("\n")
    assert max(map(len, lines)) <= 100
    assert "  lsoda: rtol 1e-09, atol 1e-11" in lines
    assert "  rk4: 20 steps an interval, h up to 0.03" in lines
    assert sum(line.startswith(("linear ", "forced ")) for line in lines) == 2
    assert sum(line.endswith("PASS") for line in lines) == 12 + 1
    assert "minode gradcheck" in page
    assert lines[-1] == "12 of 12 rows PASS"


def test_what_was_not_solved_backward_shows_no_drift():
    rows = compare("linear", methods=["rk4"], n_steps=10)
    cells = [line.split() for line in table(rows).split("\n") if line.startswith(("rk4 ", "dop853 "))]
    assert {cell[1]: cell[8:10] for cell in cells} == {
        **{row.gradient: ["165", f"{row.reconstruction_error:.0e}"] for row in rows[:2]},
        "backprop": ["-", "-"],
        "differences": ["-", "-"],
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(problem="pendulum"), "unknown problem 'pendulum'; expected one of 'linear', 'oscillator', 'logistic'"),
        (dict(problem="linear", methods=["euler"]), "unknown method 'euler'; expected one of 'lsoda'"),
        (dict(problem="linear", rtol=1e-3), "rtol is 0.001; expected a positive number up to 1e-05"),
        (dict(problem="linear", rtol=-1e-9), "rtol is -1e-09; expected"),
        (dict(problem="linear", rtol=float("nan")), "rtol is nan; expected"),
        (dict(problem="linear", n_steps=0), "n_steps is 0; expected at least 1"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        compare(**arguments)
