"""Runs that are to be the same to the last bit, and what kills them while they work."""

import json
import os
import random
import signal
import threading
from contextlib import contextmanager

from minode.base.trees import leaves
from minode.training.saved import checkpoint, run_folder
from minode.training.sweep import local, process

SECONDS = {"seconds", "median_seconds_per_batch"}


def history_of(folder):
    """All of the history but the seconds."""
    rows = [line.split(",") for line in (folder / run_folder.HISTORY).read_text().splitlines()]
    return [row[:5] + row[6:] for row in rows]


def result_of(folder, but=()):
    """All of the result but the seconds, and what else may differ."""
    result = json.loads((folder / run_folder.RESULT).read_text())
    return {name: value for name, value in result.items() if name not in {*SECONDS, *but}}


def assert_same_run(folder, reference, but=()):
    assert history_of(folder) == history_of(reference)
    for name in (run_folder.LAST, run_folder.BEST):
        ours, theirs = (checkpoint.load(place / name) for place in (folder, reference))
        assert [W.tobytes() for W in leaves(ours[1:4])] == [W.tobytes() for W in leaves(theirs[1:4])]
        assert (ours.epoch, ours.step, ours.best_error) == (theirs.epoch, theirs.step, theirs.best_error)
    assert result_of(folder, but) == result_of(reference, but)


@contextmanager
def killing(n, seed=0, mean=0.7):
    """Kill the first process of this machine's sweeps, then random ones at random times, `n` in all; yields their list.

    Times are exponential with this mean, in seconds, so that beginnings, steps, checkpoints and ends are all met.
    """
    alive, killed, over, rng = [], [], threading.Event(), random.Random(seed)

    class Mortal(process.RunProcess):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            # The first one is killed at once, since on a fast machine all might be over before their time.
            if not alive:
                kill(self)
            alive.append(self)

    def kill(victim):
        os.kill(victim.pid, signal.SIGKILL)
        killed.append(victim.pid)

    def kill_now_and_then():
        while not over.wait(rng.expovariate(1 / mean)) and len(killed) < n:
            if working := [one for one in list(alive) if one.poll() is None]:
                kill(rng.choice(working))

    former, local.RunProcess = local.RunProcess, Mortal
    killer = threading.Thread(target=kill_now_and_then)
    killer.start()
    try:
        yield killed
    finally:
        over.set()
        killer.join()
        local.RunProcess = former
