"""Lines of the tree that a map was made of, where it is still there."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lockmap.errors import LockmapError, NotFoundError
from lockmap.escape import visible
from lockmap.map.filters import Filter
from lockmap.map.read import Map

if TYPE_CHECKING:
    from lockmap.tree.source import Source

TAB = 8
"""Columns of a tab in kernel style."""


@dataclass(slots=True)
class SourceLines:
    """Reads files of the map's tree as they are asked for; ``close`` when done."""

    opened: Map
    _source: Source | None = None
    _missing: bool = False
    _files: dict[str, list[bytes]] = field(default_factory=dict)

    def text(self, file: str, line: int) -> str:
        """A line as it can be shown, without blanks around it; empty where it cannot be read.

        That the tree is gone, and that a file has changed, is said once on standard error.
        """
        if file not in self._files:
            self._files[file] = self._lines(file)
        lines = self._files[file]
        return shown(lines[line - 1]).strip() if 0 < line <= len(lines) else ""

    def close(self) -> None:
        """End what reads the tree."""
        if self._source is not None:
            self._source.close()

    def _lines(self, file: str) -> list[bytes]:
        if self._missing:
            return []
        try:
            if self._source is None:
                self._source = _open(self.opened.meta())
        except LockmapError as error:
            self._missing = True
            click.echo(
                f"lockmap: lines are shown without their text: {visible(str(error))}", err=True
            )
            return []
        try:
            return _read(self.opened, self._source, file)
        except LockmapError as error:
            click.echo(f"lockmap: {visible(str(error))}: scan the tree again", err=True)
            return []


def source_lines(opened: Map, file: str) -> list[bytes]:
    """The file's lines; says on standard error if they are not those that were scanned.

    Raises ``TreeError`` where the tree is gone, ``NotFoundError`` where the file is.
    """
    source = _open(opened.meta())
    try:
        return _read(opened, source, file)
    except LockmapError as error:
        raise NotFoundError(
            f"{error} (in {source.label}, which the map was made of)",
            "the tree has changed: scan it again",
        ) from error
    finally:
        source.close()


def shown(line: bytes) -> str:
    """A line as text that is safe to show, tabs as blanks."""
    text = line.decode("utf-8", "backslashreplace").rstrip("\r")
    return visible(text.expandtabs(TAB))


def _open(meta: dict[str, str]) -> Source:
    # Late: most pages show no line of the tree.
    from lockmap.tree.open import open_source  # noqa: PLC0415

    return open_source(meta.get("root", ""), meta.get("revision", "") or None)


def _read(opened: Map, source: Source, file: str) -> list[bytes]:
    data = source.read(file)
    if not source.revision and _changed(opened, file, source.root, len(data)):
        click.echo(
            f"lockmap: {visible(file)} has changed since the scan: lines may be off", err=True
        )
    return data.split(b"\n")


def _changed(opened: Map, file: str, root: str, size: int) -> bool:
    """Compare size and modification time (the first part of a folder's stamp)."""
    rows = [row for row in opened.files(Filter(path=file)) if row.path == file]
    if not rows:
        return False
    if rows[0].size != size:
        return True
    try:
        modified = (Path(root) / file).stat().st_mtime_ns
    except OSError:
        return True
    return bool(rows[0].stamp) and rows[0].stamp.partition(":")[0] != str(modified)
