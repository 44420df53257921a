"""What can be reproduced, in the order of the thesis, and what is left out.

The registry is made of the folders of all experiments. A new experiment is a new folder in the folder of its chapter,
and its `__init__` has ENTRIES, a dict of name -> `Entry`.
"""

import pkgutil
from importlib import import_module

from minode.experiments import beyond, ch1_motivation, ch2_resnets, ch3_nodes, ch4_images

# The order of the thesis, then what is beyond it. An experiment that is not named here comes last.
ORDER = (
    "adapt tolerance fig2.1 fig2.3 fig2.5 shortcuts euler fig3.1 table3.1 fig3.2 fig3.3 fig3.3c fig3.4 fig3.5 "
    "gradients cost memory table4.1 table4.2 table4.3 table4.4 fig4.1 fig4.2 fig4.3 table4.5 fig4.4 fig4.5 "
    "fig4.6 fig4.7 table4.6 fig4.8 fields cnf series latent hamiltonian constants hybrid"
).split()


def _entries():
    """Find the entries of all folders. Their `__init__` imports nothing else, so that `minode list` is fast."""
    for chapter in (ch1_motivation, ch2_resnets, ch3_nodes, ch4_images, beyond):
        for found in pkgutil.iter_modules(chapter.__path__, f"{chapter.__name__}."):
            if found.ispkg:
                yield from import_module(found.name).ENTRIES.items()


def _place(named):
    name, _ = named
    return ORDER.index(name) if name in ORDER else len(ORDER)


REGISTRY = dict(sorted(_entries(), key=_place))

OUT_OF_SCOPE = {
    "Figure 1.1": "a drawing of a neuron and of a perceptron: nothing is computed",
    "Figure 1.2": "results of others on ImageNet, which two cores cannot train on",
    "Figure 2.2": "a drawing of a residual block: Table 4.4 lists its layers, `blocks.ResBlock` is it",
    "Figure 2.4": "a drawing of the architectures of He et al. (2015) for ImageNet",
}
