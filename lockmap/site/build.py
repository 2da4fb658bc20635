"""Make a site: the project, Sphinx over it, and what came of it."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from lockmap.errors import LockmapError
from lockmap.map.read import open_map
from lockmap.site.folder import HTML, Workplace, site_folder
from lockmap.site.project import Theme, write_project

Progress = Callable[[str, int, int], None]
"""Told (stage, done, of how many); stages: read, pages, index."""
_INSTALL = "pip install 'lockmap[docs]'"


@dataclass(frozen=True, slots=True)
class Options:
    """What a site is made of, and how."""

    map_file: Path
    output: Path
    lock: str = ""
    """The map's own if empty."""
    theme: Theme = "furo"
    source_url: str | None = None
    """Template of the address of a line elsewhere; None: Elixir, for a released kernel."""
    tree: str = ""
    """Where the lines of the tree are: that of the map if empty; ``none``: they are not shown."""
    jobs: int = 1
    """Processes that write pages."""


@dataclass(frozen=True, slots=True)
class Made:
    """A site."""

    index: Path
    pages: int
    size: int
    """Bytes of all pages."""
    troubles: tuple[str, ...]
    """What should be known: files that have changed since the scan or cannot be read."""


def need_sphinx(theme: Theme) -> None:
    """Raise ``LockmapError`` that says what to install."""
    for module in ("sphinx", theme):
        if find_spec(module) is None:
            raise LockmapError(f"lockmap docs needs {module}", f"install it with: {_INSTALL}")


def build(options: Options, progress: Progress) -> Made:
    """Make a site.

    Raises ``LockmapError`` where the map or the tree cannot be read, the folder is not ours, or
    Sphinx warns of something.
    """
    need_sphinx(options.theme)
    _check_tree(options)
    with open_map(options.map_file) as opened:
        meta = opened.meta()
    kernel = f"Linux {meta['kernel']}" if meta.get("kernel") else "a kernel"
    title = f"{options.lock or meta.get('default_lock', '')} in {kernel}"
    with site_folder(options.output) as places:
        write_project(places.source, title, options.theme)
        warnings, troubles = _run_sphinx(options, places, progress)
        if warnings:
            first = warnings.splitlines()[0]
            raise LockmapError(f"Sphinx warns: {first}", "the site was not replaced")
    pages = list((options.output / HTML).rglob("*.html"))
    size = sum(page.stat().st_size for page in pages)
    return Made(options.output / HTML / "index.html", len(pages), size, troubles)


def _check_tree(options: Options) -> None:
    """Fail early, and say what to do, where the lines of the tree cannot be read."""
    if options.tree == "none":
        return
    # Late: it loads what reads trees.
    from lockmap.site.tree import open_tree  # noqa: PLC0415

    with open_map(options.map_file) as opened:
        try:
            with open_tree(opened, options.tree):
                pass
        except LockmapError as error:
            raise LockmapError(
                f"the tree cannot be read: {error}",
                "say where it is now with --source TREE, or leave its lines out with --source none",
            ) from error


def _run_sphinx(
    options: Options, places: Workplace, progress: Progress
) -> tuple[str, tuple[str, ...]]:
    """Build; returns Sphinx's warnings, and what should be known."""
    # Late: nothing else of lockmap needs Sphinx.
    from sphinx.application import Sphinx  # noqa: PLC0415
    from sphinx.errors import ExtensionError, SphinxError  # noqa: PLC0415
    from sphinx.util.docutils import docutils_namespace, patch_docutils  # noqa: PLC0415

    from lockmap.site.extension import PROGRESS, TROUBLE  # noqa: PLC0415

    warnings = io.StringIO()
    troubles: list[str] = []
    settings = {
        "lockmap_map": str(options.map_file.absolute()),
        "lockmap_lock": options.lock,
        "lockmap_tree": options.tree,
        "lockmap_source_url": "default" if options.source_url is None else options.source_url,
        "lockmap_jobs": options.jobs,
    }
    try:
        with patch_docutils(places.source), docutils_namespace():
            app = Sphinx(
                *(places.source, places.source, places.html, places.doctrees, "html", settings),
                status=None,
                warning=warnings,
                freshenv=True,
            )
            app.connect(PROGRESS, lambda _, stage, done, of: progress(stage, done, of))
            app.connect(TROUBLE, lambda _, trouble: troubles.append(trouble))
            app.build(force_all=True)
    except ExtensionError as error:
        # What our own part of Sphinx raised, as it was.
        if isinstance(error.orig_exc, LockmapError):
            raise error.orig_exc from error
        raise LockmapError(f"Sphinx failed: {error}") from error
    except SphinxError as error:
        raise LockmapError(f"Sphinx failed: {error}") from error
    return warnings.getvalue().strip(), tuple(troubles)
