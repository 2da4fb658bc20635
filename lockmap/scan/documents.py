"""The documents of a tree that state rules: found at every scan, as a change of one matters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from pathlib import Path

import msgspec

from lockmap.data import load_toml, queries_dir
from lockmap.tree.source import ReadProblem, Source

Documents = Sequence[tuple[str, bytes]]
"""Path and content of each."""


class _Listed(msgspec.Struct, frozen=True):
    """The part of ``documented.toml`` that says which."""

    documents: tuple[str, ...]


def documents_of(source: Source) -> Documents:
    """The documents of ``documented.toml`` that a tree has."""
    listed = load_toml(queries_dir() / "documented.toml", _Listed).documents
    found: dict[bytes, tuple[str, bytes]] = {}
    for path in listed:
        try:
            content = source.read(path)
        except ReadProblem:
            continue
        # A link to another document has its content.
        found.setdefault(content, (path, content))
    return list(found.values())


def mark_of(documents: Documents, rules: Iterable[Path]) -> str:
    """Changes with the documents of a tree, and with the rules of the user."""
    digest = blake2b(digest_size=16)
    for path, content in documents:
        digest.update(f"{path} {len(content)}\n".encode())
        digest.update(content)
    for file in rules:
        content = file.read_bytes() if file.is_file() else b""
        digest.update(f"{file} {len(content)}\n".encode("utf-8", "surrogateescape"))
        digest.update(content)
    return digest.hexdigest()
