"""Documented rules of a tree: read while it is scanned, compared when its map is written."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from lockmap.documented.model import Found
from lockmap.documented.read import tree_reader
from lockmap.documented.user_rules import read_user_rules
from lockmap.locks.catalog import Catalog
from lockmap.map.rows import Row
from lockmap.map.write_documented import write_documented
from lockmap.program.index import NameIndex
from lockmap.scan.agreed import Judge
from lockmap.scan.agreed_calls import CallsKnown
from lockmap.scan.documents import Documents
from lockmap.tree.source import ReadProblem, Source, printable


def rules_stated(
    source: Source,
    index: NameIndex,
    documents: Documents,
    rules: Iterable[Path],
    catalog: Catalog,
) -> list[Found]:
    """Every rule that a tree or the user states.  Raises DataError for a user's file.

    *index*: of all that the files of the tree mention.
    """
    reader = tree_reader(catalog)
    locks = [lock.name for lock in catalog.locks]
    found = [rule for path in rules for rule in read_user_rules(path, locks)]
    for path, content in documents:
        found += reader.of_document(path, content)
    mentioned = index.who_mentions({*reader.words.words, *reader.structs})
    naming = {path for word in reader.words.words for path in mentioned[word]}
    # The index knows code alone: a comment may be the only place that names a lock.
    for path in sorted({path for paths in mentioned.values() for path in paths}):
        try:
            text = source.read(path)
        except ReadProblem:
            continue  # said where the tree was read
        if path not in naming and not reader.worth_reading(text):
            continue
        of_file = reader.of_c(path, text)
        found += of_file if path.isprintable() else [_shown(f) for f in of_file]
    return found


def agreed(
    map_: sqlite3.Connection, rules: Sequence[Found], known: CallsKnown, catalog: Catalog
) -> None:
    """Write *rules*, and how far the code agrees with them, into a map that holds all else."""

    def select(sql: str, _: tuple[type, ...], values: Row = ()) -> list[Row]:
        return list(map_.execute(sql, values))

    locks = [row[0] for row in map_.execute("SELECT value FROM meta WHERE key = 'locks'")]
    instead: dict[str, list[str]] = {}
    for _, lock, other in catalog.relieved:
        instead.setdefault(other, []).append(lock)
    judge = Judge(select, known, locks[0].split() if locks else [], instead)
    write_documented(map_, judge.judge([*rules, *judge.asserted()]))


def _shown(found: Found) -> Found:
    place = printable(found.place) if found.place else ""
    return replace(found, file=printable(found.file), place=place)
