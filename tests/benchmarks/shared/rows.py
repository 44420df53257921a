"""Which gradients `small_gradient` times, and which of them it divides by which."""

from typing import NamedTuple


class Row(NamedTuple):
    """One line of the table: a library, how it is asked to solve, how the field is written, options of its builder."""

    library: str
    method: str
    written: str
    options: dict

    def __str__(self):
        return f"{self.library} {self.method}, {self.written}"


def minode_row(method, written, seminorm=False):
    options = {"method": method, "written": written, "seminorm": seminorm}
    return Row("minode", f"{method} seminorm" if seminorm else method, written, options)


def diffrax_row(solver, adjoint):
    return Row("diffrax", f"{solver} {adjoint}", "jax.numpy, jitted", {"solver": solver, "adjoint": adjoint})


MINODE = minode_row("lsoda", "one layer")
MINODE_LAYERS = minode_row("lsoda", "layers")
MINODE_PLAIN = minode_row("lsoda", "autograd.numpy")
MINODE_DOPRI5 = minode_row("dopri5", "one layer")
AUTOGRAD = Row("autograd", "lsoda", "autograd.numpy", {})
TORCHDIFFEQ = Row("torchdiffeq", "dopri5 odeint_adjoint", "torch.nn", {"method": "dopri5"})
DIFFRAX = diffrax_row("Tsit5", "BacksolveAdjoint")
ROWS = [
    MINODE_PLAIN,
    MINODE_LAYERS,
    MINODE,
    minode_row("vode", "one layer"),
    MINODE_DOPRI5,
    minode_row("dop853", "one layer"),
    *(minode_row(method, "one layer", seminorm=True) for method in ("lsoda", "dopri5")),
    AUTOGRAD,
    TORCHDIFFEQ,
    Row("torchdiffeq", "dopri5 seminorm", "torch.nn", {"method": "dopri5", "adjoint_options": {"norm": "seminorm"}}),
    DIFFRAX,
    diffrax_row("Dopri5", "BacksolveAdjoint"),
    diffrax_row("Tsit5", "RecursiveCheckpointAdjoint"),
]
# Name of a ratio: the row above the line, the row below it.
RATIOS = {
    "vs_autograd": (MINODE, AUTOGRAD),
    "vs_autograd_layers": (MINODE_LAYERS, AUTOGRAD),
    "vs_autograd_same_field": (MINODE_PLAIN, AUTOGRAD),
    "vs_torchdiffeq": (MINODE, TORCHDIFFEQ),
    "vs_torchdiffeq_layers": (MINODE_LAYERS, TORCHDIFFEQ),
    "vs_torchdiffeq_same_field": (MINODE_PLAIN, TORCHDIFFEQ),
    "vs_torchdiffeq_same_method": (MINODE_DOPRI5, TORCHDIFFEQ),
    "vs_diffrax": (MINODE, DIFFRAX),
}
FIRST_GRADIENT = (MINODE, TORCHDIFFEQ, DIFFRAX, AUTOGRAD)
