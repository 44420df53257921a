"""Flows: densities against closed forms and the change of variables, gradients against differences, bad input."""

import re

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad, jacobian, value_and_grad
from autograd.test_util import check_grads
from scipy.linalg import expm
from scipy.stats import multivariate_normal

from minode import count_nfe, odeint
from minode.base.trees import leaves, ravel, tree_map, unravel
from minode.nn.blocks import vector_field
from minode.nn.flows import density_field, log_density, rademacher, sample, standard_normal
from minode.nn.layers import ConcatDense, Dense, ReLU, Softplus, Tanh, elementwise, serial
from minode.ode.straight.replay import every_call_made

FINE = dict(rtol=1e-8, atol=1e-10)
NETWORKS = {
    "tanh": serial(ConcatDense(7), Tanh(), ConcatDense(6), Tanh(), Dense(3)),
    "softplus": serial(Dense(5), Softplus(), ConcatDense(3)),
}


def by_hand(t, z, params):
    """The network "tanh" in autograd.numpy."""
    for W, b in (params[0], params[2]):
        z = anp.tanh(t * W[0] + anp.dot(z, W[1:]) + b)
    return anp.dot(z, params[4][0]) + params[4][1]


@pytest.fixture(params=[*NETWORKS, "in autograd.numpy"])
def flow(request):
    """A field and its parameters, large enough to bend space."""
    network = NETWORKS.get(request.param, NETWORKS["tanh"])
    _, params = network.init(np.random.default_rng(0), (3,))
    f = vector_field(network) if request.param in NETWORKS else by_hand
    return f, tree_map(lambda leaf: 2 * leaf, params)


@pytest.fixture
def x():
    return np.random.default_rng(1).normal(size=(4, 3))


def test_the_density_is_that_of_the_change_of_variables(flow, x):
    f, params = flow

    def to_base(point):
        return odeint(f, point[None], [1.0, 0.0], params, **FINE, method="dopri5-np", gradient="backprop")[-1, 0]

    expected = [standard_normal(to_base(p)) + np.linalg.slogdet(jacobian(to_base)(p))[1] for p in x]
    np.testing.assert_allclose(log_density(f, x, params, **FINE), expected, atol=1e-6, rtol=0)


def linear(t, z, A):
    return anp.dot(z, A.T)


@pytest.mark.parametrize("field", ["by hand", "layer"])
def test_a_linear_field_maps_gaussians_to_gaussians(field, x):
    A = np.random.default_rng(2).normal(size=(3, 3))
    f, params = (linear, A) if field == "by hand" else (vector_field(Dense(3)), (A.T, np.zeros(3)))
    expected = multivariate_normal(cov=expm(A) @ expm(A).T).logpdf(x)
    np.testing.assert_allclose(log_density(f, x, params, **FINE), expected, rtol=1e-7)


def test_samples_have_the_density_of_the_flow(flow):
    f, params = flow
    samples, log_p = sample(f, np.random.default_rng(3), (50, 3), params, **FINE)
    np.testing.assert_allclose(log_density(f, samples, params, **FINE), log_p, atol=1e-6)


def test_samples_of_a_linear_flow_spread_as_they_should():
    A = np.array([[0.3, -0.5], [0.2, 0.1]])
    samples, _ = sample(linear, np.random.default_rng(0), (20_000, 2), A)
    # The spread of an entry of the sample covariance is at most sqrt(2 / n) times the largest variance.
    expected = expm(A) @ expm(A).T
    np.testing.assert_allclose(np.cov(samples.T), expected, atol=5 * np.sqrt(2 / 20_000) * expected.max())


def loss_of(f, x, noise=None, **options):
    """Something of all that comes out, and its gradient in x and params."""

    def loss(arguments):
        log_p, energy, norm = log_density(f, arguments[0], arguments[1], noise=noise, costs=True, **options)
        return anp.sum(anp.sin(log_p) + 0.3 * energy + anp.cos(norm))

    return loss


@pytest.mark.parametrize("hutchinson", [False, True])
def test_gradients_equal_finite_differences(flow, x, hutchinson):
    f, params = flow
    noise = rademacher(np.random.default_rng(4), x.shape) if hutchinson else None
    loss = loss_of(f, x, noise, rtol=1e-9, atol=1e-11, method="dop853")
    point, direction = ravel((x, params)), np.random.default_rng(5).normal(size=ravel((x, params)).size)
    h = 1e-5
    up, down = (loss(unravel((x, params), point + sign * h * direction)) for sign in (1, -1))
    slope = np.dot(ravel(grad(loss)((x, params))), direction)
    assert slope == pytest.approx((up - down) / (2 * h), rel=1e-5)


@pytest.mark.parametrize("gradient", ["checkpointed", "interpolated", "backprop"])
def test_all_ways_to_the_gradient_agree(x, gradient):
    f, (_, params) = vector_field(NETWORKS["softplus"]), NETWORKS["softplus"].init(np.random.default_rng(0), (3,))
    options = dict(method="dopri5-np", **FINE)
    expected = ravel(grad(loss_of(f, x, **options))((x, params)))
    found = ravel(grad(loss_of(f, x, **options, gradient=gradient))((x, params)))
    np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize("hutchinson", [False, True])
@pytest.mark.parametrize("costs", [False, True])
def test_layers_give_what_autograd_gives(x, hutchinson, costs):
    """The kernel against its formula, in all derivatives up to the second, and against nested products."""
    network = NETWORKS["tanh"]
    _, params = network.init(np.random.default_rng(0), (3,))
    noise = rademacher(np.random.default_rng(4), x.shape) if hutchinson else None
    fast, slow = density_field(vector_field(network), noise, costs), density_field(by_hand, noise, costs)
    state = (x, *(np.zeros(4) for _ in fast.parts[1:]))
    for i, (one, other) in enumerate(zip(fast(0.3, state, params), slow(0.3, state, params), strict=True)):
        if i < 3 or not hutchinson:  # Of the Jacobian's norm there are two estimates: J v, and v J.
            np.testing.assert_allclose(one, other, rtol=1e-12)
    kernel = fast.slopes.kernel

    def formula(arguments):
        return kernel.formula(leaves(arguments[1]), arguments[0], 0.3)

    def run(arguments):
        return kernel(arguments[1], arguments[0], 0.3)

    np.testing.assert_allclose(run((x, params)), formula((x, params)), rtol=1e-12)
    check_grads(run, modes=["rev"], order=2)((x, params))


def test_replay_changes_nothing(x):
    network = NETWORKS["tanh"]
    _, params = network.init(np.random.default_rng(0), (3,))
    loss = loss_of(vector_field(network), x)
    fast = value_and_grad(loss)((x, params))
    with every_call_made():
        slow = value_and_grad(loss)((x, params))
    np.testing.assert_array_equal(ravel(fast[1]), ravel(slow[1]))


def test_the_estimated_trace_is_right_on_average(flow):
    f, params = flow
    z, rng = np.repeat(np.random.default_rng(6).normal(size=(1, 3)), 4000, axis=0), np.random.default_rng(7)
    zeros = np.zeros(len(z))
    _, exact = density_field(f)(0.3, (z, zeros), params)
    _, estimates = density_field(f, rademacher(rng, z.shape))(0.3, (z, zeros), params)
    assert abs(estimates.mean() - exact[0]) < 5 * estimates.std() / np.sqrt(len(z))
    assert estimates.std() > 0.01 * abs(exact[0])


def test_costs_of_a_linear_flow_have_closed_forms():
    """f = s z: the path is exp(s (t - 1)) x, the Jacobian s times the identity."""
    s, x = 0.7, np.array([[1.0, 2.0], [0.5, -1.0]])
    _, energy, norm = log_density(lambda t, z, s: s * z, x, s, costs=True, **FINE)
    np.testing.assert_allclose(energy, np.sum(x**2, axis=1) * s / 2 * (1 - np.exp(-2 * s)), rtol=1e-6)
    np.testing.assert_allclose(norm, 2 * s**2, rtol=1e-6)


def test_single_precision_stays(x):
    network = NETWORKS["tanh"]
    _, params = network.init(np.random.default_rng(0), (3,))
    params, x = tree_map(lambda leaf: leaf.astype(np.float32), params), x.astype(np.float32)
    log_p, back = value_and_grad(
        lambda p: anp.sum(log_density(vector_field(network), x, p, method="dopri5-np", rtol=1e-4, atol=1e-4))
    )(params)
    assert {log_p.dtype, *(leaf.dtype for leaf in leaves(back))} == {np.dtype(np.float32)}


def test_layers_without_a_pushforward_are_flows_too(x):
    sine = serial(Dense(3), elementwise("Sine", np.sin, lambda x, y: np.cos(x), formula=anp.sin))
    pushed = serial(
        Dense(3), elementwise("Sine", np.sin, lambda x, y: np.cos(x), anp.sin, curvature=lambda x, y: -np.sin(x))
    )
    _, params = sine.init(np.random.default_rng(0), (3,))
    one, other = (ravel(grad(loss_of(vector_field(net), x))((x, params))) for net in (sine, pushed))
    np.testing.assert_allclose(one, other, rtol=1e-6)


@pytest.mark.parametrize(
    "layer",
    [Dense(3), ConcatDense(3), Tanh(), Softplus(), ReLU(), serial(ConcatDense(5), Softplus(), Dense(2))],
    ids=lambda layer: layer.name,
)
def test_a_pushforward_is_the_jacobian_times_each_vector(layer):
    rng = np.random.default_rng(8)
    _, params = layer.init(rng, (3,))
    stack, kernel = rng.normal(size=(3, 4, 3)), layer.apply
    y, vjp = kernel.pushforward(kernel.prepare(leaves(params)), stack, 0.7)
    apply = jacobian(lambda row: layer.apply(params, row[None], 0.7)[0])
    np.testing.assert_allclose(y[0], layer.apply(params, stack[0], 0.7), rtol=1e-13)
    for point, *moved in zip(stack[0], stack[1:].swapaxes(0, 1), y[1:].swapaxes(0, 1)):
        np.testing.assert_allclose(moved[1], moved[0] @ apply(point).T, rtol=1e-12, atol=1e-14)
    # The product against finite differences, in the stack, the weights and the depth.
    W, g, h = leaves(params), rng.normal(size=y.shape), 1e-6
    direction = [rng.normal(size=np.shape(leaf)) for leaf in (*W, stack, 0.7)]

    def moved_by(step):
        *V, s, t = (leaf + step * d for leaf, d in zip((*W, stack, 0.7), direction))
        return np.sum(g * kernel.pushforward(kernel.prepare(V), s, float(t))[0])

    g_W, g_s, g_t = vjp(g)
    slope = sum(np.sum(part * d) for part, d in zip((*g_W, g_s, g_t), direction))
    assert slope == pytest.approx((moved_by(h) - moved_by(-h)) / (2 * h), rel=1e-7, abs=1e-8)


def test_regularisation_is_counted_but_not_in_the_density(x):
    network = NETWORKS["tanh"]
    _, params = network.init(np.random.default_rng(0), (3,))
    f = vector_field(network)
    with count_nfe() as nfe:
        log_p, *_ = log_density(f, x, params, costs=True, **FINE)
    assert nfe.forward > 0
    np.testing.assert_allclose(log_p, log_density(f, x, params, **FINE), atol=1e-7)


Z, F = np.ones((5, 2)), vector_field(Dense(2))
PARAMS = (np.eye(2), np.zeros(2))
STATES = {
    "a column": ((Z, np.zeros((5, 1))), "log p of the state has shape (5, 1); expected (5,)"),
    "one number for all": ((Z, 0.0), "log p of the state has shape (); expected (5,)"),
    "too few": ((Z, np.zeros(4)), "log p of the state has shape (4,); expected (5,)"),
    "no density": ((Z,), "1 parts; expected the tuple (z, log p)"),
    "points alone": (Z, "ndarray; expected the tuple (z, log p)"),
    "one point": ((Z[0], 0.0), "has shape (2,); expected (batch, d)"),
}


@pytest.mark.parametrize(("state", "message"), STATES.values(), ids=STATES)
@pytest.mark.parametrize("f", [F, lambda t, z, params: z], ids=["layer", "function"])
def test_states_of_wrong_shape_are_refused(f, state, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        odeint(density_field(f), state, [0.0, 1.0], PARAMS)


NOISE = {
    "a function of t": (lambda t: np.ones((5, 2)), TypeError, "drawn before the solve"),
    "a generator": (np.random.default_rng(0), TypeError, "drawn before the solve"),
    "of another shape": (np.ones((4, 2)), ValueError, "noise has shape (4, 2); expected (5, 2)"),
    "normal": (np.full((5, 2), 0.3), ValueError, "noise has the entry 0.3"),
    "NaN": (np.full((5, 2), np.nan), ValueError, "noise is nan at index [0, 0]"),
    "text": ("rademacher", TypeError, "noise is 'rademacher'"),
}


@pytest.mark.parametrize(("noise", "error", "message"), NOISE.values(), ids=NOISE)
def test_noise_that_is_no_array_of_signs_is_refused(noise, error, message):
    with pytest.raises(error, match=re.escape(message)):
        log_density(F, Z, PARAMS, noise=noise)


def test_noise_cannot_be_changed_within_a_solve():
    noise = rademacher(np.random.default_rng(0), Z.shape)
    A = np.array([[0.1, 0.5], [-0.3, 0.2]])
    expected = log_density(lambda t, z, A: anp.dot(z, A), Z, A, noise=noise)

    def flips(t, z, A):
        noise[:] = -noise * np.array([[1.0, -1.0]])
        return anp.dot(z, A)

    np.testing.assert_allclose(log_density(flips, Z, A, noise=noise.copy()), expected, rtol=1e-12)


def test_a_random_field_is_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="without chance"):
        log_density(lambda t, z, params: z + rng.normal(size=z.shape), Z)


def test_a_field_that_mixes_points_is_refused():
    points = np.random.default_rng(0).normal(size=(5, 2))
    for f in (lambda t, z, p: z - anp.mean(z, axis=0), lambda t, z, p: z / anp.std(z), lambda t, z, p: z[::-1]):
        with pytest.raises(ValueError, match="single points"):
            log_density(f, points)


OTHERS = {
    "NaN": (dict(f=F, x=np.full((5, 2), np.nan)), ValueError, "x is nan at index [0, 0]"),
    "no batch": (dict(f=F, x=Z[0]), ValueError, "x has shape (2,); expected (batch, d)"),
    "no points": (dict(f=F, x=Z[:0]), ValueError, "x is empty"),
    "no field": (dict(f=Dense(2), x=Z), TypeError, "expected a function f(t, z, params)"),
    "another dimension": (dict(f=vector_field(Dense(3)), x=Z), ValueError, "f returned shape (5, 3); expected (5, 2)"),
    "a flag": (dict(f=F, x=Z, costs=0.1), TypeError, "costs is 0.1"),
}


@pytest.mark.parametrize(("arguments", "error", "message"), OTHERS.values(), ids=OTHERS)
def test_other_bad_input_is_refused(arguments, error, message):
    params = (np.ones((2, 3)), np.zeros(3)) if message.startswith("f returned") else PARAMS
    with pytest.raises(error, match=re.escape(message)):
        log_density(params=params, **arguments)


@pytest.mark.parametrize(
    ("shape", "message"), [((0, 2), "a sample is empty"), (3, "a sample has shape (3,)"), ((0,), "a sample is empty")]
)
def test_samples_of_no_point_or_no_dimension_are_refused(shape, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        sample(F, np.random.default_rng(0), shape, PARAMS)
