"""A network and a data set so small that a run takes a fraction of a second; the command with both in place.

python -m tests.tiny train mnist --run DIR ...
"""

import sys
from contextlib import contextmanager

import numpy as np

from minode.cli import parser
from minode.data import mnist
from minode.data.dataset import Dataset, Split
from minode.nn import models
from minode.nn.blocks import ODEBlock
from minode.nn.layers import Dense, Flatten, Tanh, serial
from minode.training.sweep import process

GIVEN = {"data": "mnist", "model": "mlp", "recipe": "fast", "epochs": 3, "batch_size": 16, "padding": 1}
# Full batches in the training images; eight more images are left out.
STEPS = 12


def build(name, channels=1, classes=10, *, tol=1e-3, method="dopri5-np"):
    """Stand in for `models.build`: an ODE block under the name "node", two dense layers under any other."""
    block = ODEBlock(serial(Dense(6), Tanh()), method=method, rtol=tol, atol=tol)
    return serial(Flatten(), Dense(6), block if name == "node" else Tanh(), Dense(classes))


def dataset(n_train=16 * STEPS + 8):
    """Make digits whose brightest rows tell the class."""
    rng = np.random.default_rng(0)

    def split(n):
        y = rng.integers(0, 10, n)
        x = rng.uniform(0, 0.5, (n, 28, 28, 1)).astype(np.float32)
        for image, label in zip(x, y):
            image[2 * label + 3 : 2 * label + 6] += 0.5
        return Split(x, y)

    return Dataset(split(n_train), split(50), split(60), tuple("0123456789"))


# What runs of a sweep have for a program, so that they have both in place, too.
CHILD = (
    "from tests import tiny; tiny.install(); from minode.training.sweep import child; raise SystemExit(child.main())"
)


def install(put=setattr):
    """Put both in the place of the real ones; `put` may be `monkeypatch.setattr`."""
    put(models, "build", build)
    put(mnist, "load", lambda root=None: dataset())
    put(process, "PROGRAM", ("-c", CHILD))


@contextmanager
def full_disk(size=1000):
    """No file can grow beyond `size` bytes."""
    # Windows has none.
    import resource

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


if __name__ == "__main__":
    install()
    sys.exit(parser.main())
