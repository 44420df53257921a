"""The matrix products of a function on their own: NumPy brings its time no further down than theirs."""

import math
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from time import perf_counter, process_time

import numpy as np
from numpy.lib.stride_tricks import as_strided

FUNCTIONS = ("dot", "matmul")


def alone(function, n_threads, rounds=5):
    """Record the products of one call of `function`, and repeat them with nothing between.

    Returns
    -------
    dict
        "gflop", the seconds of CPU time in one thread ("cpu"), and those on the clock in all threads ("clock").
    """
    products = recorded(function)
    times = {"cpu": (1, process_time), "clock": (n_threads, perf_counter)}
    return {"gflop": sum(n * flops(*product) for product, n in products.items()) / 1e9} | {
        name: median(seconds(products, *how) for _ in range(rounds)) for name, how in times.items()
    }


def print_products(products, steps):
    """Print what `alone` found, and its shares in the times of `steps`: name -> "cpu" and "step", a list each."""
    gflop, cpu, clock = products["gflop"], products["cpu"], products["clock"]
    print(f"\nmatrix products of minode's step alone: {gflop:.1f} GFLOP, {gflop / cpu:.0f} a second in one thread,")
    print(f"{1e3 * cpu:.0f} ms of CPU time; {1e3 * clock:.0f} ms on the clock in all threads")
    for name, times in steps.items():
        shares = cpu / median(times["cpu"]), clock / median(times["step"])
        print(f"that is {shares[0]:.2f} and {shares[1]:.2f} of the step of {name}")


def recorded(function):
    """Count the products of matrices that a call of `function` asks NumPy for, by name and layouts of the arrays."""
    calls, originals = [], {name: getattr(np, name) for name in FUNCTIONS}

    def recording(name):
        def product(a, b, out=None):
            if min(np.ndim(a), np.ndim(b)) > 1:
                calls.append((name, layout(a), layout(b), None if out is None else layout(out)))
            return originals[name](a, b, out=out)

        return product

    try:
        for name in FUNCTIONS:
            setattr(np, name, recording(name))
        function()
    finally:
        for name, original in originals.items():
            setattr(np, name, original)
    return Counter(calls)


def layout(array):
    return array.shape, array.strides, array.dtype.str


def made(shape, strides, dtype):
    """An array of ones in this layout."""
    n_bytes = sum((n - 1) * stride for n, stride in zip(shape, strides)) + np.dtype(dtype).itemsize
    return as_strided(np.ones(n_bytes // np.dtype(dtype).itemsize, dtype), shape, strides)


def flops(_, a, b, out):
    """Multiplications and additions of a product."""
    stack = np.broadcast_shapes(a[0][:-2], b[0][:-2])
    return 2 * math.prod(stack) * math.prod(a[0][-2:]) * b[0][-1]


def seconds(products, n_threads, clock):
    """Repeat the products, each thread its share of every kind; return the seconds that `clock` counts."""

    def work(thread):
        for (name, a, b, out), n in products.items():
            function, arrays = getattr(np, name), arrays_of[thread][name, a, b, out]
            for _ in range(thread, n, n_threads):
                function(*arrays)

    arrays_of = [
        {(name, *layouts): [made(*of) if of else None for of in layouts] for name, *layouts in products}
        for _ in range(n_threads)
    ]
    with ThreadPoolExecutor(n_threads) as pool:
        list(pool.map(lambda _: None, range(n_threads)))
        start = clock()
        list(pool.map(work, range(n_threads)))
        return clock() - start
