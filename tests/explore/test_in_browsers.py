"""The page's solver and adjoint against minode: in Node what only computes, in headless Chromium the page itself."""

import json
import re
import shutil
import subprocess

import numpy as np
import pytest

from minode.explore import page
from minode.explore.numbers import backward, rings
from tests.chromium import ABSENT, CHROMIUM, OPTIONS
from tests.explore.test_numbers import exact_flow_on_the_line

NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="no `node` is on the path")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason=ABSENT)
ALL = "Object.fromEntries(Object.entries(CHECKS).map(([name, run]) => [name, run()]))"


def in_node(expression):
    """What an expression, in which all that only computes is defined, comes to in Node."""
    script = f"{page.mathematics()}\nprocess.stdout.write(JSON.stringify({expression}));"
    process = subprocess.run([NODE, "-"], input=script, capture_output=True, encoding="utf-8", timeout=600)
    assert process.returncode == 0, process.stderr[-2000:]
    return json.loads(process.stdout)


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """The document as Chromium has it after the page's checks, and what the console says."""
    folder = tmp_path_factory.mktemp("page")
    path = page.write(folder)
    options = [*OPTIONS, "--enable-logging=stderr", f"--user-data-dir={folder / 'profile'}", "--dump-dom"]
    process = subprocess.run(
        [CHROMIUM, *options, f"{path.as_uri()}#check"], capture_output=True, encoding="utf-8", timeout=600
    )
    return process.stdout, [each for each in process.stderr.splitlines() if "CONSOLE" in each]


def assert_checked(found):
    """All checks were kept, and what they found is what is found here by other means."""
    assert {name: each["error"] for name, each in found.items() if not each["ok"]} == {}
    assert found.keys() >= {"flow", "tolerances", "evaluations", "gradient", "training", "backward", "rings", "digits"}
    # What the project promises of the page.
    bound = 1e-6
    assert np.abs(np.array(found["flow"]["found"]) - exact_flow_on_the_line().ravel()).max() < bound
    loss, (_, g_z0) = backward.gradients()
    assert np.abs(np.array(found["backward"]["found"][:3]) - [loss, *g_z0]).max() < bound
    assert len(found["rings"]["found"]) == rings.COMPARED * 5


@needs_node
def test_what_the_page_computes_is_what_minode_computes():
    assert_checked(in_node(ALL))


@needs_node
def test_a_wrong_number_is_found():
    spoil = "LINE.checks.flow.states[1][3] += 1e-5, LINE.checks.gradient.gradient.pop()"
    assert [each["ok"] for each in in_node(f"({spoil}, [CHECKS.flow(), CHECKS.gradient()])")] == [False, False]


@needs_node
@pytest.mark.parametrize(("start", "end"), [(0.0, 2.0), (2.0, 0.0)])
def test_its_solver_goes_either_way_through_all_times(start, end):
    times = np.linspace(start, end, 7).tolist()
    f = "(t, y, dy) => { dy[0] = y[1]; dy[1] = -y[0]; }"
    states = in_node(f"solve({f}, [1, 0], {times}, {{ rtol: 1e-9 }}).states.map((state) => [...state])")
    s = np.array(times) - start
    # A thousand times the tolerance, as for every solve.
    assert np.allclose(states, np.stack([np.cos(s), -np.sin(s)], axis=1), rtol=0, atol=1e-6)


@needs_node
@pytest.mark.parametrize(
    ("slope", "message"),
    [("NaN", "not finite"), ("t < 0.5 ? 1 : NaN", "too short"), ("y[0] * y[0]", "too")],
)
def test_its_solver_never_returns_a_part_of_a_solution(slope, message):
    tried = f"solve((t, y, dy) => {{ dy[0] = {slope}; }}, [1], [0, 2], {{ rtol: 1e-6 }})"
    told = in_node(f"(() => {{ try {{ return {tried}.states.length; }} catch (error) {{ return error.message; }} }})()")
    assert message in told


@needs_node
def test_numbers_are_written_as_people_write_them():
    written = in_node(
        "[number(-0.0004), number(-1.25, 1), power(1e-3), power(2e-5), power(0.96), power(0), power(100)]"
    )
    assert written == ["0.000", "\u22121.3", "10⁻³", "2·10⁻⁵", "10⁰", "0", "10²"]


@needs_node
def test_polygons_cross_where_they_meet_and_nowhere_else():
    assert in_node(
        "[meeting([-1, 0, 1], [1, 0.5, -1]), meeting([-1, 0], [1, 0.1]), lowestLoss([1, -1]), lowestLoss([-1, 1])]"
    ) == [
        [pytest.approx(0.6), pytest.approx(0.2)],
        None,
        0.5,
        0,
    ]


@needs_node
@pytest.mark.parametrize("seed", [0, 1])
def test_a_flow_in_training_stops_where_order_must_break_and_residual_layers_do_not(seed):
    trained = """[0, 2].map((blocks) => {
        const trainer = lineTrainer();
        trainer.blocks = blocks;
        trainer.begin(%d);
        for (let i = 0; i < 150 && !trainer.done; i++) trainer.step();
        return [trainer.failure, ...trainer.history.slice(-1)];
    })"""
    (failure, flow), (_, blocks) = in_node(trained % seed)
    assert failure == ""
    # Its floor, and the solver's error; near it after so few updates.
    assert 0.5 - 1e-6 < flow < 0.52
    assert blocks < 0.1


@needs_chromium
def test_the_page_agrees_with_minode_in_chromium(shown):
    document, console = shown
    (found,) = re.findall(r'<script type="application/json" id="found">(.*?)</script>', document, re.DOTALL)
    assert_checked(json.loads(found))
    assert console == []


@needs_chromium
@pytest.mark.parametrize(
    ("chapter", "says"),
    [
        ("layers", "goes to 1.000, 1.00 goes to \u22121.000. The trajectories cross"),
        ("training", "No crossing"),
        ("tolerance", "24 of 24 neighbours change places"),
        ("backward", "The two gradients agree"),
        ("rings", "On the wrong side of the dashed line: 0 of 500 points"),
        ("digits", "It reads 3"),
    ],
)
def test_every_chapter_says_what_it_shows(shown, chapter, says):
    (reading,) = re.findall(rf'<p class="reading" id="{chapter}-reading">(.*?)</p>', shown[0], re.DOTALL)
    assert says in re.sub(r"<[^>]+>", "", reading)
