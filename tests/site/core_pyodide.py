"""Pyodide as far as package registries have it: Python itself from npm, and what JupyterLite's kernel needs from PyPI.

NumPy, SciPy and matplotlib for it are at Pyodide's own address alone.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

# The kernel imports these; what they need in turn is in Pyodide's list.
NEEDED = ("ipython", "jedi", "micropip")


def assemble(folder: Path) -> None:
    """Write a distribution without compiled libraries, of the release that the installed kernel is made for."""
    from jupyterlite_pyodide_kernel.constants import PYODIDE_PYTHON_VERSION, PYODIDE_VERSION

    with tempfile.TemporaryDirectory() as packed:
        command = ["npm", "pack", "--json", "--ignore-scripts", f"pyodide@{PYODIDE_VERSION}"]
        told = subprocess.run(command, cwd=packed, capture_output=True, check=True).stdout
        with tarfile.open(Path(packed, json.loads(told)[0]["filename"])) as archive:
            archive.extractall(packed, filter="data")
        shutil.copytree(Path(packed, "package"), folder)
    lock = json.loads((folder / "pyodide-lock.json").read_text(encoding="utf-8"))
    wanted = [lock["packages"][name] for name in sorted(closure(lock["packages"], NEEDED))]
    pip = [sys.executable, "-m", "pip", "--quiet", "download", "--no-deps", "--only-binary=:all:", "--platform=any"]
    pip += [f"--python-version={PYODIDE_PYTHON_VERSION}", f"--dest={folder}"]
    subprocess.run([*pip, *(f"{package['name']}=={package['version']}" for package in wanted)], check=True)
    for package in wanted:
        # Pyodide packs them anew, so that PyPI's have other checksums.
        package["sha256"] = hashlib.sha256((folder / package["file_name"]).read_bytes()).hexdigest()
    (folder / "pyodide-lock.json").write_text(json.dumps(lock), encoding="utf-8")


def closure(packages: dict, names: tuple[str, ...]) -> set[str]:
    """The names, and all that these depend on."""
    found, waiting = set(), list(names)
    while waiting:
        name = waiting.pop().lower().replace("_", "-")
        if name not in found:
            found.add(name)
            waiting += packages[name]["depends"]
    return found
