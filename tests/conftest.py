import os
import subprocess
import sys

import pytest

from minode import cli


@pytest.fixture
def command(capsys):
    """Run the command and return its exit code, output and errors."""

    def run(*arguments):
        code = cli.main([str(argument) for argument in arguments])
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def run_script():
    """Run a Python program in a fresh interpreter and return what it prints."""

    def run(script, *arguments, timeout=600):
        process = subprocess.run(
            [sys.executable, "-c", script, *arguments],
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        assert process.returncode == 0, process.stderr
        return process.stdout

    return run
