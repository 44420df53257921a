"""Which code is accepted, whatever release of Python made it."""

import pytest

from minode.ode.straight.purity import NotPure, names_read

ACCEPTED = {
    "z": (),
    "np.dot(z**3, W) + A.T": (("np", ("dot",)), ("A", ("T",))),
    "np.linalg.norm(z, axis=0) * np.pi": (("np", ("linalg", "norm")), ("np", ("pi",))),
    "-z[1:, None] / z.shape[0] % 2 @ W": (),
    "[z[0], (W, W)]": (),
    "layer.apply(W, z, t) - z": (("layer", ("apply",)),),
    "np.sum(z, axis=1, keepdims=True).reshape(2, -1)": (("np", ("sum",)),),
    "helper(z)(t)": (("helper", ()),),
    "(y := z) * y": (),
}
REFUSED = """
z if t > 1 else W ; z and W ; z or W ; not z ; z < 1 ; z == 1 ; z is W ; z in W ; z // 1 ; z & W ; ~z ; z.foo ; np.a(*W)
np.a(**W) ; f"{t}" ; (lambda x: x)(z) ; [w for w in W] ; {w for w in W} ; sum(w for w in W) ; (yield z) ; helper(z).add
np.add(z, 1, out=A) ; np.add(z, 1, **{"out": A}) ; W.append(z) ; z.__class__ ; W.pop() ; 1 < z < 2 ; {z} ; z[0].item()
""".replace("\n", " ; ").split(" ; ")
STATEMENTS = (
    """
z += 1 ; z[0] = 1 ; z[:] = 1 ; W.rate = 1 ; del z[0] ; del W.rate ; global k; k = 1 ; import math ; from math import sin
assert z ; while z: z = z - 1 ; raise ValueError ; nonlocal outer; outer = 1
""".strip()
    .replace("\n", " ; ")
    .split(" ; ")
)
BLOCKS = [
    "if t: z = W",
    "for w in W:\n  if t: break",
    "while t:\n  z = W",
    "try: z = W\nexcept ValueError: pass",
    "try: z = W\nfinally: z = W",
    "with W: z = W",
    "with W as w: z = w",
    "def g(): return z",
    "class g: pass",
    "match t:\n  case 1: z = W",
]


def code_of(body):
    made = {}
    lines = "\n".join(f"        {line}" for line in body.splitlines())
    exec(f"def make():\n    outer = 0\n    def f(t, z, W):\n{lines}\n    return f", made)
    return made["make"]().__code__


@pytest.mark.parametrize("expression", ACCEPTED)
def test_straight_code_is_accepted(expression):
    assert names_read(code_of(f"return {expression}")) == ACCEPTED[expression]


def test_a_loop_over_layers_is_accepted():
    assert names_read(code_of("for V, b in W:\n  z = tanh(z @ V + b)\nreturn z")) == (("tanh", ()),)


@pytest.mark.parametrize("expression", [text for text in REFUSED if text.strip()])
def test_expressions_that_may_branch_or_change_something_are_refused(expression):
    # Refused when asked again, too.
    for _ in range(2):
        with pytest.raises(NotPure):
            names_read(code_of(f"return {expression}"))


@pytest.mark.parametrize("body", [*STATEMENTS, *BLOCKS])
def test_statements_that_may_branch_or_change_something_are_refused(body):
    with pytest.raises(NotPure):
        names_read(code_of(f"{body}\nreturn z"))
