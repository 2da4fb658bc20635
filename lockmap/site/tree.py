"""The lines of the tree that a map was made of, where it can be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from lockmap.errors import LockmapError
from lockmap.map.read import Map
from lockmap.tree.open import open_source
from lockmap.tree.source import Source

TAB = 8
"""Columns of a tab in kernel style."""


@dataclass(frozen=True)
class Tree:
    """Reads files; says of each whether it is still as it was scanned."""

    source: Source
    sizes: Mapping[str, int]
    """Bytes of the files that the map knows, as scanned."""

    def lines(self, file: str) -> tuple[list[bytes], str]:
        """The lines of a file, and what is wrong with them in words (empty: nothing)."""
        try:
            data = self.source.read(file)
        except LockmapError as error:
            return [], f"This file cannot be read: {error}"
        changed = self.sizes.get(file, len(data)) != len(data)
        trouble = "This file has changed since the scan: lines may be off." if changed else ""
        return data.split(b"\n"), trouble


@contextmanager
def open_tree(opened: Map, root: str) -> Iterator[Tree]:
    """The tree at *root*, or of the map if that is empty.  Raises ``TreeError``."""
    meta = opened.meta()
    revision = meta.get("revision", "")
    # A tree that is named is one of files; the map's own may be a repository.
    source = open_source(root or meta.get("root", ""), revision if revision and not root else None)
    try:
        yield Tree(source, {row.path: row.size for row in opened.files()})
    finally:
        source.close()
