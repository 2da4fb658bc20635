"""Readers over the data that ships."""

from __future__ import annotations

from functools import cache

from lockmap.documented.model import Found
from lockmap.documented.read import TreeReader, tree_reader
from lockmap.locks.catalog import load_specs


@cache
def reader() -> TreeReader:
    """The reader of the locks that ship."""
    return tree_reader(load_specs())


def in_c(text: str, file: str = "mm/x.c") -> list[Found]:
    """The rules of a text of C."""
    return reader().of_c(file, text.encode())


def in_rst(text: str) -> list[Found]:
    """The rules of a document."""
    return reader().of_document("Documentation/mm/x.rst", text.encode())


def said(found: list[Found]) -> list[tuple[str, str, str, str]]:
    """Kind, subject, for reading (or calling), for writing."""
    return [(f.kind, f.subject, f.read.text, f.write.text) for f in found]
