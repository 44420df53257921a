"""minode is a guest in the user's process, and leaves it as it found it."""

import sys

import pytest

from minode.cli import parser

# Libraries add filters of warnings when they are imported, which is their affair.
STATE = """
import faulthandler, gc, locale, os, random, resource, signal, sys, threading, warnings
import numpy as np
import matplotlib
import matplotlib.figure
import scipy.integrate
import scipy.linalg
import scipy.stats
from autograd.tracer import trace_stack
from threadpoolctl import ThreadpoolController
import pooch, requests, tqdm, PIL.Image, PIL.ImageFile

libraries = ThreadpoolController()

def state():
    umask = os.umask(0o22)
    os.umask(umask)
    return {
        "threads of BLAS": [(found["filepath"], found["num_threads"]) for found in libraries.info()],
        "threads": sorted(x.name for x in threading.enumerate() if not x.name.startswith("minode")),
        "handlers of signals": {number: signal.getsignal(number) for number in signal.valid_signals()},
        "floating point": (np.geterr(), np.geterrcall(), sorted(np.get_printoptions().items(), key=str)),
        "random numbers": (random.getstate(), repr(np.random.get_state())),
        "warnings": list(warnings.filters),
        "matplotlib": (dict(matplotlib.rcParams), matplotlib.rcParams._get("backend")),
        "hooks": (sys.gettrace(), sys.getprofile(), sys.excepthook, sys.unraisablehook, threading.excepthook),
        "interpreter": (sys.getrecursionlimit(), sys.getswitchinterval(), gc.isenabled(), gc.get_threshold()),
        "umask": umask,
        "folder": os.getcwd(),
        "environment": dict(os.environ),
        "locale": locale.setlocale(locale.LC_ALL),
        "streams": (sys.stdout, sys.stderr, sys.stdin),
        "limits": [resource.getrlimit(getattr(resource, name)) for name in dir(resource) if name.startswith("RLIMIT_")],
        "PIL": (PIL.Image.MAX_IMAGE_PIXELS, PIL.ImageFile.LOAD_TRUNCATED_IMAGES),
        "pooch": pooch.get_logger().level,
        "tqdm": tqdm.tqdm.monitor_interval,
        "autograd": trace_stack.top,
    }

before = state()
"""

USE = """
import importlib, pkgutil
import minode
for module in pkgutil.walk_packages(minode.__path__, "minode."):
    importlib.import_module(module.name)

from contextlib import redirect_stdout, suppress
from pathlib import Path
from autograd import grad
from minode.cli import parser as cli
from minode import odeint, solve
from minode.training import train_run as training
from minode.data.photographs import folders, synthetic, ufpr
from minode.data.download import fetch
from minode.experiments.reproduction import reproduce
from minode.nn.layers import ReLU, serial
from tests import tiny

for method in ("lsoda", "vode", "dopri5", "dopri5-np"):
    grad(lambda p: odeint(lambda t, z, p: -p * z, np.ones(2), [0.0, 1.0], p, method=method)[-1, 0])(2.0)
solve(lambda t, y: -y, np.ones(60_000), [0, 0.1], method="dopri5-np")
serial(ReLU(), shard=1).apply([()], np.ones((9, 28, 28, 1)))
folder = sys.argv[1]
with open(os.devnull, "w") as silence, redirect_stdout(silence):
    reproduce("fig3.4", size="quick", out=folder)
    with suppress(OSError):
        fetch("none.gz", "0", ["http://127.0.0.1:9/"], folder)
    synthetic.write("amr", folder + "/meters", 5)
    meters = Path(folder, "meters")
    ufpr._read("amr", meters, {name: folders.photographs(meters, name) for name in folders.SPLITS}, False)
    tiny.install()
    given = tiny.GIVEN | {"model": "node", "epochs": 1}
    training.train(folder + "/run", given)
    assert cli.main(["evaluate", folder + "/run"]) == 0
"""

COMPARE = """
after = state()
print(*(f"{name}: {before[name]} -> {after[name]}" for name in before if before[name] != after[name]), sep="\\n")
"""

# Every array is touched, or the system would not count it.
ARRAYS = """
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20

before, kept = resident(), {}
for mebibytes in (0.25, 10):
    arrays = [np.ones(int(mebibytes * 2**17)) for _ in range(int(320 / mebibytes))]
    del arrays
    kept[mebibytes] = resident() - before
print(max(kept.values()))
"""

USES = {
    "a layer": "serial(ReLU(), shard=1).apply([()], np.ones((9, 28, 28, 1)))",
    "a solve": 'solve(lambda t, y: -y, np.ones(60_000), [0, 0.1], method="dopri5-np")',
    "a training": 'tiny.install(); training.train(sys.argv[1] + "/run", tiny.GIVEN | {"model": "node", "epochs": 1})',
}


def test_the_process_is_as_it_was(run_script, tmp_path):
    assert run_script(STATE + USE + COMPARE, str(tmp_path), timeout=600).strip() == ""


@pytest.mark.skipif(sys.platform != "linux", reason="resident memory is read from /proc")
@pytest.mark.parametrize("use", USES.values(), ids=USES.keys())
def test_memory_that_the_user_frees_does_not_stay(use, run_script, tmp_path):
    imports = "import os, sys\nimport numpy as np\nfrom tests import tiny\n"
    imports += "from minode import solve\n"
    imports += "from minode.training import train_run as training\n"
    imports += "from minode.nn.layers import ReLU, serial\n"
    kept = float(run_script(imports + use + ARRAYS, str(tmp_path), timeout=300).splitlines()[-1])
    # Of 320; what had stayed for good was all of it.
    assert kept < 100


def test_only_a_process_of_the_commands_own_keeps_memory(monkeypatch, capsys):
    called = []
    monkeypatch.setattr(parser, "keep_freed_memory", lambda: called.append(True))
    assert parser.main(["summary", "node"]) == 0
    assert not called
    monkeypatch.setattr(sys, "argv", ["minode", "summary", "node"])
    assert parser.main() == 0
    assert called


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the C library is another one")
def test_the_commands_own_process_keeps_it(run_script):
    script = "import os\nimport numpy as np\nfrom minode.base.malloc import keep_freed_memory\nkeep_freed_memory()\n"
    assert float(run_script(script + ARRAYS, timeout=300)) > 250
