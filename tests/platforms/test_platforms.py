"""Pythons of other platforms, such as a browser's, lack this or that: minode then does without.

Each is simulated in a process forked from one that has imported the libraries, and not minode.
"""

import os

import pytest

LIBRARIES = """
import ctypes, errno, importlib, os, pkgutil, signal, sys, threading
import _thread
import numpy as np
import autograd.numpy, matplotlib.figure, PIL.Image, scipy.integrate, scipy.stats, tqdm
from autograd import grad

def without(*names):
    for name in names:
        for loaded in [module for module in sys.modules if module == name or module.startswith(name + ".")]:
            del sys.modules[loaded]
        sys.modules[name] = None

def refusing(error):
    def refuse(*arguments, **options):
        raise error
    return refuse

def no_locks():
    without("fcntl", "msvcrt")

def umask_of_a_browser():
    os.umask = lambda mask: 0o777

def no_umask():
    del os.umask

def no_number_of_cores():
    os.cpu_count = lambda: None
    for name in ("process_cpu_count", "sched_getaffinity"):
        if hasattr(os, name):
            delattr(os, name)

def no_threads():
    _thread.start_new_thread = threading._start_new_thread = refusing(RuntimeError("can't start new thread"))
    threading._start_joinable_thread = threading._start_new_thread

def handlers_refused():
    signal.signal = refusing(ValueError("signal only works in main thread of the main interpreter"))

def no_signals():
    for name in ("SIGTERM", "SIGHUP", "SIGALRM", "SIGUSR1", "SIGUSR2"):
        delattr(signal, name)

def no_c_library():
    ctypes.CDLL = refusing(OSError("no such library"))

def no_handle_of_the_process():
    ctypes.CDLL = refusing(TypeError("expected a string"))

def no_ctypes():
    without("ctypes", "_ctypes", "threadpoolctl")

def indices_of_32_bits():
    count = np.bincount
    def bincount(x, weights=None, minlength=0):
        if not np.can_cast(x.dtype, np.int32, "safe"):
            raise TypeError(f"Cannot cast array data from {x.dtype} to int32 according to the rule 'safe'")
        return count(x, weights, minlength)
    np.intp, np.bincount = np.int32, bincount

def no_lzma():
    without("lzma", "_lzma", "bz2", "_bz2", "pooch")

def no_processes():
    without("multiprocessing", "_multiprocessing", "_posixshmem", "resource")
    os.register_at_fork = None
    del os.register_at_fork

def no_fsync():
    os.fsync = refusing(OSError(errno.EINVAL, "Invalid argument"))

def no_locks_on_this_file_system():
    import fcntl, warnings
    fcntl.flock = refusing(OSError(errno.ENOLCK, "No locks available"))
    warnings.simplefilter("ignore", RuntimeWarning)

BROWSER = (no_locks, umask_of_a_browser, no_number_of_cores, no_threads, handlers_refused, no_signals, no_c_library,
    no_ctypes, indices_of_32_bits, no_lzma, no_processes, no_fsync)

def browser():
    for lack in BROWSER:
        lack()
"""

USE = """
def use(folder):
    import minode
    for module in pkgutil.walk_packages(minode.__path__, "minode."):
        importlib.import_module(module.name)
    from minode.cli import parser as cli
    from minode import odeint, solve
    from minode.data.photographs import folders, synthetic, ufpr
    from tests import tiny
    for method in ("lsoda", "vode", "dopri5-np"):
        gradient = grad(lambda p: odeint(lambda t, z, p: -p * z, np.ones(2), [0.0, 1.0], p, method=method)[-1, 0])
        assert abs(gradient(2.0) + np.exp(-2.0)) < 1e-4
    y = solve(lambda t, y: -y, np.ones(60_000), [0, 1], method="dopri5-np")
    assert np.abs(y[-1] - np.exp(-1)).max() < 1e-4
    tiny.install()
    run = ["train", "mnist", "--model", "node", "--recipe", "fast", "--epochs", "1", "--batch-size", "16"]
    run += ["--run", folder]
    assert cli.main(run) == 0
    assert cli.main(["evaluate", folder]) == 0
    assert cli.main([*run, "--resume"]) == 0
    assert os.stat(folder + "/best.npz").st_mode & 0o600 == 0o600
    synthetic.write("amr", folder + "/meters", 5)
    os.environ["XDG_CACHE_HOME"] = folder + "/cache"
    print(ufpr.describe_data("amr", folder + "/meters"))

lacks, folder = [globals()[name] for name in sys.argv[1].split(",")], sys.argv[2]
for lack in lacks:
    child = os.fork()
    if not child:
        code = 1
        try:
            lack()
            use(f"{folder}/{lack.__name__}")
            code = 0
        finally:
            sys.stdout.flush()
            if code:
                import traceback
                traceback.print_exc()
            os._exit(code)
    if os.waitpid(child, 0)[1]:
        sys.exit(f"minode cannot do with {lack.__name__}")
"""

LACKS = (
    "no_locks umask_of_a_browser no_umask no_number_of_cores no_threads handlers_refused no_signals no_c_library "
    "no_handle_of_the_process no_ctypes indices_of_32_bits no_lzma no_processes no_fsync no_locks_on_this_file_system "
    "browser"
).split()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the simulations are forked")
def test_minode_does_without(run_script, tmp_path):
    run_script(LIBRARIES + USE, ",".join(LACKS), str(tmp_path), timeout=600)
