"""What chapter 2 claims of gradients and of Eqs. 2.3-2.7, as rules that numbers can break."""

import math

import numpy as np

from minode.experiments.common.claims import Claim
from minode.experiments.common.verdicts import FAILS, HOLDS, UNDECIDED, between, decided, of_seeds

# A gradient keeps its size if from the last layer to the first it changes by less than this factor, in powers of ten.
KEPT = 1.0
# Orders are off by less, and what rounding alone makes differ is no more, relative.
OFF, ROUNDING = 0.1, 1e-12
ORDER = 2


def judge_shortcuts(numbers):
    """Hold the claims against the numbers.

    Parameters
    ----------
    numbers : dict
        As `compute` returns them: gains are logarithms, to the base of ten, of a gradient's size at the first layer
        over that at the last.

    Returns
    -------
    list of Claim
        Those that the thesis does not make are about what it does not say.
    """
    gains, digits = numbers["gains"], numbers["digits"]
    printed, corrected = (numbers["equation_2_5"][key] for key in ("inverse of g", "g"))
    return [
        _keeps("h, g identities: gradients keep their size (Eq. 2.6)", gains["h, g identities"], True),
        *(_leaves(f"{name}: gradients vanish or explode", gains[name], True) for name in ("h = 0.9 z", "h = 1.1 z")),
        _leaves("g = tanh: gradients vanish or explode", gains["g = tanh"], False),
        _keeps("g = ReLU: gradients keep their size", gains["g = ReLU"], False),
        _order(numbers["orders"]),
        Claim("Eq. 2.5, with the inverse of g, is Eqs. 2.3 and 2.4", decided(printed < ROUNDING), _off(printed), True),
        Claim("Eq. 2.5, with g, is Eqs. 2.3 and 2.4", decided(corrected < ROUNDING), _off(corrected), False),
        *(
            _leaves(f"digits, plain networks, {when}: gradients vanish or explode", digits[f"plain, {when}"], True)
            for when in ("at first", "trained")
        ),
        *(
            _keeps(f"digits, residual networks, {when}: gradients keep their size", digits[f"residual, {when}"], False)
            for when in ("at first", "trained")
        ),
    ]


def _keeps(text, gains, thesis):
    gain = of_seeds(gains)
    return Claim(text, between(gain.interval(), -KEPT, KEPT), _size(gain), thesis)


def _leaves(text, gains, thesis):
    gain = of_seeds(gains)
    opposite = {HOLDS: FAILS, FAILS: HOLDS, UNDECIDED: UNDECIDED}
    return Claim(text, opposite[between(gain.interval(), -KEPT, KEPT)], _size(gain), thesis)


def _size(gain):
    low, high = gain.interval()
    ends = f" (10^{low:.2f} to 10^{high:.2f})" if math.isfinite(low) else ""
    return f"first over last layer 10^{gain.value:.2f}{ends}"


def _order(orders):
    off = of_seeds(np.abs(np.array(orders) - ORDER))
    numbers = f"order {min(orders):.3f} to {max(orders):.3f}"
    return Claim("Eq. 2.7 is Eq. 2.5 but for terms of second order", between(off.interval(), -1.0, OFF), numbers, True)


def _off(difference):
    return f"off by {difference:.0e}, relative"
