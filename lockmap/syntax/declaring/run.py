"""The compiled pass behind :mod:`lockmap.syntax.declared`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lockmap.syntax.blanking import Bytes
from lockmap.syntax.compiled import compiled, inlined
from lockmap.syntax.declaring.bases import base_start, before_member, called_start, target_end
from lockmap.syntax.declaring.chains import read_chain
from lockmap.syntax.declaring.members import read_declarations, read_struct
from lockmap.syntax.declaring.memory import (
    CHAIN,
    MEMBER_OP,
    OP,
    OP_BASE,
    OP_COUNT,
    OP_SIZE,
    RETURNS,
    ROW_AT,
    SCALAR,
    UNTOLD,
    VALUE,
    Memory,
    new_row,
    row_at,
)
from lockmap.syntax.declaring.returned import read_value, returned_type
from lockmap.syntax.declaring.words import before_blanks, is_opening, past_level, word_end
from lockmap.syntax.hashing import hash_span
from lockmap.syntax.outlining.memory import (
    ASSIGNMENT,
    AT,
    BODY,
    CLOSE,
    COMMA,
    DECLARATION,
    END,
    FUNCTION,
    INITIALISER,
    KIND,
    MACRO,
    MEMBER_CALL,
    MEMBER_MACRO,
    NAME,
    NAME_END,
    OBJECT_MACRO,
    OPEN,
    OWNER,
    POINTER_CALL,
    POSITION,
    REF_KIND,
    START,
    TYPE,
    byte_at,
    next_code,
)

Rows = NDArray[np.int64]
MOST_ARGUMENTS = 8


@inlined
def _write_chain(m: Memory, kind: int, owner: int, field: int) -> None:
    """The chain at hand as rows."""
    if new_row(m, kind, field, 0, owner, m[OP_COUNT]) < 0:
        return
    for number in range(m[OP_COUNT]):
        at = OP_BASE + number * OP_SIZE
        new_row(m, OP, m[at + 1], 0, m[at], 0)


@inlined
def _is_headed(text: Bytes, at: int, body: int) -> bool:
    """Whether a tag that ends at *at* is that of the braces at *body*: no ``sizeof(struct a)) {``."""
    while at < body:
        if text[at] == CLOSE:
            return False
        at += 1
    return True


@inlined
def _item(text: Bytes, items: Rows, number: int, m: Memory) -> None:
    """What an item declares or is worth."""
    kind = items[number, KIND]
    start, end, body = items[number, START], items[number, END], items[number, BODY]
    if kind == FUNCTION:
        found = returned_type(text, start, items[number, NAME], m)
        if found not in (UNTOLD, SCALAR):
            new_row(m, RETURNS, 0, found, start, 0)
    elif kind in (MACRO, OBJECT_MACRO, MEMBER_MACRO):
        if read_value(text, items[number, NAME_END], body, end, m):
            alias = kind != MACRO
            value = hash_span(text, start, items[number, NAME_END]) if alias else 0
            _write_chain(m, VALUE, start, value)
    elif kind == DECLARATION or (kind == TYPE and end > body):
        read_declarations(text, start, end, m)
    elif kind == TYPE and _is_headed(text, items[number, NAME_END], body):
        close = past_level(text, body + 1, text.size)
        read_struct(text, start, close + 1, m)
    elif kind == INITIALISER:
        read_declarations(text, start, body if body > start else end, m)


@inlined
def _split_field(m: Memory) -> int:
    """Take the last step of a chain away: the field that it names; 0 where it names none."""
    at = OP_BASE + (m[OP_COUNT] - 1) * OP_SIZE
    if m[OP_COUNT] < 2 or m[at] != MEMBER_OP:
        return 0
    m[OP_COUNT] -= 1
    field: int = m[at + 1]
    return field


@inlined
def _reference(text: Bytes, kind: int, at: int, least: int, body: int, m: Memory) -> None:
    """The chain of a call through a member, or of an assignment to one."""
    field = 0
    if kind == MEMBER_CALL:
        field = hash_span(text, at, word_end(text, at))
        end = before_member(text, at, least)
        start = base_start(text, end, least, m) if end >= 0 else -1
    elif kind == POINTER_CALL:
        end = before_blanks(text, at, least)
        start = called_start(text, end, least, m) if end > least else -1
    else:
        end = target_end(text, at, least)
        start = base_start(text, end, least, m) if end >= 0 else -1
    if start < 0 or not read_chain(text, start, end, least, body, m):
        return
    if kind != MEMBER_CALL:
        field = _split_field(m)
    if field != 0:
        _write_chain(m, CHAIN, at, field)


@compiled
def declare_into(text: Bytes, items: Rows, refs: Rows, m: Memory) -> None:
    """Rows of all that *items* of blanked *text* declare, and of the chains of *refs*."""
    told = 0  # where the last struct at file level ends, with those that are defined in it
    for number in range(items.shape[0]):
        if items[number, KIND] != TYPE or items[number, END] > told:
            _item(text, items, number, m)
        if items[number, KIND] == TYPE and items[number, END] > items[number, BODY]:
            told = max(told, items[number, END])
    for number in range(refs.shape[0]):
        kind = refs[number, REF_KIND]
        wanted = kind in (MEMBER_CALL, POINTER_CALL) or (
            kind == ASSIGNMENT and refs[number, POSITION] == 1
        )
        owner = refs[number, OWNER]
        if wanted and owner >= 0:
            body = items[owner, BODY] if items[owner, KIND] in (FUNCTION, MACRO) else -1
            least = body if items[owner, KIND] == MACRO else items[owner, START]
            _reference(text, kind, refs[number, AT], least, body, m)


@inlined
def _argument(
    text: Bytes, call: int, number: int, at: int, end: int, least: int, body: int, m: Memory
) -> None:
    """The chain of an argument as rows; its hash is that of the word that it is, if it is one."""
    at = next_code(text, at)
    stop = word_end(text, at)
    value = hash_span(text, at, stop) if at < stop and next_code(text, stop) >= end else 0
    known = read_chain(text, at, end, least, body, m)
    m[OP_COUNT] = m[OP_COUNT] if known else 0
    head = new_row(m, CHAIN, value, number, call, m[OP_COUNT])
    if head < 0:
        return
    m[row_at(head) + ROW_AT] = at
    for k in range(m[OP_COUNT]):
        op = OP_BASE + k * OP_SIZE
        new_row(m, OP, m[op + 1], 0, m[op], 0)


@compiled
def arguments_into(text: Bytes, calls: Rows, m: Memory) -> None:
    """Rows of the chains of all arguments of *calls*: (place, start of the function, its body)."""
    for call in range(calls.shape[0]):
        least, body = calls[call, 1], calls[call, 2]
        at = next_code(text, word_end(text, calls[call, 0]))
        if byte_at(text, at) != OPEN:
            continue
        close = past_level(text, at + 1, text.size)
        number = 0
        at += 1
        first = at
        while at <= close and number < MOST_ARGUMENTS:
            if at == close or text[at] == COMMA:
                _argument(text, call, number, first, at, least, body, m)
                number += 1
                first = at + 1
            if at < close and is_opening(text[at]):
                at = past_level(text, at + 1, close)
            at += 1
