"""Figure 3.5: the rules, the physics of the map, and a small training whose record is complete and repeatable."""

import copy
import itertools
import json

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from minode.base.trees import tree_map
from minode.experiments.ch3_nodes.fig3_5_rings import claims as rings_claims
from minode.experiments.ch3_nodes.fig3_5_rings import compute as rings
from minode.experiments.ch3_nodes.fig3_5_rings import flow_map
from minode.experiments.common import plots

SMALL = dict(epochs=1, n_seeds=1)
GOOD = {
    "node": {
        "smallest_det": [0.1, 0.2, 0.1],
        "return_error": [1e-3, 2e-3, 1e-3],
        "worst_error": [1.9, 1.0, 2.1],
        "new_wrong": [3e-3, 4e-3, 3e-3],
        "loss": [2e-3, 4e-3, 1e-3],
        "nfe_climb": [38.0, 33.0, 36.0],
    },
    "augmented": {
        "worst_error": [0.1, 0.2, 0.1],
        "new_wrong": [0.0, 0.0, 0.0],
        "loss": [2e-4, 3e-4, 1e-4],
        "nfe_climb": [10.0, 5.0, 9.0],
    },
}
CLAIMS = ["homeomorphism", "fewer wrong", "learns", "fails", "nowhere wrong", "lower loss", "fewer evaluations"]


@pytest.fixture(scope="module")
def produced():
    return rings.compute(seed=1, **SMALL)


@pytest.fixture(scope="module")
def params():
    """Random weights, large enough to deform the plane."""
    rng = np.random.default_rng(5)
    _, weights = flow_map.field(0).init(rng, (2,))
    return tree_map(lambda W: 2.5 * W, weights), (rng.standard_normal((2, 1)), np.array([0.3]))


@pytest.fixture(scope="module")
def examined(params):
    return flow_map.examine(params, flow_map.GRID, np.ones((len(flow_map.GRID), 1)))


def verdicts(numbers):
    return dict(zip(CLAIMS, (claim.verdict for claim in rings_claims.judge_maps(numbers)), strict=True))


def test_every_claim_can_hold():
    assert set(verdicts(GOOD).values()) == {"holds"}


@pytest.mark.parametrize(
    ("model", "name", "values", "claim", "verdict"),
    [
        ("node", "smallest_det", [0.1, -0.2, 0.1], "homeomorphism", "does not hold"),
        ("node", "return_error", [1e-3, 1e-3, 0.06], "homeomorphism", "does not hold"),
        ("augmented", "worst_error", [0.1, 1.2, 0.1], "nowhere wrong", "does not hold"),
        ("augmented", "loss", [4e-3, 9e-3, 2e-3], "lower loss", "does not hold"),
        ("augmented", "loss", [2e-4, 8e-3, 3e-4], "lower loss", "undecided"),
        ("augmented", "nfe_climb", [48.0, 44.0, 46.0], "fewer evaluations", "does not hold"),
        ("augmented", "nfe_climb", [10.0, 44.0, 36.0], "fewer evaluations", "undecided"),
    ],
)
def test_a_verdict_depends_on_its_numbers_alone(model, name, values, claim, verdict):
    numbers = copy.deepcopy(GOOD)
    numbers[model][name] = values
    assert {key for key, value in verdicts(numbers).items() if value != "holds"} == {claim}
    assert verdicts(numbers)[claim] == verdict


@pytest.mark.parametrize(
    ("node", "augmented", "expected"),
    [
        ([3e-4, 4e-4, 3e-4], [0.0, 0.0, 0.0], ["holds", "holds", "does not hold"]),
        ([0.0, 5e-3, 1e-3], [0.0, 0.0, 0.0], ["undecided", "holds", "undecided"]),
        ([3e-4, 4e-4, 3e-4], [2e-2, 2.1e-2, 1.9e-2], ["does not hold", "does not hold", "does not hold"]),
        ([3e-3, 4e-3, 3e-3], [0.0, 5e-3, 1e-3], ["undecided", "undecided", "holds"]),
    ],
)
def test_new_points_tell_who_has_learned(node, augmented, expected):
    numbers = copy.deepcopy(GOOD)
    numbers["node"]["new_wrong"], numbers["augmented"]["new_wrong"] = node, augmented
    found = verdicts(numbers)
    assert [found[claim] for claim in ("fewer wrong", "learns", "fails")] == expected


def test_one_seed_decides_no_difference():
    one = {model: {name: values[:1] for name, values in numbers.items()} for model, numbers in GOOD.items()}
    assert verdicts(one)["lower loss"] == verdicts(one)["fewer evaluations"] == "undecided"
    assert {verdicts(one)[claim] for claim in ("fewer wrong", "learns", "fails")} == {"undecided"}


@pytest.mark.parametrize("A", [np.array([[2.0, 1.0], [0.5, 3.0]]), np.array([[0.0, 1.0], [1.0, 0.0]])])
def test_the_determinant_of_a_linear_map(A):
    det = flow_map.smallest_det(lambda x: x @ A.T, flow_map.GRID)
    assert det == pytest.approx(np.linalg.det(A), rel=1e-6)


def test_the_smallest_determinant_is_found_where_it_is():
    det = flow_map.smallest_det(lambda x: x**3 / 3, np.array([[1.0, 2.0], [0.5, -3.0], [1.0, 1.5]]))
    assert det == pytest.approx(2.25, rel=1e-4)


def test_the_flow_and_its_area_obey_liouville(params):
    """dz/dt = f and d log(det)/dt = div f, solved by SciPy."""
    (weights, _), x = params, np.array([[-0.9, 0.6]])
    (W1, b1), _, (W2, b2), _, (W3, b3) = weights

    def rhs(t, state):
        h1 = t * W1[0] + state[:2] @ W1[1:] + b1
        h2 = np.maximum(h1, 0) @ W2 + b2
        jacobian = W1[1:] @ np.diag(h1 > 0) @ W2 @ np.diag(h2 > 0) @ W3
        return [*(np.maximum(h2, 0) @ W3 + b3), np.trace(jacobian)]

    def phi(x):
        return flow_map.flow(params, x, tol=1e-8)[-1]

    *z, log_det = solve_ivp(rhs, (0, 1), [*x[0], 0.0], rtol=1e-8, atol=1e-8).y[:, -1]
    np.testing.assert_allclose(phi(x)[0], z, rtol=1e-4)
    assert flow_map.smallest_det(phi, x) == pytest.approx(np.exp(log_det), rel=5e-3)
    assert abs(log_det) > 0.5


def test_the_lowest_output_of_a_disc_is_on_its_rim(params, examined):
    (W, b), radius = params[1], np.linalg.norm(flow_map.GRID, axis=1)
    output = (flow_map.flow(params, flow_map.GRID)[-1] @ W + b)[:, 0]
    lowest = [output[radius <= r].min() for r in flow_map.RADII]
    assert np.max(np.subtract(examined["lowest_on_rims"], lowest)) < 1e-2


def test_without_a_tear_no_weights_are_right_everywhere(examined):
    assert examined["worst_error"] >= 1
    assert examined["smallest_det"] > 0


def test_a_curve_is_refined_where_its_image_has_gaps(params):
    line = np.array([[-1.0, 0.2], [1.0, 0.2]])
    curve = flow_map.refined(params, line)
    gaps = np.linalg.norm(np.diff(flow_map.flow(params, curve)[-1], axis=0), axis=1)
    assert gaps.max() < 1.1 * flow_map.GAP
    np.testing.assert_array_equal(curve[[0, -1]], line)
    assert (np.diff(curve[:, 0]) > 0).all()


def test_the_added_dimension_begins_at_zero():
    rng = np.random.default_rng(0)
    params = flow_map.field(1).init(rng, (3,))[1], (rng.standard_normal((3, 1)), np.zeros(1))
    z = flow_map.flow(params, flow_map.GRID)
    np.testing.assert_array_equal(z[0], np.pad(flow_map.GRID, [(0, 0), (0, 1)]))
    assert np.abs(z[1, :, 2]).min() > 0


def test_the_record_is_complete_and_finite(produced):
    record = {key: value for key, value in produced.items() if key != "curves"}
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    assert record["verdict"] in ("holds", "does not hold", "undecided")
    for model in ("node", "augmented"):
        assert {len(values) for values in record[model].values()} == {1}
        assert np.min(record[model]["nfe_forward_by_epoch"]) > 0
    assert min(record["node"]["worst_error"]) >= 1


def test_the_same_seed_gives_the_same_numbers(produced):
    again = rings.compute(seed=1, **SMALL)
    for model in ("node", "augmented"):
        assert produced[model] == again[model]
        np.testing.assert_array_equal(produced["curves"][model]["points"], again["curves"][model]["points"])


def test_table_picture_and_animation(produced, tmp_path):
    report = rings.table(produced)
    for claim in produced["claims"]:
        assert claim["claim"] in report
    with plots.styled():
        plots.save(rings.draw(produced), tmp_path / "rings.png")
        first, second = itertools.islice(rings.frames(produced), 2)
    assert tuple(first.get_size_inches()) == tuple(second.get_size_inches())
    # One frame holds all, those of the training too.
    assert [axes.get_xlim() for axes in first.axes] == [axes.get_xlim() for axes in second.axes]
    assert [figure.get_suptitle() for figure in (first, second)] == [f"$\\phi(x)$ after {n} epochs" for n in (0, 1)]
