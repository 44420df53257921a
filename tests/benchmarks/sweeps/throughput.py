"""How many steps a second a sweep makes with one, two, ... runs at a time on this machine.

python -m tests.benchmarks.sweeps.throughput --model mlp --subset 2000 --epochs 20
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

from minode.training.sweep.axes import grid
from minode.training.sweep.planning import plan
from minode.training.sweep.running import run_sweep


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="mnist")
    parser.add_argument("--model", default="mlp")
    parser.add_argument("--subset", default="2000")
    parser.add_argument("--epochs", default="20")
    parser.add_argument("--batch-size", default="128")
    parser.add_argument("--seeds", default="0-3")
    parser.add_argument("--jobs", default="1,2")
    parser.add_argument("--rounds", type=int, default=1, help="of all numbers of runs at a time, in turn")
    options = parser.parse_args(arguments)
    axes = {name: getattr(options, name) for name in ("model", "subset", "epochs", "batch_size")} | {"recipe": "fast"}
    rates = {int(n_jobs): [] for n_jobs in options.jobs.split(",")}
    for _ in range(options.rounds):
        for n_jobs, found in rates.items():
            with tempfile.TemporaryDirectory() as place:
                planned = plan(grid(options.data, axes, options.seeds), place)
                start = time.perf_counter()
                failed = run_sweep(planned, Path(place), n_jobs).failed
                assert not failed, failed
                found.append(sum(run.n_steps for run in planned.runs) / (time.perf_counter() - start))
    # Other programs on the machine can only slow a sweep down.
    best = {n_jobs: max(found) for n_jobs, found in rates.items()}
    first = next(iter(best.values()))
    print("runs at a time  steps a second  times the first")
    for n_jobs, rate in best.items():
        print(f"{n_jobs:14}  {rate:14.1f}  {rate / first:15.2f}")
    print(json.dumps({"steps_per_second": best}))


if __name__ == "__main__":
    main()
