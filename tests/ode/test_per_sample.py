"""Times of their own for each sample, against each sample solved alone."""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad, make_jvp

from minode import count_nfe, odeint
from minode.base.trees import tree_map

TIGHT = dict(rtol=1e-9, atol=1e-9)
WAYS = [
    *(dict(method=method, **TIGHT) for method in ("lsoda", "vode", "dopri5-np")),
    dict(gradient="checkpointed", **TIGHT),
    dict(method="dopri5-np", gradient="backprop", **TIGHT),
    dict(method="rk4", n_steps=40),
]
# Rows that share times, some but for a rounding; two begin by repeating the start, one repeats its end.
T = np.array([[0.0, 0.3, 0.7, 1.2], [0.0, 0.1 + 0.2, 1.0, 1.0], [0.0, 0.0, 0.5, 2.0]])
Z0 = np.array([[1.0, 0.4], [-0.3, 0.8], [0.6, -0.9]])
W = np.array([[-0.4, 1.1], [-0.9, -0.2]])
G = np.random.default_rng(0).normal(size=(4, 3, 2))


def f(t, z, W):
    return anp.tanh(anp.dot(z, W)) + anp.sin(3 * t)


def together(inputs, **options):
    z0, t, W = inputs
    return anp.sum(G * odeint(f, z0, t, W, **options))


@pytest.mark.parametrize("sign", [1, -1], ids=["ascending", "descending"])
@pytest.mark.parametrize("options", WAYS, ids=lambda options: " ".join(map(str, options.values())))
def test_states_and_gradients_are_those_of_each_sample_alone(options, sign):
    t = sign * T
    t[2, 1] = sign * 0.2  # There is nothing to solve over for a sample alone that repeats its start.
    inputs, zs = (Z0, t, W), odeint(f, Z0, t, W, **options)
    assert zs.shape == (4, 3, 2)
    exact = dict(method="dop853", rtol=1e-11, atol=1e-12, gradient="checkpointed")
    for i in range(3):
        alone = np.stack([Z0[i], *(odeint(f, Z0[i], [0.0, end], W, **exact)[-1] for end in t[i, 1:])])
        np.testing.assert_allclose(zs[:, i], alone, rtol=1e-6, atol=1e-7)

    def alone(inputs):
        z0, t, W = inputs
        ends = [
            [z0[i], *(odeint(f, z0[i], anp.stack([t[i, 0], t[i, j]]), W, **exact)[-1] for j in range(1, 4))]
            for i in range(3)
        ]
        return sum(anp.sum(G[j, i] * ends[i][j]) for i in range(3) for j in range(4))

    found, expected = grad(together)(inputs, **options), grad(alone)(inputs)
    for block, truth in zip(found, expected):
        np.testing.assert_allclose(block, truth, rtol=1e-5, atol=1e-6)


def test_forward_mode_agrees():
    inputs = Z0, T, W
    v = tree_map(lambda leaf: np.cos(np.arange(leaf.size)).reshape(leaf.shape), inputs)
    _, moved = make_jvp(lambda inputs: together(inputs, **TIGHT))(inputs)(v)
    expected = sum(np.vdot(g, along) for g, along in zip(grad(together)(inputs, **TIGHT), v))
    assert moved == pytest.approx(expected, rel=1e-6)


def test_a_time_repeated_at_the_start_moves_by_the_slope():
    of_t = grad(lambda t: odeint(f, Z0, t, W)[1, 2, 0])(T)
    expected = np.zeros((3, 4))
    expected[2, :2] = f(0.0, Z0, W)[2, 0] * np.array([-1, 1])
    np.testing.assert_allclose(of_t, expected, rtol=1e-6, atol=1e-8)


def test_trees():
    def pair(t, z, W):
        return {"z": f(t, z["z"], W), "time": anp.ones(3)}

    z = odeint(pair, {"z": Z0, "time": np.zeros(3)}, T, W, **TIGHT)
    np.testing.assert_allclose(z["time"], T.T, rtol=1e-9)
    np.testing.assert_allclose(z["z"], odeint(f, Z0, T, W, **TIGHT), rtol=1e-6)

    def loss(inputs):
        z0, t, W = inputs
        return anp.sum(G * odeint(pair, {"z": z0, "time": np.zeros(3)}, t, W, **TIGHT)["z"])

    for block, truth in zip(grad(loss)((Z0, T, W)), grad(together)((Z0, T, W), **TIGHT)):
        np.testing.assert_allclose(block, truth, rtol=1e-6, atol=1e-8)


def test_times_a_rounding_apart_are_one():
    seen = []

    def black_box(rhs, y0, t, rtol, atol):
        seen.append(t)
        return np.stack([y0] * len(t))

    odeint(f, Z0, T, W, method=black_box)
    assert [round(t, 9) for t in seen[0]] == [0.0, 0.3, 0.5, 0.7, 1.0, 1.2, 2.0]


def test_the_union_costs_what_one_sample_does():
    rng = np.random.default_rng(0)
    t = np.concatenate([np.zeros((5, 1)), np.sort(rng.uniform(0, 2, (5, 10)), axis=1)], axis=1)
    z0 = rng.normal(size=(5, 2))

    def evaluations(t):
        with count_nfe() as nfe:
            odeint(f, z0, t, W)
        return nfe.forward

    assert evaluations(t) < 2 * evaluations(np.array([0.0, t.max()]))


def test_one_sample_one_time():
    np.testing.assert_array_equal(odeint(f, Z0, np.zeros((3, 1)), W), Z0[None])
    of_t = grad(lambda t: anp.sum(odeint(f, Z0, t, W)))(np.zeros((3, 1)))
    np.testing.assert_array_equal(of_t, np.zeros((3, 1)))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (dict(t=T[:2]), ValueError, r"t has 2 rows, and z0 the shape \(3, 2\); expected a first axis of 2 samples"),
        (dict(z0=(Z0, np.ones(4))), ValueError, r"t has 3 rows, and z0 the shape \(4,\)"),
        (dict(z0=1.0), ValueError, r"t has 3 rows, and z0 the shape \(\)"),
        (
            dict(t=T + 0.1 * np.eye(3)[:, 1:2]),
            ValueError,
            r"t\[1\] begins at 0.1, t\[0\] at 0.0; expected one start",
        ),
        (dict(t=T[:, [0, 2, 1, 3]]), ValueError, r"t\[0\] is not monotone: t\[0, 1\] = 0.7 is followed by"),
        (dict(t=np.array([[0, 1.0], [0, -1.0], [0, 2.0]])), ValueError, r"t\[1\] is not monotone"),
        (dict(t=T * np.nan), ValueError, r"t is nan at index \[0, 0\]"),
        (dict(t=np.ones((3, 0))), ValueError, "t is empty"),
        (dict(f=None), TypeError, "f is None"),
        (dict(method="rk4", n_steps=[2, 3]), ValueError, "n_steps is .*; expected one number"),
        (dict(f=lambda t, z, W: z[0]), ValueError, r"f returned shape \(2,\)"),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        odeint(**dict(f=f, z0=Z0, t=T, params=W) | arguments)


def test_second_derivatives_by_t_are_refused_and_by_params_are_right():
    def loss(W, t=T):
        return together((Z0, t, W), method="rk4", n_steps=4, gradient="backprop")

    with pytest.raises(TypeError, match="second derivatives by times of single samples are not available"):
        grad(lambda t: anp.sum(grad(loss, 1)(W, t) ** 2))(T)
    v = np.ones((2, 2))
    along = grad(lambda W: anp.sum(grad(loss)(W) * v))(W)
    ahead, behind = (grad(loss)(W + eps * v) for eps in (1e-5, -1e-5))
    np.testing.assert_allclose(along, (ahead - behind) / 2e-5, rtol=1e-6, atol=1e-8)
