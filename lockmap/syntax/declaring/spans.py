"""Where the expressions stand whose chains are read: what is before a member, and the like."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lockmap.syntax.blanking import Bytes
from lockmap.syntax.compiled import inlined, lean
from lockmap.syntax.declaring.bases import base_start, before_member, called_start, target_end
from lockmap.syntax.declaring.memory import MEMBER_OP, OP_BASE, OP_COUNT, OP_SIZE, Memory
from lockmap.syntax.declaring.returned import last_statement
from lockmap.syntax.declaring.words import before_blanks, is_opening, past_level, word_end
from lockmap.syntax.hashing import hash_span
from lockmap.syntax.outlining.memory import (
    ASSIGNMENT,
    AT,
    BEGIN,
    BODY,
    CLOSE,
    COMMA,
    END,
    FUNCTION,
    KIND,
    MACRO,
    MEMBER_CALL,
    MEMBER_MACRO,
    NAME_END,
    OBJECT_MACRO,
    OPEN,
    OWNER,
    POINTER_CALL,
    POSITION,
    REF_KIND,
    START,
    byte_at,
    next_code,
)

Spans = NDArray[np.int64]
CALL_SPAN, TARGET_SPAN, MACRO_SPAN, ARGUMENT_SPAN = range(1, 5)
"""What stands before a member that is called; what is called or assigned, with its last member;
the body of a macro; an argument of a call."""
(
    SPAN_KIND, SPAN_START, SPAN_END, SPAN_LEAST, SPAN_BODY, SPAN_OWNER, SPAN_HASH, SPAN_AT,
) = range(8)  # fmt: skip
"""``SPAN_AT``: where the name of a macro ends; which argument it is."""
SPAN_SIZE = 8
MOST_ARGUMENTS = 8


@inlined
def split_field(m: Memory) -> int:
    """Take the last step of a chain away: the field that it names; 0 where it names none."""
    at = OP_BASE + (m[OP_COUNT] - 1) * OP_SIZE
    if m[OP_COUNT] < 2 or m[at] != MEMBER_OP:
        return 0
    m[OP_COUNT] -= 1
    field: int = m[at + 1]
    return field


@inlined
def is_headed(text: Bytes, at: int, body: int) -> bool:
    """Whether a tag that ends at *at* is that of the braces at *body*.

    Not so in ``switch (sizeof(struct a)) {``.
    """
    while at < body:
        if text[at] == CLOSE:
            return False
        at += 1
    return True


@inlined
def _note(
    spans: Spans, count: int, kind: int, start: int, end: int, least: int, body: int, owner: int
) -> int:
    spans[count, SPAN_KIND], spans[count, SPAN_START], spans[count, SPAN_END] = kind, start, end
    spans[count, SPAN_LEAST], spans[count, SPAN_BODY] = least, body
    spans[count, SPAN_OWNER] = owner
    return count + 1


@inlined
def _macro(text: Bytes, body: int, end: int, spans: Spans, count: int) -> None:
    """Where the value of a macro stands: all of it, or the last part of ``({ ...; })``."""
    at = next_code(text, body)
    stop = before_blanks(text, end, at)
    inside = next_code(text, at + 1)
    if byte_at(text, at) == OPEN and byte_at(text, inside) == BEGIN:
        stop = past_level(text, inside + 1, end)
        at = last_statement(text, inside + 1, stop)
        stop = before_blanks(text, stop, at)
        if stop > at and text[stop - 1] == 59:  # ;
            stop -= 1
    spans[count, SPAN_START], spans[count, SPAN_END] = at, stop


@lean
def find_spans(
    text: Bytes, items: NDArray[np.int64], refs: NDArray[np.int64], spans: Spans, m: Memory
) -> int:
    """Find the spans of the macros among *items* and of *refs*; how many there are."""
    count = 0
    for number in range(items.shape[0]):
        kind = items[number, KIND]
        if kind in (MACRO, OBJECT_MACRO, MEMBER_MACRO):
            start, end, body = items[number, START], items[number, END], items[number, BODY]
            name_end = items[number, NAME_END]
            _note(spans, count, MACRO_SPAN, body, end, body, body, start)
            _macro(text, body, end, spans, count)
            spans[count, SPAN_HASH] = hash_span(text, start, name_end) if kind != MACRO else 0
            spans[count, SPAN_AT] = name_end
            count += 1
    for number in range(refs.shape[0]):
        kind, owner, at = refs[number, REF_KIND], refs[number, OWNER], refs[number, AT]
        if kind not in (MEMBER_CALL, POINTER_CALL, ASSIGNMENT) or owner < 0:
            continue
        body = items[owner, BODY] if items[owner, KIND] in (FUNCTION, MACRO) else -1
        least = body if items[owner, KIND] == MACRO else items[owner, START]
        if kind == POINTER_CALL:
            end = before_blanks(text, at, least)
            begin = called_start(text, end, least, m) if end > least else -1
        else:
            if kind == ASSIGNMENT and refs[number, POSITION] != 1:
                continue
            end = (
                before_member(text, at, least)
                if kind == MEMBER_CALL
                else target_end(text, at, least)
            )
            begin = base_start(text, end, least, m) if end >= 0 else -1
        if begin < 0:
            continue
        sort = CALL_SPAN if kind == MEMBER_CALL else TARGET_SPAN
        spans[count, SPAN_HASH] = (
            hash_span(text, at, word_end(text, at)) if kind == MEMBER_CALL else 0
        )
        count = _note(spans, count, sort, begin, end, least, body, at)
    return count


@lean
def find_arguments(text: Bytes, calls: NDArray[np.int64], spans: Spans) -> int:
    """Find the arguments of *calls* (place, start of the function, its body); how many."""
    count = 0
    for call in range(calls.shape[0]):
        at = next_code(text, word_end(text, calls[call, 0]))
        if byte_at(text, at) != OPEN:
            continue
        close = past_level(text, at + 1, text.size)
        number = 0
        at += 1
        first = at
        while at <= close and number < MOST_ARGUMENTS:
            if at == close or text[at] == COMMA:
                start = next_code(text, first)
                stop = word_end(text, start)
                lone = start < stop and next_code(text, stop) >= at
                spans[count, SPAN_HASH] = hash_span(text, start, stop) if lone else 0
                spans[count, SPAN_AT] = number
                count = _note(
                    spans, count, ARGUMENT_SPAN, start, at, calls[call, 1], calls[call, 2], call
                )
                number += 1
                first = at + 1
            if at < close and is_opening(text[at]):
                at = past_level(text, at + 1, close)
            at += 1
    return count
