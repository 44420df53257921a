"""Fewer cases than all combinations, where two choices that meet bring a mistake to light."""

from collections import Counter
from itertools import combinations, product


def pairs(*axes):
    """Cases of one value of each axis, chosen so that any two values of any two axes meet in one of them.

    A full product of four axes repeats each pair dozens of times, while most mistakes are brought to light by one value
    or by two that meet (Kuhn, Wallace, Gallo 2004, "Software fault interactions"). The choice is the same each time:
    a case begins with a pair that has not met, and takes of each further axis the value that meets most others anew.

    Parameters
    ----------
    *axes : iterables
        Two or more, of any values.

    Returns
    -------
    list of tuples
        At least as many as the product of the two longest axes.
    """
    axes = [list(axis) for axis in axes]
    apart = {
        ((i, a), (j, b))
        for (i, first), (j, second) in combinations(enumerate(axes), 2)
        for a, b in product(range(len(first)), range(len(second)))
    }
    cases, used = [], Counter()

    def gain(choice, others):
        return sum(tuple(sorted([choice, other])) in apart for other in others), -used[choice]

    while apart:
        case = list(min(apart))
        for i in set(range(len(axes))) - {i for i, _ in case}:
            case.append(max(((i, a) for a in range(len(axes[i]))), key=lambda choice: gain(choice, case)))
        case.sort()
        apart.difference_update(combinations(case, 2))
        used.update(case)
        cases.append(tuple(axes[i][a] for i, a in case))
    return cases


def name_of(value):
    """The name of a case's value, the same in each process: functions are told by an address else."""
    if isinstance(value, (tuple, list)):
        return "-".join(map(name_of, value))
    return getattr(value, "__name__", None) or str(value)
