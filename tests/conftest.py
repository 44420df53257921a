import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

# Several test processes share the cores, and threads of BLAS that wait are busy: one each, unless something else is
# asked for. It is read when NumPy is imported, and by the processes that tests start.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import minode
from minode.cli import parser

# Processes that tests start import the minode that the tests import, not another one that is installed.
FOLDER = Path(minode.__file__).parents[1]
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(FOLDER), os.environ.get("PYTHONPATH")]))


@pytest.fixture(scope="session", autouse=True)
def _signals_of_a_terminal():
    """Serve signals as Python does in a terminal; under `nohup` and in the background some are ignored."""
    served = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
    if hasattr(signal, "SIGHUP"):
        served[signal.SIGHUP] = signal.SIG_DFL
    former = {signum: signal.signal(signum, handler) for signum, handler in served.items()}
    yield
    for signum, handler in former.items():
        signal.signal(signum, handler)


@pytest.fixture
def command(capsys):
    """Run the command and return its exit code, output and errors."""

    def run(*arguments):
        code = parser.main([str(argument) for argument in arguments])
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def run_script():
    """Run a Python program in a fresh interpreter and return what it prints."""

    def run(script, *arguments, timeout=600):
        process = subprocess.run(
            [sys.executable, "-c", script, *arguments],
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            encoding="utf-8",
            timeout=timeout,
        )
        assert process.returncode == 0, process.stderr
        return process.stdout

    return run
