"""A Hamiltonian network beside a plain one: what is conserved by construction, long after the data end."""

from minode.experiments.common.entry import Entry

ENTRIES = {
    "hamiltonian": Entry(
        "Hamiltonian network",
        __name__,
        {"quick": 8, "default": 120, "full": 2200},
        "a network that learns a pendulum's energy keeps it where a plain one drifts, 20 times as long as the data",
    ),
}
