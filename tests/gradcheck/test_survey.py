"""The survey of gradients: what it calls right, warned of, raised and wrong."""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd.extend import defvjp, primitive

from minode.cli.parser import main
from minode.gradcheck import survey
from minode.gradcheck.problems import everyday
from minode.gradcheck.survey import SETS, Judgement
from minode.ode.solvers.methods import ADAPTIVE
from tests.problems import PROBLEMS

SIR, DRAG, ENZYME = (everyday.PROBLEMS[name] for name in ("SIR", "drag, from rest", "Michaelis-Menten"))


@primitive
def misderived(x):
    return 1.0 * x


defvjp(misderived, lambda ans, x: lambda g: 1.1 * g)
WRONG = SIR._replace(name="misderived", f=lambda t, z, p: anp.array(SIR.f(t, z, misderived(p))))


@pytest.mark.parametrize(
    ("problem", "method", "verdict"),
    [(SIR, "lsoda", "right"), (DRAG, "vode", "warned"), (ENZYME, "dopri5", "raised"), (WRONG, "lsoda", "WRONG")],
    ids=["right", "warned", "raised", "wrong"],
)
def test_each_verdict(problem, method, verdict):
    [judgement] = survey.judge(problem, methods=[method])
    assert (judgement.verdict, judgement.problem, judgement.method) == (verdict, problem.name, method)


@pytest.mark.parametrize(
    ("error", "warned", "verdict"),
    [
        (None, False, "raised"),
        (1e-4, True, "right"),
        (1e-2, True, "warned"),
        (1e-2, False, "WRONG"),
        (np.inf, False, "WRONG"),
        (np.nan, False, "WRONG"),
    ],
)
def test_what_is_right_may_be_warned_of(error, warned, verdict):
    assert Judgement("", "", error, warned).verdict == verdict


def test_errors_are_those_of_a_closed_form():
    problem = PROBLEMS["exponential"]._replace(params=np.zeros(0), t=np.array([0.0, 1.0]))
    judged = survey.judge(problem, rtol=1e-8, atol=1e-10)
    assert [judgement.method for judgement in judged] == list(ADAPTIVE)
    assert max(judgement.error for judgement in judged) < 1e-6


def test_backprop_goes_through_what_it_can():
    [judgement] = survey.judge(SIR, gradient="backprop")
    assert (judgement.method, judgement.verdict) == ("dopri5-np", "right")


@pytest.fixture
def small_sets(monkeypatch):
    monkeypatch.setitem(SETS, "everyday", {problem.name: problem for problem in (SIR, DRAG)})
    monkeypatch.setitem(SETS, "stiff", {"misderived": WRONG})


def test_the_command_fails_for_what_is_wrong_without_a_word(small_sets, capsys):
    assert main(["gradcheck", "--problem", "everyday", "--method", "vode", "--method", "dop853"]) == 0
    page = capsys.readouterr().out.splitlines()
    assert max(map(len, page)) <= 104
    assert page[-1] == "4 gradients: 3 right, 1 warned, 0 raised, 0 WRONG"
    assert page[3].split() == ["vode", "dop853"]
    assert [line[:15].strip() for line in page[4:6]] == ["SIR", "drag, from rest"]
    assert "warned" in page[5]
    assert main(["gradcheck", "--problem", "stiff", "--method", "vode", "--rtol", "1e-8"]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "1 gradients: 0 right, 0 warned, 0 raised, 1 WRONG"


def test_sets_go_beside_closed_forms(small_sets, capsys):
    wanted = ["--problem", "linear", "--problem", "everyday", "--method", "dop853", "--gradient", "checkpointed"]
    assert main(["gradcheck", *wanted]) == 0
    page = capsys.readouterr().out
    assert "3 of 3 rows PASS" in page
    assert "gradient='checkpointed'" in page
    assert "2 gradients: 2 right" in page


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="unknown gradient 'forward'"):
        survey.judge(SIR, gradient="forward")
    with pytest.raises(ValueError, match="unknown method 'heun'"):
        survey.judge(SIR, methods=["heun"])
    with pytest.raises(
        ValueError, match="unknown set of problems 'all'; expected one of 'detest', 'stiff', 'everyday'"
    ):
        survey.run(["all"])


def test_an_enzyme_and_an_epidemic_keep_what_they_have():
    for problem in everyday.PROBLEMS.values():
        slopes = np.array(problem.f(0.0, problem.z0 + 0.1, problem.params))
        kept = {"SIR": np.ones(3), "drag, from rest": np.zeros(2)}.get(problem.name, np.array([1.0, 0.0, 1.0, 1.0]))
        assert abs(np.dot(kept, slopes)) < 1e-13
