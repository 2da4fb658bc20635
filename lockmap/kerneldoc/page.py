"""The page about one lock, to lie below Documentation/ of a kernel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from lockmap.errors import NotFoundError
from lockmap.kerneldoc.callbacks import Op, read_ops, worth_a_table
from lockmap.kerneldoc.definitions import Definition, find_definitions
from lockmap.kerneldoc.fields import FieldRow, field_tables, read_rows
from lockmap.kerneldoc.ops import Footnotes, ops_section
from lockmap.kerneldoc.order import nested, order_list
from lockmap.kerneldoc.rst import comment, heading, paragraph, role
from lockmap.kerneldoc.states import columns_of, state_table
from lockmap.kerneldoc.words import Words, load_words
from lockmap.locks.catalog import Catalog, load_specs
from lockmap.map.read import Map
from lockmap.tree.source import Source

DISTANCE = 4
"""Calls from where the lock is taken up to which a callback makes its struct worth a table."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be on the page."""

    lock: str
    structs: tuple[str, ...] = ()
    """Besides those that queries/kernel_docs.toml names."""
    ops: tuple[str, ...] = ()
    """Besides those with callbacks near the lock."""
    distance: int = DISTANCE


@dataclass(frozen=True, slots=True)
class Page:
    """The text, and what is in it."""

    text: str
    fields: int
    callbacks: int
    structs: int
    """Structs with a table of callbacks."""
    further: int
    """Structs with callbacks that may run under the lock, further away than asked for."""


def page(opened: Map, source: Source, asked: Asked) -> Page:
    """The page.  Raises ``NotFoundError`` for a struct that nothing is known of."""
    words, catalog = load_words(), load_specs()
    ops = read_ops(opened, asked.lock)
    shown = _ops_shown(ops, asked)
    tags = _tags(opened, words, asked)
    folders = {place[0].rpartition("/")[0] for s in shown for op in ops[s] for place in op.callers}
    definitions = find_definitions(source, {*tags, *shown}, folders)
    rows = {tag: _rows(opened, tag, definitions.get(tag), catalog) for tag in tags}
    parts = [_head(opened, asked.lock), *_lock_states(rows, words, catalog)]
    for tag in tags:
        parts += _fields(tag, rows[tag], definitions.get(tag), words)
    notes = Footnotes()
    sections = [ops_section(s, ops[s], definitions.get(s), asked.lock, notes) for s in shown]
    further = sum(any(op.may for op in found) for s, found in ops.items() if s not in shown)
    parts += [_callbacks_head(asked, further), *sections, *_order(opened, words, catalog)]
    return Page(
        "\n".join(part.rstrip("\n") + "\n" for part in parts if part),
        sum(map(len, rows.values())),
        sum(len(ops[s]) for s in shown),
        len(shown),
        further,
    )


def _tags(opened: Map, words: Words, asked: Asked) -> list[str]:
    known = {s for (s,) in opened.select("SELECT DISTINCT struct FROM rule", (str,))}
    for tag in asked.structs:
        if tag not in known:
            near = get_close_matches(tag, known, n=3)
            raise NotFoundError(
                f"no access of a field of {tag} is in the map",
                f"did you mean {' or '.join(near)}?" if near else "only some structs are read",
            )
    return list(dict.fromkeys([*(s.tag for s in words.struct if s.tag in known), *asked.structs]))


def _ops_shown(ops: dict[str, list[Op]], asked: Asked) -> list[str]:
    for struct in asked.ops:
        if struct not in ops:
            near = get_close_matches(struct, ops, n=3)
            raise NotFoundError(
                f"no function is known to be put in a member of {struct}",
                f"did you mean {' or '.join(near)}?" if near else "lockmap callbacks lists them",
            )
    near_by = [s for s, found in ops.items() if worth_a_table(found, asked.lock, asked.distance)]
    return sorted({*near_by, *asked.ops})


def _rows(
    opened: Map, tag: str, definition: Definition | None, catalog: Catalog
) -> tuple[FieldRow, ...]:
    own = {f.name for rows in catalog.fields.values() for _, f in rows if f.struct == tag}
    return read_rows(opened, tag, definition, lambda name: name in own)


def _head(opened: Map, lock: str) -> str:
    meta = opened.meta()
    revision = meta.get("revision", "")
    kernel = f"Linux {meta.get('kernel', '') or 'of an unknown version'}"
    made = [
        f"Written by lockmap {meta.get('lockmap', '')} from a map of {kernel}"
        + (f", revision {revision}." if revision else "."),
        "What each line rests on stands in a comment below it.  Do not edit: write it anew.",
    ]
    return "\n".join(
        [
            ".. SPDX-License-Identifier: GPL-2.0\n",
            comment(made),
            heading(f"What {lock} protects", "=", over=True),
            paragraph([_READ_ME]),
            paragraph([_UNKNOWN]),
        ]
    )


_READ_ME = (
    "This page was derived from the code: from every place at which a lock is taken, and from "
    "the locks that are held where fields are accessed and callbacks are called. A rule is what "
    "nearly all of these places follow, and no proof that it is followed everywhere."
)
_UNKNOWN = (
    "Where the code does not tell, the tables say unknown. Locks that the map does not follow are "
    "not named: a field without one of these locks may have another."
)


def _lock_states(
    rows: dict[str, tuple[FieldRow, ...]], words: Words, catalog: Catalog
) -> Iterable[str]:
    order = [lock.name for lock in catalog.locks]
    begun = False
    for tag, found in rows.items():
        table = state_table(found, columns_of(found, words, order), catalog.implied)
        if not table:
            continue
        if not begun:
            yield heading("Lock states", "=")
            yield paragraph([_STATES])
            begun = True
        yield heading(f"Lock states of struct {tag}", "-")
        yield table


_STATES = (
    "What may be done with the fields of an object in each state of its locks, as far as the "
    "fields have a known rule. Read? and Write most? say Y where the rules of more than half of "
    "them are met, some where those of fewer are; Write all? where those of all are. Fields that "
    "are written only in new objects are not counted. Whether an object is stable is told only "
    "where its fields are read under the lock."
)


def _fields(
    tag: str, rows: Sequence[FieldRow], definition: Definition | None, words: Words
) -> Iterable[str]:
    if not rows:
        return
    yield heading(f"Fields of struct {tag}", "=")
    file = definition.file if definition else ""
    where = f", which is defined in {file}" if file else ""
    yield paragraph(["The fields of ", role("struct", f"{tag}"), f"{where}, by their purpose:"])
    for _, text in field_tables(rows, tag, file, words):
        yield text


def _callbacks_head(asked: Asked, further: int) -> str:
    parts = [heading("Callbacks", "="), paragraph([_CALLBACKS])]
    if further:
        text = (
            f"In {further} more structs there are callbacks that a way leads to from a section "
            f"of {asked.lock} in more than {asked.distance} calls; they have no table here."
        )
        parts.append(paragraph([text]))
    return "\n".join(parts)


_CALLBACKS = (
    "Which callbacks run with the lock held. read and write: it is held so at every known call, or "
    "usually, where a note says so. maybe: with the lock held at some calls. no: no way is known "
    "from where the lock is taken to a call of it."
)


def _order(opened: Map, words: Words, catalog: Catalog) -> Iterable[str]:
    order = [lock.name for lock in catalog.locks]
    pairs = nested(opened)
    block, evidence = order_list(pairs, order, lambda name: words.of_lock(name).noun)
    if not pairs:
        return
    yield heading("Lock ordering", "=")
    if block:
        text = "Locks that are taken while those to the left above them are held::"
        yield f"{text}\n\n{block}"
    else:
        yield paragraph(["The locks are taken in both orders."])
    yield evidence
