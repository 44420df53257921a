"""Table 2 of Chen et al. (2018): spirals observed at irregular times, by a latent ODE and by a recurrent network."""

from minode.experiments.common.entry import Entry

ENTRIES = {
    "latent": Entry(
        "Latent ODE",
        __name__,
        {"quick": 5, "default": 120, "full": 900},
        "a latent ODE extrapolates spirals observed at irregular times better than an RNN (Chen et al. 2018, Table 2)",
    ),
}
