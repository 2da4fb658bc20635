"""The manual: Sphinx with MyST Markdown; any theme without options works (-D html_theme=...)."""

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
