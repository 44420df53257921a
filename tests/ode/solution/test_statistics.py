"""What a solver tells of its steps, against what SciPy counts, and against closed forms."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import odeint as scipys_odeint
from scipy.integrate import solve_ivp

from minode import count_nfe, solve, trajectory

SCIPYS = {"dopri5": "RK45", "dop853": "DOP853", "radau": "Radau", "bdf": "BDF"}
TOLERANCES = dict(rtol=1e-6, atol=1e-8)
SPANS = [[0.0, 30.0], [3.0, 0.0]]
Z0 = np.array([2.0, 0.0])
# Smooth enough for LSODA to stay with Adams' method.
MILD = 0.1


def van_der_pol(t, z, mu):
    return [z[1], mu * (1 - z[0] ** 2) * z[1] - z[0]]


@pytest.mark.parametrize("span", SPANS, ids=["ascending", "descending"])
@pytest.mark.parametrize("method", SCIPYS)
def test_as_scipy_counts(method, span):
    told = trajectory(van_der_pol, Z0, span, 2.0, method=method, **TOLERANCES).statistics
    # Our Jacobian is exact, SciPy's from differences, so that a Newton iteration may stop elsewhere.
    rhs = {"fun": lambda t, z: van_der_pol(t, z, 2.0), "method": SCIPYS[method], **TOLERANCES}
    if method in ("radau", "bdf"):
        rhs["jac"] = lambda t, z: np.array([[0.0, 1.0], [-4.0 * z[0] * z[1] - 1.0, 2.0 * (1 - z[0] ** 2)]])
    truth = solve_ivp(t_span=span, y0=Z0, **rhs)
    assert told.steps == len(truth.t) - 1
    assert_allclose(told.step_times, truth.t[1:], rtol=1e-9, atol=1e-9)
    assert told.jacobians == truth.njev
    # dop853's interpolant takes three more for each step.
    assert told.evaluations == truth.nfev + 3 * told.steps * (method == "dop853")
    assert told.switches == ()


@pytest.mark.parametrize("method", ["dopri5", "dop853", "dopri5-np"])
def test_each_try_takes_its_stages(method):
    told = trajectory(van_der_pol, Z0, SPANS[0], 5.0, method=method, **TOLERANCES).statistics
    stages = 12 if method == "dop853" else 6
    interpolation = 3 * told.steps * (method == "dop853")
    # Two evaluations find the first step.
    assert told.evaluations == 2 + stages * (told.steps + told.rejected) + interpolation
    assert told.rejected > 0


@pytest.mark.parametrize("span", SPANS, ids=["ascending", "descending"])
def test_lsoda_as_scipy_tells(span):
    told = trajectory(van_der_pol, Z0, span, MILD, **TOLERANCES).statistics
    options = dict(args=(MILD,), tfirst=True, full_output=True, mxstep=10_000, **TOLERANCES)
    _, info = scipys_odeint(van_der_pol, Z0, span, tcrit=[span[1]], **options)
    assert [told.evaluations, told.steps, told.jacobians] == [int(info[name][-1]) for name in ("nfe", "nst", "nje")]
    assert told.switches == ()
    assert len(told.step_times) == told.steps
    assert told.step_times[-1] == pytest.approx(span[1])
    # To have it tell where it stands, it is asked beyond its first step, whose length depends on what is asked first.
    shorter = [span[0], span[1] / 2 if span[1] else span[0] / 2]
    times = [*shorter, *np.linspace(shorter[1], span[1], 400)[1:]]
    told = trajectory(van_der_pol, Z0, times, MILD, **TOLERANCES).statistics
    _, info = scipys_odeint(van_der_pol, Z0, times, tcrit=np.full(400, span[1]), **options)
    assert set(np.round(info["tcur"], 10)) <= set(np.round(told.step_times, 10))
    assert told.steps == info["nst"][-1] == len(told.step_times)


def test_lsoda_changes_its_method_where_the_oscillator_jumps():
    solution = trajectory(van_der_pol, Z0, [0.0, 300.0], 100.0)
    switches = solution.statistics.switches
    assert [name for _, name in switches] == ["bdf", "adams"] * (len(switches) // 2) + ["bdf"]
    # It goes back to Adams' method in the jumps alone, where x passes zero within a hundredth of a period.
    times = np.linspace(0, 300, 30_001)
    x = solution(times)[:, 0]
    jumps = times[1:][x[1:] * x[:-1] < 0]
    adams = [t for t, name in switches if name == "adams"]
    assert len(jumps) == 3
    assert_allclose(adams, jumps, atol=1.6)
    # All of them belong to one solve.
    told = solution.statistics
    assert len(told.step_times) == told.steps
    assert set(np.round([t for t, _ in switches], 10)) <= set(np.round(told.step_times, 10))
    assert told.evaluations > told.steps + told.rejected


def test_a_smooth_field_needs_no_change():
    assert trajectory(lambda t, z, W: [z[1], -z[0]], [1.0, 0.0], [0, 20]).statistics.switches == ()


def test_vode_counts_or_keeps_silent():
    told = trajectory(lambda t, z, W: [z[1], -np.sin(z[0])], [3.0, 0.0], [0, 20], method="vode").statistics
    assert told.evaluations > told.steps + told.rejected
    assert len(told.step_times) == told.steps
    # It steps over the end.
    assert told.step_times[-1] > 20 > told.step_times[-2]


def test_all_stretches_are_told_of():
    def thrust(t, z, W):
        return np.array([z[1], 3.0 * (t < 2) - 3.0 * (t > 8)])

    for method in ("lsoda", "dopri5", "radau"):
        told = trajectory(thrust, np.zeros(2), [0.0, 10.0], jumps=[2, 8], method=method).statistics
        assert len(told.step_times) == told.steps
        assert np.isclose(told.step_times[:, None], [2, 8, 10], rtol=1e-12).any(axis=0).all()


def test_a_black_box_tells_its_evaluations_alone():
    def solver(rhs, y0, t, rtol, atol):
        return solve(rhs, y0, t, method="dop853", rtol=rtol, atol=atol)

    told = trajectory(lambda t, z, W: -z, [1.0], [0, 1], method=solver).statistics
    assert told.evaluations > 12
    assert set(told[1:]) == {None}


def test_what_samples_the_solution_is_counted_but_not_told():
    with count_nfe() as nfe:
        told = trajectory(lambda t, z, W: -z, [1.0], [0, 1]).statistics
    assert nfe.forward > 2 * told.evaluations
