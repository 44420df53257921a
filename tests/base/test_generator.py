"""A seed in place of a generator is told at once, wherever random numbers are drawn."""

import numpy as np
import pytest

from minode import layers
from minode.data import augment, toy
from minode.data.time_series import systems
from minode.nn import flows
from minode.nn.time_series import recurrent
from minode.nn.time_series.latent import latent_ode

IMAGES = np.zeros((2, 8, 8, 1))
DRAWS = {
    "a dense layer": lambda rng: layers.Dense(3).init(rng, (2,)),
    "a convolution": lambda rng: layers.serial(layers.Conv2D(3, 3), layers.ReLU()).init(rng, (8, 8, 1)),
    "a depthwise convolution": lambda rng: layers.DepthwiseConv2D(3).init(rng, (8, 8, 1)),
    "a recurrent unit": lambda rng: recurrent.GRU(3).init(rng, (4, 2)),
    "a latent ODE": lambda rng: latent_ode(2, 2, 3, 4).init(rng, 2),
    "samples of a flow": lambda rng: flows.sample(lambda t, z, params: -z, rng, (3, 2)),
    "signs": lambda rng: flows.rademacher(rng, (3, 2)),
    "rings": lambda rng: toy.g_d(rng),
    "a spiral": lambda rng: toy.spiral(rng),
    "spirals": lambda rng: systems.spirals(rng, 2, np.array([0.0, 1.0])),
    "times": lambda rng: systems.irregular_times(rng, 3, 1.0),
    "crops": lambda rng: augment.random_crop(rng, IMAGES),
    "affine maps": lambda rng: augment.random_affine(rng, IMAGES),
}


@pytest.mark.parametrize("rng", [0, None, np.random.RandomState(0)], ids=["a seed", "None", "of the old kind"])
@pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
def test_what_is_no_generator_is_named(draw, rng):
    with pytest.raises(TypeError, match=r"rng is .*; expected a numpy\.random\.Generator, as from default_rng\(seed\)"):
        draw(rng)
    draw(np.random.default_rng(0))
