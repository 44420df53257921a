"""The coefficients of Dormand and Prince's Runge-Kutta 5(4) (1980), and of its interpolant."""

import autograd.numpy as anp
import numpy as np

from minode.base.types import Array

# Stage i lies at t + C[i] h and starts from y + h (A[i] . k). The last stage lies at the new y (FSAL): it is the first
# one of the next step.
C = (0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1, 1)
A = (
    (),
    (1 / 5,),
    (3 / 40, 9 / 40),
    (44 / 45, -56 / 15, 32 / 9),
    (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
    (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
    (35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84),
)
# Order 5 minus order 4: h (E . k) estimates the error of a step.
E = (71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40)
# Between the ends of a step y + h (k . P (s, s**2, s**3, s**4)) is of order 4 at its part s (Shampine 1986).
P = (
    (1, -8048581381 / 2820520608, 8663915743 / 2820520608, -12715105075 / 11282082432),
    (0, 0, 0, 0),
    (0, 131558114200 / 32700410799, -68118460800 / 10900136933, 87487479700 / 32700410799),
    (0, -1754552775 / 470086768, 14199869525 / 1410260304, -10690763975 / 1880347072),
    (0, 127303824393 / 49829197408, -318862633887 / 49829197408, 701980252875 / 199316789632),
    (0, -282668133 / 205662961, 2019193451 / 616988883, -1453857185 / 822651844),
    (0, 40617522 / 29380423, -110615467 / 29380423, 69997945 / 29380423),
)


def interpolation(part: float) -> Array:
    """The weights of the slopes, over h, for the state at this part of a step; `part` may be traced."""
    return anp.dot(np.array(P), anp.array([part, part**2, part**3, part**4]))
