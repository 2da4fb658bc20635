"""The compiled passes behind :mod:`lockmap.syntax.declared`.

They are apart, and each calls what is deep only once, since whatever a compiled function
calls is compiled into it anew.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lockmap.syntax.blanking import Bytes
from lockmap.syntax.compiled import inlined, lean
from lockmap.syntax.declaring.chains import read_chain
from lockmap.syntax.declaring.members import read_declarations
from lockmap.syntax.declaring.memory import (
    CHAIN,
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
from lockmap.syntax.declaring.returned import returned_type, value_of_macro
from lockmap.syntax.declaring.spans import (
    ARGUMENT_SPAN,
    CALL_SPAN,
    MACRO_SPAN,
    SPAN_AT,
    SPAN_BODY,
    SPAN_END,
    SPAN_HASH,
    SPAN_KIND,
    SPAN_LEAST,
    SPAN_OWNER,
    SPAN_START,
    Spans,
    is_headed,
    split_field,
)
from lockmap.syntax.declaring.words import past_level
from lockmap.syntax.outlining.memory import (
    BODY,
    DECLARATION,
    END,
    FUNCTION,
    INITIALISER,
    KIND,
    NAME,
    NAME_END,
    SEMICOLON,
    START,
    TYPE,
)

Rows = NDArray[np.int64]


@lean
def declare_into(text: Bytes, items: Rows, m: Memory) -> None:
    """Rows of all that *items* of blanked *text* declare."""
    told = 0  # where the last struct at file level ends, with those that are defined in it
    for number in range(items.shape[0]):
        kind = items[number, KIND]
        start, end, body = items[number, START], items[number, END], items[number, BODY]
        local = False
        if kind == FUNCTION:
            found = returned_type(text, start, items[number, NAME], m)
            if found not in (UNTOLD, SCALAR):
                new_row(m, RETURNS, 0, found, start, 0)
            continue
        if kind == TYPE:
            if end <= told:
                continue
            if end > body:
                told = end
            elif is_headed(text, items[number, NAME_END], body):
                local = True
                end = past_level(text, body + 1, text.size) + 1
            else:
                continue
        elif kind == INITIALISER:
            end = body if body > start else end
        elif kind != DECLARATION:
            continue
        elif body >= 0:
            local = True
            end = past_level(text, body + 1, text.size)
            while end < text.size and text[end] != SEMICOLON:
                end += 1
        read_declarations(text, start, end, local, m)


@inlined
def _write_chain(m: Memory, kind: int, value: int, type_: int, owner: int, at: int) -> None:
    """The chain at hand as rows."""
    head = new_row(m, kind, value, type_, owner, m[OP_COUNT])
    if head < 0:
        return
    m[row_at(head) + ROW_AT] = at
    for number in range(m[OP_COUNT]):
        op = OP_BASE + number * OP_SIZE
        new_row(m, OP, m[op + 1], 0, m[op], 0)


@lean
def chains_into(text: Bytes, spans: Spans, count: int, m: Memory) -> None:
    """Rows of the chains of the first *count* of *spans* of blanked *text*."""
    for number in range(count):
        kind, owner = spans[number, SPAN_KIND], spans[number, SPAN_OWNER]
        value, start, end = (
            spans[number, SPAN_HASH],
            spans[number, SPAN_START],
            spans[number, SPAN_END],
        )
        known = read_chain(text, start, end, spans[number, SPAN_LEAST], spans[number, SPAN_BODY], m)
        if kind == ARGUMENT_SPAN:
            m[OP_COUNT] = m[OP_COUNT] if known else 0
            _write_chain(m, CHAIN, value, spans[number, SPAN_AT], owner, start)
        elif not known:
            continue
        elif kind == MACRO_SPAN:
            if value_of_macro(text, spans[number, SPAN_AT], spans[number, SPAN_BODY], m):
                _write_chain(m, VALUE, value, 0, owner, 0)
        else:
            field = value if kind == CALL_SPAN else split_field(m)
            if field != 0:
                _write_chain(m, CHAIN, field, 0, owner, 0)
