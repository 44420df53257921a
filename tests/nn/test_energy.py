"""Hamilton's equations of a learned energy: their derivatives, and what they keep."""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad, make_vjp

from minode import odeint
from minode.base.trees import ravel, tree_map
from minode.nn.energy import hamiltonian
from minode.nn.layers import Dense, Layer, Softplus, Tanh, serial

H = serial(Dense(5), Tanh(), Dense(4), Softplus(), Dense(1))
TIGHT = dict(rtol=1e-10, atol=1e-10)
WAYS = {
    "lsoda": dict(method="lsoda", **TIGHT),
    "dopri5": dict(method="dopri5", **TIGHT),
    "interpolated": dict(method="dopri5", gradient="interpolated", **TIGHT),
    "checkpointed": dict(method="vode", gradient="checkpointed", **TIGHT),
    "rk4": dict(method="rk4", n_steps=20, gradient="backprop"),
}


def energy_alone(function):
    """A layer without parameters."""
    return Layer("energy", lambda rng, shape: ((1,), ()), lambda params, z, t=0.0: function(z))


@pytest.fixture
def params():
    """Random weights, large enough to bend the flow."""
    return tree_map(lambda W: 2.0 * W, H.init(np.random.default_rng(0), (4,))[1])


@pytest.fixture
def z0():
    return np.random.default_rng(1).normal(size=(2, 4))


def test_a_spring_turns_in_a_circle(z0):
    f = hamiltonian(energy_alone(lambda z: 0.5 * anp.sum(z**2, axis=-1, keepdims=True)))
    z = odeint(f, z0, [0.0, 1.0], **TIGHT)[-1]
    c, s = np.cos(1.0), np.sin(1.0)
    np.testing.assert_allclose(z, np.hstack([c * z0[:, :2] + s * z0[:, 2:], c * z0[:, 2:] - s * z0[:, :2]]), rtol=1e-8)


def test_the_field_is_that_by_finite_differences(params, z0):
    slopes = hamiltonian(H)(0.0, z0, params)
    for i in range(4):
        step = 1e-5 * np.eye(4)[i]
        dH = (H.apply(params, z0 + step) - H.apply(params, z0 - step))[:, 0] / 2e-5
        np.testing.assert_allclose(slopes[:, i - 2], dH if i >= 2 else -dH, atol=1e-9)


@pytest.mark.parametrize("options", WAYS.values(), ids=WAYS)
def test_gradients_through_the_solve_are_those_of_finite_differences(params, z0, options):
    """The gradient inside f is differentiated again, by weights, states and times."""

    def loss(W, z0, end):
        t = anp.array([0.0, 0.7, end]) if options["method"] != "rk4" else np.array([0.0, 0.7, 1.5])
        return anp.sum(anp.sin(odeint(hamiltonian(H), z0, t, unravelled(W), **options)))

    def unravelled(W):
        leaves, position = [], 0
        for layer in params:
            part = []
            for leaf in layer:
                part.append(anp.reshape(W[position : position + leaf.size], leaf.shape))
                position += leaf.size
            leaves.append(tuple(part))
        return leaves

    at, rng = (ravel(params), z0, 1.5), np.random.default_rng(2)
    np.testing.assert_array_equal(ravel(unravelled(at[0])), at[0])
    direction = rng.normal(size=at[0].shape), rng.normal(size=z0.shape), 0.5 * (options["method"] != "rk4")
    exact = sum(np.sum(g * d) for g, d in zip(grad(lambda at: loss(*at))(at), direction))
    ends = [loss(*(x + sign * 1e-5 * d for x, d in zip(at, direction))) for sign in (1, -1)]
    assert exact == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-5)


def test_its_flow_keeps_the_energy_and_volumes(params, z0):
    """Liouville: the Jacobian of the flow has determinant 1; a map of four dimensions, row by row."""
    f = hamiltonian(H)
    z = odeint(f, z0, [0.0, 20.0], params, **TIGHT)[-1]
    np.testing.assert_allclose(H.apply(params, z), H.apply(params, z0), atol=1e-7)
    pull, _ = make_vjp(lambda z: odeint(f, z, [0.0, 2.0], params, **TIGHT)[-1])(z0[0])
    jacobian = np.stack([pull(unit) for unit in np.eye(4)])
    np.testing.assert_allclose(np.linalg.det(jacobian), 1.0, rtol=1e-6)
    assert np.abs(jacobian - np.eye(4)).max() > 0.1


def test_an_odd_number_of_components_is_refused(params):
    with pytest.raises(ValueError, match=r"z has the shape \(3,\); expected an even number of components"):
        odeint(hamiltonian(H), np.ones(3), [0.0, 1.0], params)
    with pytest.raises(ValueError, match=r"z has the shape \(\); expected an even number"):
        odeint(hamiltonian(H), 1.0, [0.0, 1.0], params)


def test_a_layer_of_several_numbers_is_no_energy():
    """Their sum would pass for one in silence."""
    layer = serial(Dense(5), Tanh(), Dense(2))
    _, params = layer.init(np.random.default_rng(0), (2,))
    with pytest.raises(ValueError, match=r"the energy has shape \(3, 2\); expected \(3, 1\), one number a state"):
        odeint(hamiltonian(layer), np.ones((3, 2)), [0.0, 1.0], params)
    with pytest.raises(TypeError, match="expected a layer"):
        hamiltonian(lambda params, z: np.sum(z**2))
