"""A step in parts is the step of the whole: the same network without shards has no parts, and must give the same."""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import value_and_grad

import minode.base.threads
from minode import SolverError, count_nfe, odeint, solve
from minode.base.trees import leaves, ravel, tree_map
from minode.nn.blocks import vector_field
from minode.nn.layers import ConcatConv2D, Dense, GroupNorm, Tanh, elementwise, serial
from minode.ode.field.parts import augmented_in_parts, field_in_parts
from minode.ode.gradients.adjoint import augmented_dynamics

TIMES = np.array([0.0, 0.3, 1.0])


def network(name, shard=None):
    layers = {
        "images": (GroupNorm(2), Tanh(), ConcatConv2D(4, 3, padding=1), GroupNorm(2)),
        "rows": (Dense(6), Tanh(), Dense(4)),
        "no parameters": (Tanh(),),
    }
    return serial(*layers[name], shard=shard)


def problem(name, batch, dtype=np.float64):
    rng = np.random.default_rng(0)
    shape = (3, 3, 4) if name == "images" else (4,)
    _, params = network(name).init(rng, shape)
    z0, g = rng.standard_normal((batch, *shape)), rng.standard_normal((3, batch, *shape))
    return z0.astype(dtype), tree_map(lambda W: W.astype(dtype), params), g


def gradients(field, z0, params, g, **options):
    def loss(inputs):
        return anp.sum(g.astype(z0.dtype) * odeint(field, *inputs[:1], TIMES, inputs[1], method="dopri5-np", **options))

    with count_nfe() as nfe:
        value, gradient = value_and_grad(loss)((z0, params))
    return value, gradient, (nfe.forward, nfe.backward)


# Both add up the same numbers in another order. In float32 that may decide where a quadrature has its panels, so that
# the gradients differ by its tolerance.
APART = {np.float64: 1e-11, np.float32: 1e-3}


@pytest.mark.parametrize("gradient", ["adjoint", "checkpointed", "interpolated"])
@pytest.mark.parametrize("seminorm", [False, True])
@pytest.mark.parametrize(("name", "dtype"), [("images", np.float64), ("images", np.float32), ("rows", np.float64)])
def test_gradients_and_counts_are_those_of_the_whole(name, dtype, gradient, seminorm):
    z0, params, g = problem(name, batch=7, dtype=dtype)
    how = dict(rtol=1e-4, atol=1e-4, gradient=gradient, seminorm=seminorm)
    in_parts, whole = (gradients(vector_field(network(name, n)), z0, params, g, **how) for n in (3, None))
    assert in_parts[2] == whole[2] or dtype is np.float32
    for found, expected in zip(leaves(in_parts[:2]), leaves(whole[:2])):
        np.testing.assert_allclose(found, expected, rtol=APART[dtype], atol=APART[dtype] * np.abs(expected).max())


@pytest.mark.parametrize("name", ["images", "rows", "no parameters"])
def test_the_parts_of_the_augmented_field_are_all_of_it(name):
    """Each entry has one place, and the slopes at the places and of the rest are those of `augmented_dynamics`."""
    z, params, _ = problem(name, batch=8)
    field = vector_field(network(name, shard=3))
    in_parts = augmented_in_parts(field, z, params)
    s = np.random.default_rng(1).standard_normal(2 * z.size + ravel(params).size)
    ds, seen = np.zeros_like(s), np.zeros_like(s)
    for i, places in enumerate(in_parts.places):
        slopes, share = in_parts.evaluate(i, 0.4, np.concatenate([s[place] for place in places]))
        for place, slope in zip(places, slopes):
            ds[place] = slope.ravel()
            seen[place] += 1
        ds[in_parts.rest] += share
    seen[in_parts.rest] += 1
    assert (seen == 1).all()
    np.testing.assert_allclose(ds, augmented_dynamics(field, z, params)(0.4, s), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("batch", [1, 3])
def test_a_batch_of_one_shard_has_no_parts(batch):
    z, params, _ = problem("rows", batch)
    assert field_in_parts(vector_field(network("rows", shard=3)), z, params) is None


def test_a_wrapped_field_has_no_parts():
    """What a user puts around a field would be left out."""
    z, params, _ = problem("rows", 7)
    field = vector_field(network("rows", shard=3))
    assert field_in_parts(lambda *arguments: 2 * field(*arguments), z, params) is None


def test_results_do_not_depend_on_the_number_of_threads(monkeypatch):
    z0, params, g = problem("images", 7)
    field = vector_field(network("images", shard=2))
    found = gradients(field, z0, params, g)
    monkeypatch.setattr(minode.base.threads, "_pool", lambda: (None, 1))
    one_after_the_other = gradients(field, z0, params, g)
    for here, there in zip(leaves(found), leaves(one_after_the_other)):
        np.testing.assert_array_equal(here, there)


def test_observations_between_steps_and_jumps():
    z0, params, _ = problem("rows", 7)
    t = np.linspace(0, 1, 40)
    for jumps in ((), (0.5,)):
        found, expected = (
            odeint(vector_field(network("rows", n)), z0, t, params, method="dopri5-np", jumps=jumps) for n in (3, None)
        )
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


def failing(error):
    def value(x):
        if np.abs(x).max() > 1.5:
            raise error
        return x

    return serial(elementwise("failing", value, lambda x, y: np.ones_like(x)), shard=2)


@pytest.mark.parametrize("error", [ZeroDivisionError("mine"), KeyboardInterrupt()])
def test_an_exception_in_one_part_comes_out_as_it_is(error):
    z0 = np.ones((5, 3))
    with pytest.raises(type(error)):
        odeint(vector_field(failing(error)), z0, [0.0, 1.0], [()], method="dopri5-np")


def exploding(shard):
    return serial(elementwise("square", lambda x: x * x, lambda x, y: 2 * x), shard=shard)


def test_a_blow_up_in_one_part_is_told_as_in_the_whole():
    z0 = np.full((5, 3), 0.1)
    z0[4] = 2.0
    with np.errstate(all="ignore"), pytest.raises(SolverError, match="seems to blow up"):
        odeint(vector_field(exploding(2)), z0, [0.0, 1.0], [()], method="dopri5-np")


def test_too_many_steps_are_told():
    z0, params, _ = problem("rows", 7)
    with pytest.raises(SolverError, match="max_steps"):
        odeint(vector_field(network("rows", 3)), z0, [0.0, 1.0], params, method="dopri5-np", rtol=1e-10, max_steps=3)


def test_a_step_of_the_whole_is_left_to_other_methods():
    z0, params, _ = problem("rows", 7)
    field = vector_field(network("rows", 3))
    found = odeint(field, z0, TIMES, params, method="dopri5", rtol=1e-9, atol=1e-9)
    expected = solve(lambda t, z: field(t, z, params), z0, TIMES, method="dop853", rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(found, expected, atol=1e-7)
