"""The variables with which NumPy and OpenBLAS compute here as they do on an older processor.

Both hold kernels for several generations of processors, which differ in the last bit: sums in another order, products
and sums rounded once or twice, another polynomial behind a power. What depends on that bit shows in
``env $(python -m tests.other_processor) pytest``.
"""

import platform

import numpy as np
from threadpoolctl import threadpool_info

# OpenBLAS's kernels before those in use, by its own names. Prescott's run on every x86-64.
OLDER = {
    "SapphireRapids": "Haswell",
    "Cooperlake": "Haswell",
    "SkylakeX": "Haswell",
    "Zen": "Sandybridge",
    "Haswell": "Sandybridge",
}


def variables():
    """Take AVX-512 away from NumPy where there is any, else all that is optional; OpenBLAS goes one generation back.

    Returns
    -------
    dict
        Environment variables; empty where there is one kind of kernel only.
    """
    found = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    widest = [name for name in found if name == "X86_V4" or name.startswith("AVX512")]
    chosen = {"NPY_DISABLE_CPU_FEATURES": ",".join(widest or found)}
    if platform.machine().lower() in ("x86_64", "amd64"):
        in_use = [pool["architecture"] for pool in threadpool_info() if pool["internal_api"] == "openblas"]
        chosen["OPENBLAS_CORETYPE"] = OLDER.get(in_use[0], "Prescott") if in_use else ""
    return {name: value for name, value in chosen.items() if value}


if __name__ == "__main__":
    print(*(f"{name}={value}" for name, value in variables().items()))
