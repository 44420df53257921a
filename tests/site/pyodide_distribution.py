"""Pyodide as far as package registries have it: Python itself from npm, and what JupyterLite's kernel needs from PyPI.

NumPy, SciPy and matplotlib for it are at Pyodide's own address, and inside the wheel of a package that ships them for a
page of its own. That one is large, so it is fetched only if asked for.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

# The kernel imports these; what they need in turn is in Pyodide's list.
NEEDED = ("ipython", "jedi", "micropip")
# What minode needs of that list; the rest is in plain Python, and in the site.
LIBRARIES = ("numpy", "scipy", "matplotlib", "pillow", "platformdirs", "requests", "threadpoolctl", "tqdm")
# The package, of a release for the binary interface of the Python that `site` installs, and the folder in its wheel.
CARRIER, CARRIED = "open-webui==0.12.4", "open_webui/frontend/pyodide/"
LOCK = "pyodide-lock.json"


def assemble(folder: Path, libraries: bool = False) -> None:
    """Write a distribution of the release that the installed kernel is made for.

    Parameters
    ----------
    folder : Path
        To be made.
    libraries : bool
        Whether with NumPy, SciPy and matplotlib, for which 100 MB are fetched.

    Raises
    ------
    ValueError
        If the libraries are made for another binary interface.
    """
    from jupyterlite_pyodide_kernel.constants import PYODIDE_PYTHON_VERSION, PYODIDE_VERSION

    with tempfile.TemporaryDirectory() as packed:
        command = ["npm", "pack", "--json", "--ignore-scripts", f"pyodide@{PYODIDE_VERSION}"]
        told = subprocess.run(command, cwd=packed, capture_output=True, check=True).stdout
        with tarfile.open(Path(packed, json.loads(told)[0]["filename"])) as archive:
            archive.extractall(packed, filter="data")
        shutil.copytree(Path(packed, "package"), folder)
    lock = json.loads((folder / LOCK).read_text(encoding="utf-8"))
    wanted = closure(lock["packages"], NEEDED + LIBRARIES if libraries else NEEDED)
    pure = [name for name in sorted(wanted) if lock["packages"][name]["file_name"].endswith("-none-any.whl")]
    pip = [sys.executable, "-m", "pip", "--quiet", "download", "--no-deps", "--only-binary=:all:"]
    pins = [f"{name}=={lock['packages'][name]['version']}" for name in pure]
    version = f"--python-version={PYODIDE_PYTHON_VERSION}"
    subprocess.run([*pip, "--platform=any", version, f"--dest={folder}", *pins], check=True)
    if libraries:
        with tempfile.TemporaryDirectory() as fetched:
            subprocess.run([*pip, "--python-version=3.12", f"--dest={fetched}", CARRIER], check=True)
            (wheel,) = Path(fetched).iterdir()
            take(wheel, wanted - {*pure}, lock, folder)
    for name in pure:
        # Pyodide packs them anew, so that PyPI's have other checksums.
        package = lock["packages"][name]
        package["sha256"] = hashlib.sha256((folder / package["file_name"]).read_bytes()).hexdigest()
    (folder / LOCK).write_text(json.dumps(lock), encoding="utf-8")


def take(wheel: Path, names: set[str], lock: dict, folder: Path) -> None:
    """Take packages out of the wheel that carries them, into the folder and Pyodide's list.

    Raises
    ------
    ValueError
        If they are made for another binary interface than the list.
    """
    with zipfile.ZipFile(wheel) as archive:
        theirs = json.loads(archive.read(CARRIED + LOCK))
        if theirs["info"]["abi_version"] != lock["info"]["abi_version"]:
            interfaces = theirs["info"]["abi_version"], lock["info"]["abi_version"]
            raise ValueError("{} has packages for {}; expected {}".format(CARRIER, *interfaces))
        for name in names:
            package = lock["packages"][name] = theirs["packages"][name]
            (folder / package["file_name"]).write_bytes(archive.read(CARRIED + package["file_name"]))


def closure(packages: dict, names: tuple[str, ...]) -> set[str]:
    """The names, and all that these depend on."""
    found, waiting = set(), list(names)
    while waiting:
        name = waiting.pop().lower().replace("_", "-")
        if name not in found:
            found.add(name)
            waiting += packages[name]["depends"]
    return found
