"""MathJax in one file, from npm: mathematics is set without a network."""

import hashlib
import json
import subprocess
import tarfile
import tempfile
from pathlib import Path

# The last release that is one file with its fonts: later ones load parts of fonts when they need them.
PACKAGE, MEMBER = "mathjax@3.2.2", "package/es5/tex-svg-full.js"
NAME = "tex-svg-full.js"
SHA256 = "a4354ff94fd868aea0cc6eaaa79a57fda0588646fc46ee3700a349ee0a11cbe6"


def fetch(folder: Path) -> Path:
    """Write MathJax into a folder.

    Raises
    ------
    FileNotFoundError
        If there is no npm.
    ValueError
        If what came is not what was expected.
    """
    with tempfile.TemporaryDirectory() as packed:
        try:
            told = subprocess.run(
                ["npm", "pack", "--json", "--ignore-scripts", PACKAGE], cwd=packed, capture_output=True, check=True
            )
        except FileNotFoundError as error:
            raise FileNotFoundError(
                "the documentation needs `npm`, which brings MathJax; it comes with Node.js"
            ) from error
        with tarfile.open(Path(packed, json.loads(told.stdout)[0]["filename"])) as archive:
            script = archive.extractfile(MEMBER).read()
    if (found := hashlib.sha256(script).hexdigest()) != SHA256:
        raise ValueError(f"{MEMBER} of {PACKAGE} has the checksum {found}; expected {SHA256}")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / NAME
    path.write_bytes(script)
    return path
