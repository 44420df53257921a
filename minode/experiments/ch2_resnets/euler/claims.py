"""The claims of Eqs. 2.8-2.10 and 3.2-3.4, as rules that numbers can break."""

import numpy as np

from minode.experiments.common.verdicts import below_zero, decided, of_seeds

ORDERS = {"euler": 1, "midpoint": 2, "rk4": 4}
TENTH, ROUNDING = 0.1, 1e-12


def judge_convergence(numbers):
    """Hold the claim, part by part, against the numbers.

    ResNets are Euler's method if they differ by rounding alone. A method has its order p if slopes of random fields are
    off by less than a tenth on average, by how they vary from field to field, and so is that of each closed form.

    Returns
    -------
    dict
        "verdicts" by part, and what they were judged by: the orders in "theory" and how far off is "allowed".
    """
    verdicts = {"a ResNet is Euler's method": decided(numbers["resnet_against_euler"] < ROUNDING)}
    for method, order in ORDERS.items():
        off = np.abs(np.array(numbers["orders"][method]) - order)
        verdicts[f"{method}: order {order}, random fields"] = below_zero(of_seeds(off - TENTH))
        formulas = numbers["closed_form_orders"][method].values()
        verdicts[f"{method}: order {order}, closed forms"] = decided(all(abs(p - order) < TENTH for p in formulas))
    return {"theory": ORDERS, "allowed": TENTH, "verdicts": verdicts}
