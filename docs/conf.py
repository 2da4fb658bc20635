"""The manual: Sphinx with MyST Markdown; any theme without options works (-D html_theme=...)."""

import re

from lockmap import __version__

project = "lockmap"
author = "the lockmap developers"
copyright = author
version = release = __version__

extensions = ["myst_parser", "sphinx_click"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]

html_theme = "furo"
html_title = f"lockmap {version}"
# No html_theme_options: alabaster, which looks like docs.kernel.org, knows other ones.
html_show_copyright = False

# Help is text for a terminal: "--" and quotes stay as they are typed.
smartquotes = False


def plain(lines):
    """A lone asterisk is a pattern in help, and the start of emphasis here."""
    return [re.sub(r"(?<!\*)\*(?!\*)", r"\\*", line) for line in lines]


def literal_options(_app, _context, lines):
    """Show the help of options as plain words."""
    lines[:] = plain(lines)


def literal_help(_app, _context, lines):
    """Show what stands under "Examples:" as it was typed, and the rest as plain words."""
    words = [line.removeprefix("| ").rstrip() for line in lines]
    if "Examples:" not in words:
        lines[:] = plain(lines)
        return
    start = words.index("Examples:")
    end = words.index("", start)
    block = ["", "Examples:", "", ".. code-block:: text", ""]
    block += [f"   {line.strip()}" for line in words[start + 1 : end]]
    lines[:] = plain(lines[:start]) + block + plain(lines[end:])


def setup(app):
    """Called by Sphinx."""
    app.connect("sphinx-click-process-description", literal_help)
    app.connect("sphinx-click-process-epilog", literal_help)
    app.connect("sphinx-click-process-options", literal_options)
