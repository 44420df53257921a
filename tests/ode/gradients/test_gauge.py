"""The reconstruction gauge on slow-fast fields: it speaks where the gradient is lost and only there.

Half of the modes contract at rate lambda, half at 0.1, beside a tanh network. Solved backward, an error in the fast
modes grows by exp(lambda T). No solver reports it.
"""

import warnings

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from scipy.integrate import solve_ivp

from minode import ReconstructionWarning, SolverError, count_nfe, odeint
from minode.base.trees import ravel
from minode.gradcheck.problems import detest, stiff
from minode.gradcheck.problems.closed_forms import Problem
from minode.gradcheck.problems.reference import forward_sensitivities
from minode.nn.layers import ConcatConv2D, Tanh, serial
from minode.ode.gradients import gauge
from minode.ode.gradients.gauge import LOST
from minode.ode.solvers.options import SolveOptions
from tests.pairs import name_of, pairs
from tests.problems import ADAPTIVE

RATES = (1, 5, 8, 10, 12, 15, 20, 30, 40)
N = 8


def field(rate):
    contraction = np.repeat([rate, 0.1], N // 2)
    return lambda t, z, params: -contraction * z + anp.tanh(anp.dot(params["W"], z) + params["b"])


def gradient(rate, seed, **options):
    """The gradient in the parameters of a random linear loss, whether the gauge warned, and the counts."""
    rng = np.random.default_rng(seed)
    params = {"W": rng.normal(size=(N, N)) / np.sqrt(N), "b": rng.normal(size=N)}
    z0, weights = rng.normal(size=N), rng.normal(size=N)

    def loss(params):
        return anp.dot(odeint(field(rate), z0, [0.0, 1.0], params, **options)[-1], weights)

    with warnings.catch_warnings(record=True) as caught, count_nfe() as nfe:
        warnings.simplefilter("always", ReconstructionWarning)
        # Far off its trajectory z grows beyond what autograd's formula for tanh can square.
        warnings.simplefilter("ignore", RuntimeWarning)
        gradients = grad(loss)(params)
    warned = any(issubclass(warning.category, ReconstructionWarning) for warning in caught)
    return np.concatenate([g.ravel() for g in gradients.values()]), warned, nfe


@pytest.fixture(scope="module")
def relative_error():
    references = {}

    def error(rate, seed, gradient_given):
        if (rate, seed) not in references:
            exact = dict(method="dop853", rtol=1e-11, atol=1e-12, gradient="checkpointed", checkpoints=20)
            references[rate, seed], _, _ = gradient(rate, seed, **exact)
        return np.linalg.norm(gradient_given - references[rate, seed]) / np.linalg.norm(references[rate, seed])

    return error


SOLVED_WITH = [
    ("vode", 1e-6, 1e-9),
    ("lsoda", 1e-6, 1e-8),
    ("dopri5", 1e-6, 1e-9),
    ("vode", 1e-3, 1e-3),
    ("dopri5", 1e-4, 1e-6),
]


@pytest.mark.parametrize(("rate", "seed", "solver"), pairs(RATES, range(3), SOLVED_WITH), ids=name_of)
def test_the_gauge_warns_of_wrong_gradients_and_only_of_those(rate, seed, solver, relative_error):
    method, rtol, atol = solver
    result, warned, nfe = gradient(rate, seed, method=method, rtol=rtol, atol=atol)
    error = relative_error(rate, seed, result)
    if error >= 1e-2:
        assert warned, f"gradient wrong by {error:.1e}, reconstruction error {nfe.reconstruction_error:.1e}"
    if error <= 1e-4:
        assert not warned, f"gradient good to {error:.1e}, reconstruction error {nfe.reconstruction_error:.1e}"


@pytest.mark.parametrize("method", ["lsoda", "vode", "dopri5", "dop853"])
def test_both_sides_of_the_gauge_are_reached(method, relative_error):
    good, warned_of_good, _ = gradient(1, 0, method=method, rtol=1e-6, atol=1e-9)
    bad, warned_of_bad, nfe = gradient(30, 0, method=method, rtol=1e-6, atol=1e-9)
    assert relative_error(1, 0, good) < 1e-4
    assert relative_error(30, 0, bad) > 1e-2
    assert (warned_of_good, warned_of_bad) == (False, True)
    assert nfe.reconstruction_error > 1


@pytest.mark.parametrize("rate", [rate for rate in RATES if rate <= 30])
@pytest.mark.parametrize("method", ["lsoda", "vode", "dopri5", "dop853"])
def test_checkpoints_hold_the_gradient(rate, method, relative_error):
    result, warned, _ = gradient(rate, 0, method=method, rtol=1e-6, atol=1e-9, gradient="checkpointed")
    assert relative_error(rate, 0, result) < 1e-5
    assert not warned


@pytest.mark.filterwarnings("ignore:overflow encountered")
def test_a_backward_solve_that_blows_up_says_so():
    # Backward, dz/dt = -z**3 leaves its forward trajectory for infinity once the error at 0 has grown enough.
    def loss(k):
        return odeint(lambda t, z, k: -k * z**3 - 40 * z, np.array([1.0]), [0.0, 1.0], k, rtol=1e-3, atol=1e-3)[-1, 0]

    with pytest.raises(SolverError, match=r"backward solve from t = 1 to 0.*checkpointed"):
        grad(loss)(5.0)


@pytest.mark.parametrize(
    ("tighter", "still_lost"),
    [(dict(rtol=1e-11, atol=1e-13), False), (dict(adjoint_rtol=1e-11, adjoint_atol=1e-13), True)],
    ids=["both solves", "backward only"],
)
def test_only_tighter_tolerances_of_both_solves_bring_z_back(tighter, still_lost):
    # A backward solve however exact starts from the forward solve's error at T, and that is what grows.
    options = dict(method="vode", rtol=1e-6, atol=1e-9)
    assert gradient(15, 0, **options)[1]
    assert gradient(15, 0, **(options | tighter))[1] is still_lost


def test_the_warning_shows_once_a_place_under_pythons_default_filter():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        warnings.filterwarnings("ignore", category=RuntimeWarning)
        loss = grad(lambda params: anp.sum(odeint(field(30), np.ones(N), [0.0, 1.0], params, atol=1e-9)))
        for scale in (1.0, 1.5):
            loss({"W": scale * np.eye(N), "b": np.arange(N) / N})
    assert [warning.category for warning in caught] == [ReconstructionWarning]


@pytest.mark.parametrize("rate", [1, 30])
def test_observations_close_together_work_like_checkpoints(rate, relative_error):
    _, warned, nfe = gradient(rate, 0, method="vode", rtol=1e-6, atol=1e-9, gradient="checkpointed", checkpoints=30)
    assert not warned
    assert nfe.reconstruction_error < 1e-4


@pytest.mark.filterwarnings("ignore:overflow encountered")
def test_each_line_that_asks_for_a_lost_gradient_is_warned():
    loss = grad(lambda params: anp.sum(odeint(field(30), np.ones(N), [0.0, 1.0], params, atol=1e-9)))
    params = {"W": np.eye(N), "b": np.arange(N) / N}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default", ReconstructionWarning)
        for _ in range(2):
            loss(params)
        loss(params)
    lost = [warning for warning in caught if warning.category is ReconstructionWarning]
    assert len({warning.lineno for warning in lost}) == len(lost) == 2
    assert {warning.filename for warning in lost} == {__file__}


def scaled_field(rate, sizes):
    """The same field in units of its own for each component."""
    unscaled = field(rate)
    return lambda t, z, params: sizes * unscaled(t, z / sizes, params)


def differentiated(loss, params):
    """The gradient as a vector, the texts of ReconstructionWarnings, and the counts."""
    with warnings.catch_warnings(record=True) as caught, count_nfe() as nfe:
        warnings.simplefilter("always", ReconstructionWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        found = grad(loss)(params)
    return ravel(found), [str(w.message) for w in caught if w.category is ReconstructionWarning], nfe


def distance(found, exact):
    return np.linalg.norm(found - exact) / np.linalg.norm(exact)


def scipys_rk45(rhs, y0, t, rtol, atol):
    """A black box."""
    return solve_ivp(rhs, (t[0], t[-1]), y0, "RK45", t_eval=t, rtol=rtol, atol=atol).y.T


SIZES = {
    "one tiny": np.array([1e-5, *[1.0] * (N - 1)]),
    "all different": 10.0 ** np.arange(-4, 4),
    "the slow ones large": np.repeat([1e-4, 1e4], N // 2),
}


@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize(("rate", "lost"), [(5, False), (30, True)])
def test_small_components_are_seen_beside_large_ones(sizes, rate, lost):
    rng = np.random.default_rng(3)
    params = {"W": rng.normal(size=(N, N)) / np.sqrt(N), "b": rng.normal(size=N)}
    z0, options = sizes * rng.normal(size=N), dict(method="dopri5", rtol=1e-6, atol=1e-9 * sizes)

    def loss(params):
        return anp.sum(odeint(scaled_field(rate, sizes), z0, [0.0, 1.0], params, **options)[-1] / sizes)

    _, told, nfe = differentiated(loss, params)
    assert bool(told) is lost
    assert (nfe.reconstruction_error > LOST) is lost


@pytest.mark.filterwarnings("ignore:overflow encountered")
def test_robertsons_gradient_does_not_leave_without_a_word():
    """The second species, 1e-5 beside 1, runs away on the way back; the right gradient is of the order of one."""
    problem = stiff.PROBLEMS["Robertson to 0.3"]
    found, told, _ = differentiated(
        lambda params: odeint(problem.f, problem.z0, problem.t, params)[-1, 0], problem.params
    )
    assert np.linalg.norm(found) > 1e100
    assert len(told) == 1


@pytest.mark.parametrize("method", ["lsoda", "dopri5", "dopri5-np"])
def test_a_body_that_falls_to_its_last_speed_is_warned_of(method):
    problem = detest.PROBLEMS["E4, 0.32"]
    g = np.array([[0.0, 0.0], [1.0, 1.0]])
    exact = forward_sensitivities(problem, g)

    def loss(inputs):
        return anp.sum(g * odeint(problem.f, inputs[0], problem.t, inputs[1], method=method))

    found, told, _ = differentiated(loss, (problem.z0, problem.params))
    assert distance(found[:2], exact[:2]) > 1e-2
    assert len(told) == 1


@pytest.mark.parametrize("method", ADAPTIVE)
@pytest.mark.parametrize("periods", [0.3, 1, 3])
def test_nothing_is_said_of_an_oscillator_forced_from_rest(method, periods):
    """Both components start at zero, and after whole periods of the force they are back there."""
    frequency, params = 6.0, np.array([1.5, 2.0])
    T = periods * np.pi

    def f(t, z, params):
        force, omega = params
        x, v = z
        return [v, force * anp.cos(frequency * t) - omega**2 * x]

    def v_in_closed_form(params):
        force, omega = params
        return force * (omega * anp.sin(omega * T) - frequency * anp.sin(frequency * T)) / (omega**2 - frequency**2)

    found, told, _ = differentiated(
        lambda params: odeint(f, np.zeros(2), [0.0, T], params, method=method)[-1, 1], params
    )
    exact = grad(v_in_closed_form)(params)
    assert distance(found, exact) < 1e-3
    assert not told


def relaxing(rate, slow):
    def f(t, z, W):
        return anp.stack([-rate * (z[0] - 1.0), W * z[0] - slow * z[1]])

    return f


@pytest.mark.parametrize(
    ("rate", "method"), [*((30.0, method) for method in [*ADAPTIVE, scipys_rk45]), (20.0, "lsoda"), (60.0, "dopri5")]
)
def test_a_lost_z_that_a_does_not_feel_is_not_warned_of(method, rate):
    """Where all modes decay alike, a is small where z is wrong, by the same factor."""
    exact = (1 - np.exp(-rate)) / rate + np.exp(-rate)
    options = dict(method=method, rtol=1e-6, atol=1e-9)
    found, told, nfe = differentiated(
        lambda W: odeint(relaxing(rate, rate), np.array([2.0, 0.0]), [0.0, 1.0], W, **options)[-1, 1], 1.0
    )
    assert distance(found, exact) < 1e-3
    assert nfe.reconstruction_error > LOST
    assert not told


@pytest.mark.parametrize("method", [*ADAPTIVE, scipys_rk45])
@pytest.mark.parametrize("span", [[0.0, 1.0], [1.0, 0.0], [-2.0, -3.0]], ids=str)
def test_a_slow_mode_that_listens_to_a_lost_one_is_warned_of(method, span):
    rate, sign = 25.0, np.sign(span[1] - span[0])
    f = relaxing(rate, 0.0)
    options = dict(method=method, rtol=1e-6, atol=1e-9)
    found, told, _ = differentiated(
        lambda W: odeint(lambda t, z, W: sign * f(t, z, W), np.array([2.0, 0.0]), span, W, **options)[-1, 1], 1.0
    )
    assert distance(found, 1 + (1 - np.exp(-rate)) / rate) > 1e-2
    assert len(told) == 1


def test_a_field_that_no_longer_listens_at_the_start_is_warned_of_all_the_same():
    """The slow mode listens to the lost one in the second half only, so that at t = 0 nothing is felt any more."""
    rate = 60.0

    def f(t, z, W):
        return anp.stack([-rate * (z[0] - 1.0), W * z[0] / (1 + anp.exp(-100 * (t - 0.5)))])

    found, told, _ = differentiated(
        lambda W: odeint(f, np.array([2.0, 0.0]), [0.0, 1.0], W, method="dopri5", rtol=1e-6, atol=1e-9)[-1, 1], 1.0
    )
    assert distance(found, 0.5) > 1e-2
    assert len(told) == 1


@pytest.mark.parametrize("n_steps", [60, 300])
def test_steps_of_equal_length_are_gauged_too(n_steps):
    """Each step backward of a stable method multiplies the error of the fast mode: more steps do not help for long."""
    rate = 40.0
    found, told, nfe = differentiated(
        lambda W: odeint(
            relaxing(rate, 0.0), np.array([2.0, 0.0]), [0.0, 1.0], W, method="rk4", n_steps=n_steps, rtol=1e-6
        )[-1, 1],
        1.0,
    )
    wrong = bool(distance(found, 1 + (1 - np.exp(-rate)) / rate) > 1e-2)
    assert bool(told) is wrong
    assert nfe.backward == 4 * n_steps
    assert nfe.gauge in ([4 * n_steps, 8 * n_steps] if nfe.reconstruction_error > LOST else [0])


def batch_with_a_fast_row(rate, rows, row, observed, **options):
    """A batch through a network, one row contracting; the loss looks at the observed rows."""
    rng = np.random.default_rng(0)
    z0, weights = rng.normal(size=(2, rows, 4))
    contraction = np.full((rows, 4), 0.1)
    contraction[row, :2] = rate
    weights[[i for i in range(rows) if i not in observed]] = 0

    def loss(W):
        def f(t, z, W):
            return anp.tanh(anp.dot(z, W)) - contraction * z

        return anp.sum(weights * odeint(f, z0, [0.0, 1.0], W, **options)[-1])

    return loss, rng.normal(size=(4, 4))


@pytest.mark.parametrize("method", ["lsoda", "vode", "dopri5"])
def test_one_row_lost_in_a_batch_is_seen(method):
    exactly = dict(method="dop853", gradient="checkpointed", checkpoints=20)
    (loss, W), (exact_loss, _) = (
        batch_with_a_fast_row(30.0, 128, 77, [77], **options) for options in (dict(method=method), exactly)
    )
    found, told, nfe = differentiated(loss, W)
    exact, told_of_exact, _ = differentiated(exact_loss, W)
    assert nfe.reconstruction_error > 1
    assert distance(found, exact) > 1e-2
    assert (len(told), len(told_of_exact)) == (1, 0)


def test_a_row_that_the_loss_does_not_see_may_be_lost():
    loss, W = batch_with_a_fast_row(30.0, 128, 77, range(70), method="dopri5")
    _, told, nfe = differentiated(loss, W)
    assert nfe.reconstruction_error > 1
    assert not told


def test_one_image_lost_in_a_convolutional_batch_is_seen():
    """At the tolerance and in the precision of ordinary training."""
    layer = serial(ConcatConv2D(4, 3, padding=1), Tanh())
    rng = np.random.default_rng(0)
    _, params = layer.init(rng, (6, 6, 4))
    z0 = rng.normal(size=(128, 6, 6, 4)).astype(np.float32)
    told = {}
    for rate in (0.1, 12.0):
        contraction = np.full((128, 1, 1, 4), 0.1, np.float32)
        contraction[77, ..., :2] = rate

        def f(t, z, params, contraction=contraction):
            return layer.apply(params, z, t) - contraction * z

        def loss(params, f=f):
            z = odeint(f, z0, [0.0, 1.0], params, method="dopri5-np", rtol=1e-3, atol=1e-3)[-1]
            return anp.sum(z[77] ** 2)

        _, told[rate], _ = differentiated(loss, params)
    assert not told[0.1]
    assert len(told[12.0]) == 1


@pytest.mark.parametrize("method", ["lsoda", "dopri5", "dopri5-np"])
def test_nothing_is_said_of_what_was_not_asked_for(method):
    """Of a slow mode that listens to a lost one, the gradient in W is wrong, and that in z0 does not depend on z."""
    rate, W = 40.0, 1.5

    def loss(z0, W):
        return odeint(relaxing(rate, 0.0), z0, [0.0, 1.0], W, method=method, rtol=1e-6, atol=1e-9)[-1, 1]

    exact = np.array([W * (1 - np.exp(-rate)) / rate, 1.0])
    found, told, nfe = differentiated(lambda z0: loss(z0, W), np.array([2.0, 0.0]))
    assert distance(found, exact) < 1e-3
    assert nfe.reconstruction_error > LOST
    assert not told
    assert len(differentiated(lambda W: loss(np.array([2.0, 0.0]), W), W)[1]) == 1


def lorenz(t, z, p):
    x, y, w = z
    return [p[0] * (y - x), x * (p[1] - w) - y, x * y - p[2] * w]


@pytest.mark.parametrize("method", ["lsoda", "dopri5", "dopri5-np"])
def test_a_second_end_too_far_off_is_brought_nearer(method):
    """The tolerances alone would move z by ten to twenty times of what it was missed by, and the gradient with it."""
    problem = Problem("Lorenz", lorenz, np.ones(3), np.array([10.0, 28.0, 8 / 3]), np.array([0.0, 1.0]), None)
    g = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    exact = forward_sensitivities(problem, g)[3:]
    found, told, nfe = differentiated(
        lambda p: odeint(lorenz, problem.z0, problem.t, p, method=method)[-1, 2], problem.params
    )
    assert distance(found, exact) < 1e-3
    assert nfe.reconstruction_error > LOST
    assert nfe.gauge > 1.5 * nfe.backward
    assert not told


@pytest.mark.parametrize(("atol", "lost"), [(1e-8, True), (1e-12, False)])
def test_a_state_that_ends_below_atol_is_warned_of(atol, lost):
    """A substrate that an enzyme has used up, Michaelis-Menten: z(T) is 2e-9."""
    problem = Problem(
        "used up", lambda t, z, p: -p[0] * z / (p[1] + z), np.ones(1), np.array([1.0, 0.1]), np.array([0.0, 3.0]), None
    )
    exact = forward_sensitivities(problem, np.array([[0.0], [1.0]]))[1:]
    found, told, _ = differentiated(
        lambda p: odeint(problem.f, problem.z0, problem.t, p, method="dopri5-np", atol=atol)[-1, 0], problem.params
    )
    assert bool(distance(found, exact) > 1e-2) is lost
    assert bool(told) is lost


def test_what_is_advised_depends_on_what_is_in_use():
    texts = {}
    for way in (dict(gradient="adjoint"), dict(gradient="checkpointed", checkpoints=2)):
        f = relaxing(80.0, 0.0)
        _, told, _ = differentiated(
            lambda W, f=f, way=way: odeint(f, np.array([2.0, 0.0]), [0.0, 1.0], W, method="dopri5", **way)[-1, 1], 1.0
        )
        (texts[way["gradient"]],) = told
    assert "gradient='checkpointed'" in texts["adjoint"]
    assert "more checkpoints" in texts["checkpointed"]
    assert "checkpointed'" not in texts["checkpointed"]
    assert all("Use gradient='interpolated' with an adaptive method" in text for text in texts.values())
    assert all("gradient='backprop' with method='rk4' or 'dopri5-np'" in text for text in texts.values())


def test_a_second_solve_that_fails_is_a_gradient_that_is_felt():
    def fails(z_end):
        raise ZeroDivisionError

    watch = gauge.Gauge(np.zeros((2, 2)), np.ones((2, 2)), np.ones(3), SolveOptions())
    watch.look(0, (np.ones(2), np.ones(2), np.ones(3)), fails)
    with pytest.warns(ReconstructionWarning):
        watch.report(np.ones(2), np.ones(3), checkpointed=False)


def looked(missed, growth, feels):
    """How a gauge finds a flow that multiplies errors by `growth`, a by `feels` times z; and how often it solved."""
    z, ends = np.ones((2, 2)), []

    def solve(z_end):
        ends.append(z_end)
        z0 = 1.0 + missed + growth * (z_end - 1.0)
        return z0, np.ones(2) + feels * (z0 - 1.0), np.zeros(0)

    watch = gauge.Gauge(z, np.eye(2), np.zeros(0), SolveOptions())
    solved = solve(z[1])
    ends.clear()
    watch.look(0, solved, solve)
    return watch.untrusted, len(ends)


@pytest.mark.parametrize("growth", [1e5, 1e8, 1e12, np.array([1e5, 1e9])], ids=str)
@pytest.mark.parametrize(("feels", "felt"), [(1.0, True), (1e-3, False)])
def test_the_change_is_that_at_the_distance_by_which_z_was_missed(growth, feels, felt):
    assert looked(0.05, growth, feels) == (felt, 1 if np.max(growth) < 1e6 else 2)


@pytest.mark.parametrize(
    ("component", "error"), [(0, pytest.approx(1.0)), (1, pytest.approx(0, abs=1e-5)), (2, pytest.approx(5e-10))]
)
def test_tolerances_may_differ_by_component(component, error):
    """One distance is all of the first component, within the tolerance of the second, and little of the third."""
    z, z_end = np.array([1e-9, 1e-9, 0.0]), np.array([0.0, 1e-9, 2.0])
    atol, back = np.array([1e-14, 1e-3, 1e-3]), z.copy()
    back[component] += 1e-9
    with count_nfe() as nfe:
        gauge.Gauge(np.stack([z, z_end]), np.zeros((2, 3)), np.zeros(0), SolveOptions(atol=atol)).look(
            0, (back, z, np.zeros(0)), lambda z_end: (z_end, z, np.zeros(0))
        )
    assert nfe.reconstruction_error == error


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_end_of_the_second_solve_differs_even_below_rounding(dtype):
    z = np.linspace(1, 2, 50).astype(dtype)
    nudged = gauge._nudged(z, 1e-18, 1e-18)
    assert nudged.dtype == dtype
    assert (nudged != z).mean() > 0.9
    assert np.abs(nudged / z - 1).max() < 100 * np.finfo(dtype).eps


def test_a_gradient_that_overflows_is_refused():
    """dP/dW is exp(100), which float64 holds and the parameter's own float32 does not."""
    W = np.array([100.0], np.float32)
    with pytest.raises(SolverError, match=r"gradient is inf.*float32.*checkpointed"):
        grad(lambda W: odeint(lambda t, z, W: W * z, np.ones(1), [0.0, 1.0], W, method="dopri5")[-1, 0])(W)


def unstable(t, z, rate):
    """Rests at 0 and at 1, and leaves 1 at this rate."""
    return rate * z * (z - 1.0)


@pytest.mark.parametrize(
    ("f", "z0", "absurd"),
    [
        (unstable, 1.0, True),
        (lambda t, z, rate: rate * z, 1e-3, False),
        (lambda t, z, rate: rate * z, 0.0, False),
        (lambda t, z, rate: rate * (z - 1e-3), 0.5, False),
    ],
    ids=["an unstable rest", "growth", "growth from zero", "growth from a point"],
)
def test_a_gradient_beyond_all_measure_is_warned_of_and_growth_is_not(f, z0, absurd):
    found, told, _ = differentiated(lambda z0: odeint(f, z0, [0.0, 1.0], 50.0, method="dopri5")[-1, 0], np.array([z0]))
    assert distance(found, np.exp(50.0)) < 1e-2
    assert bool(told) is absurd
    assert all("absurdly large" in text for text in told)
