"""How long the parts of a training step take, and an evaluation in each of its solves."""

from statistics import median
from time import perf_counter, process_time

import numpy as np

SOLVES = ("forward", "backward")


def seconds_of(step, repeat=5):
    """Seconds of each part, "cpu" those of the step in all threads; of f and f_aug the median of `repeat`."""

    def clock(function):
        start = perf_counter()
        result = function()
        return perf_counter() - start, result

    # They also wake the threads and win back the caches, before the long parts.
    f, f_aug = (median(clock(part)[0] for _ in range(repeat)) for part in (step.f, step.f_aug))
    used = process_time()
    whole, _ = clock(step.whole)
    used = process_time() - used
    forward, solve_backward = clock(step.solve)
    backward, _ = clock(solve_backward)
    return {"step": whole, "cpu": used, "forward": forward, "backward": backward, "f": f, "f_aug": f_aug}


def parts_of(rounds, nfe, peer_nfe):
    """Turn the parts' seconds in each round into lists, those of the solves into seconds an evaluation."""
    parts = {part: [seconds[part] for seconds in rounds] for part in rounds[0]}
    parts["rest"] = [step - forward - backward for step, forward, backward in zip(*map(parts.get, ("step", *SOLVES)))]
    for part, evaluations in zip(SOLVES, nfe):
        parts[part] = [seconds / evaluations for seconds in parts[part]]
    if peer_nfe:
        solves = zip(*map(parts.get, SOLVES))
        parts["same_nfe"] = [rest + np.dot(each, peer_nfe) for rest, each in zip(parts["rest"], solves)]
    return parts
