"""What is replayed has the bits of what is traced, and what could be replayed wrongly is not replayed."""

import dis
import gc
import weakref
from itertools import count

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad, value_and_grad

from minode import count_nfe, odeint
from minode.nn.layers import ConcatDense, Dense, Tanh, serial
from minode.ode.field.evaluations import evaluator, linearise
from minode.ode.straight.purity import INSTRUCTIONS, NotPure
from minode.ode.straight.reads import Reads
from minode.ode.straight.replay import Replay, every_call_made
from tests.ode.straight import fooling, unusual

W, Z0, T = np.array([[-0.5, 1.2], [-0.9, 0.3]]), np.array([0.8, 0.4]), [0.0, 0.7, 2.0]


@pytest.fixture
def replays(monkeypatch):
    """Evaluations that were replayed."""
    n = count()
    straight = Replay.recording

    def recording(self, t, z):
        program = straight(self, t, z)
        return lambda t, z: (next(n), program(t, z))[1]

    monkeypatch.setattr(Replay, "recording", recording)
    return lambda: next(n)


def gradients(f, params=W, z0=Z0, **options):
    def loss(params, z0, t):
        return anp.sum(odeint(f, z0, t, params, **options) ** 2)

    with count_nfe() as nfe:
        value, gradients = value_and_grad(loss, argnum=(0, 1, 2))(params, z0, np.array(T))
    return [value, *gradients, nfe.forward, nfe.backward]


def traced(make, **options):
    with every_call_made():
        return gradients(make(), **options)


def assert_same_bits(found, expected):
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("method", ["lsoda", "dopri5-np"])
@pytest.mark.filterwarnings("ignore::minode.ReconstructionWarning")
@pytest.mark.parametrize("f", fooling.REPLAYED + unusual.REPLAYED, ids=lambda f: f.__name__)
def test_replayed_bits_are_those_of_the_trace(f, method, replays):
    found = gradients(f, method=method)
    # Each solve compares two evaluations, and their products.
    assert replays() > found[-2] + found[-1] - 10
    assert_same_bits(found, traced(lambda: f, method=method))


@pytest.mark.filterwarnings("ignore::minode.ReconstructionWarning")
@pytest.mark.parametrize(
    "make", [*(fooling.REFUSED | unusual.REFUSED).values()], ids=[*(fooling.REFUSED | unusual.REFUSED)]
)
def test_what_could_take_another_turn_is_called_each_time(make, replays):
    # Equal steps, since some of these fields jump.
    steps = dict(method="rk4", n_steps=8)
    found = gradients(make(), **steps)
    assert replays() == 0
    assert_same_bits(found, traced(make, **steps))


@pytest.mark.parametrize("gradient", ["checkpointed", "interpolated"])
@pytest.mark.parametrize("f", fooling.REPLAYED[:4], ids=lambda f: f.__name__)
def test_every_gradient_is_replayed(f, gradient, replays):
    assert_same_bits(gradients(f, gradient=gradient), traced(lambda: f, gradient=gradient))
    assert replays() > 0


@pytest.mark.parametrize("method", ["radau", "bdf"])
def test_jacobians_are_replayed(method, replays):
    assert_same_bits(gradients(fooling.linear, method=method), traced(lambda: fooling.linear, method=method))
    assert replays() > 0


def with_a_cost(t, state, W):
    z, _cost = state
    dz = anp.tanh(anp.dot(W, z))
    return dz, anp.sum(dz**2) * anp.cos(t)


def test_states_that_are_trees_are_replayed(replays):
    def gradient():
        def loss(W):
            z, cost = odeint(with_a_cost, (Z0, 0.0), T, W)
            return anp.sum(z[-1]) + cost[-1]

        return value_and_grad(loss)(W)

    found = gradient()
    assert replays() > 20
    with every_call_made():
        assert_same_bits(found, gradient())


def networks(t, z, params):
    return network.apply(params[0], z, t) + late.apply(params[1], z, t) - z


network, late = serial(Dense(5), Tanh(), Dense(2)), serial(ConcatDense(3), Tanh(), Dense(2))


def test_layers_within_a_field_are_replayed(replays):
    params = [layer.init(np.random.default_rng(0), (2,))[1] for layer in (network, late)]
    f = evaluator(networks, params)
    z = np.random.default_rng(1).normal(size=(3, 2))
    products = linearise(networks, params)
    with every_call_made():
        g, expected = evaluator(networks, params), linearise(networks, params)
    for t in (0.0, 0.5, 1.0, 1.5):
        np.testing.assert_array_equal(f(t, z), g(t, z))
        (dz, pull), (slow, by_trace) = products(t, z), expected(t, z)
        assert_same_bits([dz, *pull(z)], [slow, *by_trace(z)])
    assert replays() == 8


@pytest.mark.parametrize("of", ["z", "W"])
def test_products_of_one_kind(of):
    found = linearise(fooling.reading_constants, W, of=of)
    with every_call_made():
        expected = linearise(fooling.reading_constants, W, of=of)
    for t in (0.0, 0.5, 1.0, 1.5):
        assert_same_bits(found(t, Z0)[1](Z0), expected(t, Z0)[1](Z0))


class TestWhatChangesDuringASolve:
    """The field is asked again when what it reads is not what it was."""

    A, rate = np.array([1.0, -2.0]), 0.5

    def solved(self, f, change, times=(0.0, 0.1, 0.2, 0.3, 0.4, 0.5)):
        evaluate, product = evaluator(f, W), linearise(f, W)
        for i, t in enumerate(times):
            if i == 4:
                change()
            expected = f(t, Z0, W)
            np.testing.assert_array_equal(evaluate(t, Z0), expected)
            np.testing.assert_array_equal(product(t, Z0)[0], expected)

    def test_an_array_is_overwritten(self):
        A = self.A.copy()
        self.solved(lambda t, z, W: A * z * t, lambda: A.__setitem__(0, 7.0))

    def test_an_array_is_overwritten_of_which_another_is_made(self):
        A = self.A.copy()
        self.solved(lambda t, z, W: np_exp(2 * A) * z, lambda: A.__setitem__(0, 7.0))

    def test_an_array_gets_another_shape(self):
        A = np.ones((2, 1))
        self.solved(lambda t, z, W: anp.sum(A) * A.shape[0] * z, lambda: A.resize((1, 2), refcheck=False))

    def test_a_name_of_a_closure_is_bound_anew(self):
        rate = self.rate

        def change():
            nonlocal rate
            rate = 2.0

        self.solved(lambda t, z, W: rate * z, change)

    def test_a_global_is_bound_anew(self, monkeypatch):
        self.solved(fooling.reading_constants, lambda: monkeypatch.setattr(fooling, "LEVEL", 3.0))

    def test_a_helper_is_bound_anew(self, monkeypatch):
        self.solved(fooling.with_a_helper, lambda: monkeypatch.setattr(fooling, "relu", lambda x: -x))

    def test_a_helper_gets_other_code(self, monkeypatch):
        other = (lambda x: -x).__code__
        self.solved(fooling.with_a_helper, lambda: monkeypatch.setattr(fooling.relu, "__code__", other))

    def test_a_default_changes(self, monkeypatch):
        change = lambda: monkeypatch.setattr(fooling.reading_constants, "__defaults__", (4.0,))  # noqa: E731
        self.solved(fooling.reading_constants, change)

    def test_a_default_by_keyword_changes(self):
        def f(t, z, W, *, scale=2.0):
            return scale * z

        self.solved(f, lambda: f.__kwdefaults__.update(scale=3.0))

    def test_a_table_in_a_tuple_is_overwritten(self):
        tables = (np.array([1.0, 2.0]), (3.0, np.array([0, 1])))
        self.solved(lambda t, z, W: tables[0][tables[1][1]] * z, lambda: tables[1][1].__setitem__(0, 1))

    def test_a_builtin_is_hidden(self, monkeypatch):
        self.solved(summed, lambda: monkeypatch.setitem(globals(), "sum", lambda parts: 7.0 * parts[0]))

    def test_a_function_of_a_module_is_replaced(self, monkeypatch):
        self.solved(fooling.linear, lambda: monkeypatch.setattr(anp, "cos", anp.sin))

    def test_a_weight_is_overwritten(self):
        params = W.copy()
        evaluate = evaluator(lambda t, z, W: anp.dot(anp.exp(W), z), params)
        for i in range(5):
            params[0, 0] = i
            np.testing.assert_array_equal(evaluate(0.1 * i, Z0), np.dot(np.exp(params), Z0))

    def test_an_index_among_the_parameters_is_overwritten(self):
        params = {"W": W, "index": np.array([0, 1])}
        evaluate = evaluator(lambda t, z, p: p["W"][0][1 - p["index"]] * z, params)
        for i in range(6):
            params["index"][0] = i % 2
            np.testing.assert_array_equal(evaluate(0.1 * i, Z0), W[0][1 - params["index"]] * Z0)


np_exp = anp.exp


def summed(t, z, W):
    return sum([z, z, W[0]])


def test_each_solve_is_recorded_anew():
    A = np.array([1.0, -2.0])
    rate = 1.0

    def f(t, z, W):
        return rate * A * z

    for _ in range(3):
        np.testing.assert_allclose(odeint(f, Z0, [0.0, 1.0], W)[-1], Z0 * np.exp(rate * A), rtol=1e-4)
        A[1] += 1.0
        rate = rate / 2


@pytest.mark.parametrize(
    "f",
    [
        lambda t, z, W: z / (1 + t) + 1.0 / (t - 0.5),
        lambda t, z, W: z * anp.exp(-1 / abs(t - 0.5)),
        lambda t, z, W: z * anp.exp(-((t - 0.5) ** -2)),
        lambda t, z, W: z * anp.tanh(t % (2 * t - 1)),
    ],
    ids=["/", "abs", "**", "%"],
)
def test_pythons_numbers_fail_as_they_do_in_f(f, replays):
    evaluate = evaluator(f, W)
    for t in (0.0, 0.1, 0.2, 0.3):
        np.testing.assert_array_equal(evaluate(t, Z0), f(t, Z0, W))
    with pytest.raises(ZeroDivisionError):
        evaluate(0.5, Z0)
    np.testing.assert_array_equal(evaluate(0.6, Z0), f(0.6, Z0, W))
    assert replays() > 5


def test_numbers_of_numpy_fail_as_they_do_in_f():
    def f(t, z, W):
        return z * anp.exp(-1 / anp.abs(t - 0.5))

    evaluate = evaluator(f, W)
    with np.errstate(divide="ignore"):
        for t in (0.0, 0.1, 0.2, 0.5):
            np.testing.assert_array_equal(evaluate(t, Z0), f(t, Z0, W))


@pytest.mark.parametrize("part", [anp.abs, anp.real])
def test_a_root_that_is_complex_for_python_alone_is_nan(part):
    """What NumPy's functions make of t is a number of NumPy's, whose root is NaN, and not one of Python's."""
    evaluate = evaluator(lambda t, z, W: z * part(anp.subtract(1.0, t) ** 0.5), W)
    for t in (0.0, 0.25, 0.5):
        np.testing.assert_array_equal(evaluate(t, Z0), Z0 * (1 - t) ** 0.5)
    with np.errstate(invalid="ignore"):
        assert np.isnan(evaluate(2.0, Z0)).all()


def test_names_of_parameters_that_would_format_a_value_are_traced(replays):
    """The first letter of a time is a digit, and that of a traced one is another."""

    def f(t, z, params):
        text, _, _, _ = params
        return z * params[text % t]

    params = {"%.1s": Z0, "A": Z0, "0": Z0, "1": -Z0}
    evaluate = evaluator(f, params)
    for t in (0.0, 0.1, 0.5, 1.5):
        np.testing.assert_array_equal(evaluate(t, Z0), f(t, Z0, params))
    assert replays() == 0


def test_a_complex_value_is_refused_as_in_f():
    evaluate = evaluator(lambda t, z, W: z * (1 - t) ** 0.5, W)
    for t in (0.0, 0.25, 0.5):
        np.testing.assert_array_equal(evaluate(t, Z0), Z0 * (1 - t) ** 0.5)
    with pytest.raises(TypeError, match="complex"):
        evaluate(2.0, Z0)


@pytest.mark.parametrize(
    ("z", "params"),
    [
        (Z0.astype(np.float32), W.astype(np.float32)),
        (Z0, W.astype(np.float32)),
        (Z0, fooling.Pair(W, 1.0)),
        (Z0, [W, type("Listed", (list,), {})([W])]),
    ],
    ids=["float32", "weights in float32", "NamedTuple", "a list of another type"],
)
def test_other_dtypes_and_containers_are_traced(z, params, replays):
    first = params[0] if isinstance(params, (list, tuple)) else params

    def f(t, z, params):
        return anp.dot(first, z)

    for t in (0.0, 0.1, 0.2, 0.3):
        np.testing.assert_array_equal(evaluator(f, params)(t, z), np.dot(first, z))
    assert replays() == 0


def test_another_shape_is_traced():
    evaluate = evaluator(lambda t, z, W: z * z.size, W)
    for z in (Z0, Z0, Z0, np.ones(3), Z0):
        np.testing.assert_array_equal(evaluate(0.0, z), z * z.size)


def test_options_of_operators_count(replays):
    def f(t, z, W):
        return anp.subtract(z, t, dtype="float32", casting="same_kind") + anp.multiply(z, t, casting="no")

    evaluate = evaluator(f, W)
    for t in (0.0, 0.1, 0.2, 0.3):
        np.testing.assert_array_equal(evaluate(t, Z0), np.subtract(Z0, t, dtype="float32") + Z0 * t)
    # Single precision is left to f.
    assert replays() == 0


def test_what_is_written_into_a_buffer_is_not_replayed(replays):
    def f(t, z, W):
        buffer = anp.zeros_like(z)
        return anp.dot(W, z, buffer)

    evaluate = evaluator(f, W)
    dz = [evaluate(t, Z0 + t) for t in (0.0, 0.1, 0.2, 0.3)]
    np.testing.assert_array_equal(dz, [np.dot(W, Z0 + t) for t in (0.0, 0.1, 0.2, 0.3)])
    assert replays() == 0


def test_a_state_that_is_overwritten_is_not_replayed(replays):
    def f(t, z, W):
        return anp.nan_to_num(z, False) * t

    evaluate = evaluator(f, W)
    for t in (0.0, 0.1, 0.2, 0.3):
        z = np.array([np.nan, 1.0])
        np.testing.assert_array_equal(evaluate(t, z), [0.0, t])
    assert replays() == 0


def test_a_closure_that_is_differentiated_is_refused_as_ever():
    def loss(rate):
        return odeint(lambda t, z, W: rate * z, Z0, [0.0, 1.0])[-1, 0]

    with pytest.raises(TypeError, match="without receiving it as an argument"):
        grad(loss)(0.5)


def test_an_instruction_that_is_not_listed_is_refused(monkeypatch):
    used = {instruction.opname for instruction in dis.get_instructions(fooling.linear)}
    assert used <= INSTRUCTIONS
    for name in used:
        # The code is another object, so that what was found of it before does not count.
        code = fooling.linear.__code__.replace(co_name=name)
        monkeypatch.setattr(fooling.linear, "__code__", code)
        monkeypatch.setattr("minode.ode.straight.purity.INSTRUCTIONS", INSTRUCTIONS - {name})
        with pytest.raises(NotPure, match=name):
            Reads(fooling.linear)


def test_a_solve_leaves_nothing_behind():
    params = W.copy()
    f = evaluator(lambda t, z, W: anp.dot(W, z) * t, params)
    for t in (0.0, 0.1, 0.2, 0.3):
        f(t, Z0)
    gone = weakref.ref(params)
    gc.disable()
    try:
        del f, params
        assert gone() is None
    finally:
        gc.enable()
