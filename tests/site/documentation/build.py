"""The documentation: README, the course as executed, the gallery, the reference and the interactive page, by Sphinx."""

import tempfile
from pathlib import Path

from tests.site import lite
from tests.site.documentation import mathjax, sources
from tests.site.documentation.links import faults

HERE = Path(__file__).parent


def build(out: Path) -> None:
    """Build the documentation into a folder.

    Raises
    ------
    ValueError
        If Sphinx warns, for example of a link that leads nowhere, or if a built page has such a link or loads anything
        from elsewhere. What it is, is printed.
    """
    # Imported here: only the extra "site" has it, and what is beside this does without.
    from sphinx.cmd.build import main

    with tempfile.TemporaryDirectory() as scratch:
        laid, files, scripts = (Path(scratch, name) for name in ("pages", "files", "scripts"))
        sources.lay(laid, files)
        mathjax.fetch(scripts)
        options = [
            "--quiet",
            "--fail-on-warning",
            "--jobs=auto",
            f"--conf-dir={HERE}",
            f"--doctree-dir={scratch}/doctrees",
        ]
        options += ["--define", f"html_extra_path={files}", "--define", f"html_static_path={scripts}"]
        if main([*options, str(laid), str(out)]):
            raise ValueError("the documentation was not built as it should be: see above")
    if found := faults(out, apart=lite.NAME):
        raise ValueError("the documentation has faults:\n" + "\n".join(found))
