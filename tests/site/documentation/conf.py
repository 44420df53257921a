"""Sphinx's settings."""

import re
from types import GenericAlias

from docutils import nodes
from sphinx import addnodes

import minode
from tests.site.documentation.mathjax import NAME

project, author, version = "minode", "the authors of minode", minode.__version__
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.mathjax", "numpydoc"]
html_theme = "furo"
html_title = f"minode {version}"
html_copy_source = False
# Browsers do not let a page on disk read other pages, which the summaries of search results would.
html_show_search_summary = False
mathjax_path = NAME

# Notebooks are shown as they were executed. Markdown is read as GitHub reads it, and mathematics as Jupyter does.
nb_execution_mode = "off"
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 4

# Docstrings are numpydoc's, with plain formulas: a single backtick is code, and a single * or | is itself.
default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints = "none"
numpydoc_show_class_members = False
SIGNS = re.compile(r"(``.*?``|`.*?`|\*\*|(?<![\\*])\*\w[^*]*\w\*(?![\w*]))|(?<!\\)([*|])")


def setup(app):
    """Change what Sphinx makes of docstrings, names for types, links to files, and pages."""
    # numpydoc comes first.
    app.connect("autodoc-process-docstring", let_signs_be, priority=900)
    app.connect("autodoc-skip-member", skip_names_of_types)
    app.connect("doctree-resolved", link_to_files)
    # The theme's contents come first.
    app.connect("html-page-context", let_keys_and_readers_in, priority=900)


def let_signs_be(app, kind, name, obj, options, lines):
    """Escape * and | in a docstring where they stand for products, arguments and sizes, and not for emphasis."""
    lines[:] = [SIGNS.sub(lambda found: found[1] or f"\\{found[2]}", line) for line in lines]


def skip_names_of_types(app, kind, name, obj, skip, options):
    """Leave out names such as ``Shape = tuple[int, ...]``, which have no docstring of their own."""
    return True if isinstance(obj, GenericAlias) else None


def link_to_files(app, document, name):
    """Lead links to files to their places on the site, instead of to copies for download."""
    for node in list(document.findall(addnodes.download_reference)):
        node.replace_self(nodes.reference("", "", *node.children, refuri=node["reftarget"], internal=True))


def let_keys_and_readers_in(app, name, template, context, document):
    """Let keys scroll wide code, and tell screen readers the level of headings in the contents."""
    added = [
        ("body", "<pre>", ' tabindex="0"'),
        ("furo_navigation_tree", '<p class="caption" role="heading">', ' aria-level="2"'),
    ]
    for part, tag, attribute in added:
        if part in context:
            context[part] = context[part].replace(tag, f"{tag[:-1]}{attribute}>")
