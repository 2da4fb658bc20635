"""One declaration at a time: its type and name, until it is written down as a row."""

from __future__ import annotations

import numpy as np

from lockmap.syntax.blanking import Bytes
from lockmap.syntax.compiled import inlined
from lockmap.syntax.declaring.memory import (
    AGGREGATE_UNION,
    ARRAY,
    ATTRIBUTED,
    BODY_ROW,
    BY_TYPEDEF,
    CALLABLE,
    COUNTED,
    FROZEN,
    IN_UNION,
    IS_ARRAY,
    IS_TYPEDEF,
    MEMBER,
    NAME,
    NAME_AT,
    NEXT,
    OWNER_ROW,
    PENDING,
    ROW_AT,
    ROW_HASH,
    ROW_OWNER,
    ROW_POSITION,
    ROWS,
    SCALAR,
    TAG,
    TO_FUNCTION,
    TO_VOID,
    TYPE,
    TYPED,
    TYPEDEF,
    TYPEDEF_MARK,
    UNNAMED,
    VARIABLE,
    Memory,
    new_row,
    row_at,
)
from lockmap.syntax.hashing import FNV_PRIME, FNV_START, hash_span

FILE_LEVEL = -1
_TOLD_APART = 48
"""Bytes of a struct without a name that tell it apart from others."""


@inlined
def begin_declaration(m: Memory) -> None:
    """Nothing is known of the next one."""
    m[TYPE], m[TYPED], m[NAME], m[NAME_AT], m[FROZEN], m[IS_TYPEDEF] = 0, 0, 0, 0, 0, 0
    m[PENDING], m[TAG], m[CALLABLE], m[ATTRIBUTED], m[BODY_ROW] = 0, 0, 0, 0, -1
    m[AGGREGATE_UNION], m[IS_ARRAY], m[TO_VOID] = 0, 0, 0


@inlined
def unnamed(text: Bytes, brace: int, m: Memory) -> int:
    """A hash for the struct without a tag that opens at *brace*: by what is around and in it."""
    outer = m[row_at(m[OWNER_ROW]) + ROW_HASH] if m[OWNER_ROW] >= 0 else brace
    inside = hash_span(text, brace, min(brace + _TOLD_APART, text.size))
    bits = (np.uint64(outer) ^ FNV_START) * FNV_PRIME
    bits = (bits ^ np.uint64(inside)) * FNV_PRIME
    return np.int64((bits ^ np.uint64(m[NEXT])) * FNV_PRIME)  # type: ignore[return-value]


@inlined
def _name_struct(m: Memory) -> None:
    """Give the struct without a tag that was just read the name of the typedef that it is."""
    row = row_at(m[BODY_ROW])
    if m[row + ROW_POSITION] & UNNAMED and m[IS_TYPEDEF]:
        m[row + ROW_HASH] = m[NAME] ^ TYPEDEF_MARK
        m[row + ROW_POSITION] ^= UNNAMED | BY_TYPEDEF
        m[TYPE] = m[row + ROW_HASH]


@inlined
def declare(m: Memory) -> None:
    """Write down the name at hand, if there is one."""
    if m[NAME] == 0:
        return
    if m[BODY_ROW] >= 0:
        _name_struct(m)
    type_ = m[TYPE]
    if m[OWNER_ROW] == FILE_LEVEL:
        if m[IS_TYPEDEF]:
            function = TO_FUNCTION if m[CALLABLE] else 0
            if function or (type_ != SCALAR and type_ != m[NAME] ^ TYPEDEF_MARK):
                new_row(m, TYPEDEF, m[NAME] ^ TYPEDEF_MARK, type_, 0, function)
        elif type_ != SCALAR:
            new_row(m, VARIABLE, m[NAME], type_, 0, 0)
    else:
        if m[CALLABLE] or type_ != SCALAR or m[TO_VOID] > 1:
            place = m[NEXT] | (ARRAY if m[IS_ARRAY] else 0) | (TO_FUNCTION if m[CALLABLE] else 0)
            number = new_row(m, MEMBER, m[NAME], type_, m[OWNER_ROW], place)
            if number >= 0:
                m[row_at(number) + ROW_AT] = m[NAME_AT]
        if not m[IN_UNION]:
            m[NEXT] += 1
    m[NAME], m[NAME_AT], m[FROZEN], m[CALLABLE], m[IS_ARRAY] = 0, 0, 0, 0, 0


@inlined
def flatten(m: Memory, first: int, inner: int, start: int) -> None:
    """Make the members of struct row *inner*, read from row *first* on, those of what is open.

    *start* is which member of the outer struct the first of them is.
    """
    m[row_at(inner) + ROW_OWNER] = m[OWNER_ROW]
    for number in range(first, m[ROWS]):
        at = row_at(number)
        if m[at] == MEMBER and m[at + ROW_OWNER] == inner:
            m[at + ROW_OWNER] = m[OWNER_ROW]
            m[at + ROW_POSITION] += start
    if not m[IN_UNION]:
        m[NEXT] = start + m[COUNTED]
