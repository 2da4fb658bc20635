"""All that ``lockmap docs --kernel`` writes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lockmap.kerneldoc.contracts import read_contracted
from lockmap.kerneldoc.needs import certain_needs
from lockmap.kerneldoc.page import Asked, Page, page
from lockmap.kerneldoc.patch import ContextPatch, context_patch
from lockmap.kerneldoc.target import check_folder, write_files
from lockmap.map.read import Map
from lockmap.tree.open import open_source

TITLE = "docs: say which locks functions expect, take and drop"


@dataclass(frozen=True, slots=True)
class Written:
    """What was written, and what it is about."""

    page_file: Path
    page: Page
    patch_file: Path | None
    """None: there is nothing to add."""
    patch: ContextPatch


def write_kernel_docs(opened: Map, folder: Path, asked: Asked, *, force: bool) -> Written:
    """Write the page about a lock, ``LOCK.rst``, and the patch, ``LOCK-context.patch``.

    The tree of the map is read for definitions and comments.  Raises ``TreeError`` where it is
    gone, ``NotFoundError`` for a struct that the map does not know, ``LockmapError`` for a folder
    that cannot be written or holds what is not ours.
    """
    check_folder(folder, force=force)
    meta = opened.meta()
    source = open_source(meta.get("root", ""), meta.get("revision", "") or None)
    try:
        made = page(opened, source, asked)
        contracted = read_contracted(opened, certain_needs(opened, source))
        patch = context_patch(source, contracted, TITLE)
    finally:
        source.close()
    page_name, patch_name = f"{asked.lock}.rst", f"{asked.lock}-context.patch"
    files = {page_name: made.text.encode("utf-8")}
    if patch.text:
        files[patch_name] = patch.text
    write_files(folder, files)
    return Written(folder / page_name, made, folder / patch_name if patch.text else None, patch)
