"""The reconstruction gauge on slow-fast fields: it speaks where the gradient is lost and only there.

Half of the modes contract at rate lambda, half at 0.1, beside a tanh network. Solved backward, an error in the fast
modes grows by exp(lambda T). No solver reports it.
"""

import warnings

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad

from minode import ReconstructionWarning, SolverError, count_nfe, odeint

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
            exact = dict(method="dop853", rtol=1e-11, atol=1e-12, gradient="checkpointed", checkpoints=80)
            references[rate, seed], _, _ = gradient(rate, seed, **exact)
        return np.linalg.norm(gradient_given - references[rate, seed]) / np.linalg.norm(references[rate, seed])

    return error


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("method", "rtol", "atol"),
    [("vode", 1e-6, 1e-9), ("lsoda", 1e-6, 1e-8), ("dopri5", 1e-6, 1e-9), ("vode", 1e-3, 1e-3), ("dopri5", 1e-4, 1e-6)],
)
def test_the_gauge_warns_of_wrong_gradients_and_only_of_those(rate, seed, method, rtol, atol, relative_error):
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
