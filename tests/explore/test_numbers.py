"""The numbers on record for the page: minode finds them again, and they bear out what the page says in words."""

import base64
import os

import numpy as np
import pytest

from minode.base.trees import unravel
from minode.data import mnist
from minode.experiments.ch3_nodes.fig3_4_crossing.compute import ENDS, FIELD, STARTS, crosses
from minode.experiments.ch3_nodes.fig3_5_rings.flow_map import field
from minode.experiments.common.records import long_runs
from minode.explore import page
from minode.explore.numbers import backward, line, rings
from minode.explore.numbers.rounding import listed, rounded
from minode.explore.weights import as_read
from minode.nn.blocks import vector_field
from minode.ode.odeint import odeint
from tests.explore.exact_flow import exact_flow

NUMBERS = page.numbers()
# Of images: each takes some time.
FEW = 2
LAYERS = [*range(1, 17), 20, 24, 32, 48, 64]


def on_the_line(name):
    _, params = FIELD.init(np.random.default_rng(0), (1,))
    return unravel(params, np.array(NUMBERS["line"][name]))


def test_rounding_keeps_seven_digits_and_is_stable():
    W = [np.array([1 / 3, -2e-9 / 3]), np.array([[0.0, 123456.789]])]
    once = rounded(W)
    assert once[0].tolist() == [0.3333333, -6.666667e-10]
    assert [leaf.tolist() for leaf in rounded(once)] == [leaf.tolist() for leaf in once]
    assert listed(once[1], 7) == [[0.0, 123456.8]]


def exact_flow_on_the_line():
    """Trajectories from `STARTS` at `QUARTERS`, one a column."""
    params = on_the_line("node")
    return np.concatenate([exact_flow(params, [start], line.QUARTERS) for start in STARTS], axis=1)


def test_the_flow_on_the_line_is_exact_and_so_is_minodes():
    exact, recorded = exact_flow_on_the_line(), NUMBERS["line"]["checks"]["flow"]["states"]
    assert np.allclose(recorded, exact, rtol=0, atol=1e-7)
    # What is promised of the page: solvers can miss a kink.
    assert np.allclose(line.flow(on_the_line("node")), exact, rtol=0, atol=1e-6)


def test_the_gradients_of_the_adjoint_chapter_are_minodes():
    loss, (g_W, g_z0) = backward.gradients()
    found = [*g_z0, *(w for pair in g_W for leaf in pair for w in leaf.ravel())]
    assert np.allclose(found, NUMBERS["backward"]["checks"]["gradient"], rtol=0, atol=1e-8)
    assert loss == pytest.approx(NUMBERS["backward"]["checks"]["loss"])


@pytest.mark.parametrize(("name", "extra"), [("node", 0), ("augmented", 1)])
def test_the_features_of_the_rings_are_exact(name, extra):
    model = NUMBERS["rings"]["models"][name]
    _, params = field(extra).init(np.random.default_rng(0), (2 + extra,))
    params = unravel(params, np.array(model["weights"]))
    starts = [[*point, *extra * [0.0]] for point in NUMBERS["rings"]["points"][: rings.COMPARED]]
    exact = [exact_flow(params, z0, [0.0, 1.0])[-1] for z0 in starts]
    assert np.allclose(model["checks"], exact, rtol=0, atol=1e-7)


def test_the_residual_network_swaps_and_crosses_with_fewer_than_nine_layers():
    f, params, z0 = vector_field(FIELD), on_the_line("resnet"), np.array(ENDS)[:, None]
    paths = {n: odeint(f, z0, np.linspace(0, 1, n + 1), params, method="euler")[..., 0] for n in LAYERS}
    assert np.allclose(paths[2][-1], [1, -1], atol=1e-3)
    assert [n for n in LAYERS if crosses(paths[n])] == list(range(1, 9))


def test_a_loose_solver_crosses_and_a_tight_one_does_not():
    runs = {run["tolerance"]: np.array(run["states"]) for run in NUMBERS["line"]["checks"]["tolerances"]}
    exact = np.array(NUMBERS["line"]["checks"]["flow"]["states"][-1])
    assert [tol for tol, ends in runs.items() if crosses(ends[None])] == [1e-1, 1e-2]
    # "dozens of times the smallest gap".
    assert 24 < np.abs(runs[1e-3] - exact).max() / np.diff(runs[1e-3]).min() < 100


def test_the_plane_fails_somewhere_and_space_nowhere():
    node, augmented = (NUMBERS["rings"]["models"][name] for name in ("node", "augmented"))
    assert node["worst_error"] >= 1 > augmented["worst_error"]


def test_eight_bits_cost_next_to_nothing():
    error = NUMBERS["digits"]["error"]
    assert abs(error["8_bits"] - error["float32"]) < 1e-3
    assert error["float32"] == pytest.approx(0.0056, abs=2e-4)


@pytest.mark.skipif(not os.environ.get("MINODE_DATA"), reason="needs MNIST, in the folder that MINODE_DATA names")
def test_the_logits_of_the_digits_are_minodes():
    network, params = long_runs.MNIST.node()
    test = mnist.load().test
    first = [int(np.argmax(test.y == digit)) for digit in range(10)]
    images = np.frombuffer(base64.b64decode(NUMBERS["digits"]["images"]), np.uint8)
    assert np.array_equal(images, np.rint(255 * test.x[first]).astype(np.uint8).ravel())
    found = np.concatenate([network.apply(as_read(params), test.x[i : i + 1]) for i in first[:FEW]])
    reference = np.array(NUMBERS["digits"]["checks"]["logits"][:FEW])
    # Single precision, summed in an order that depends on the processor.
    assert np.abs(found - reference).max() < 1e-3 * np.abs(reference).max()
