"""Where an expression begins whose end is known: ``a->b[i].c`` before ``->fault(``."""

from __future__ import annotations

from lockmap.syntax.blanking import Bytes
from lockmap.syntax.compiled import inlined
from lockmap.syntax.declaring.memory import PREFIX, STATEMENT, Memory, class_of
from lockmap.syntax.declaring.words import (
    RIGHT,
    before_blanks,
    is_closing,
    is_word,
    opening_of,
    word_start,
)
from lockmap.syntax.hashing import hash_span
from lockmap.syntax.outlining.memory import (
    BEGIN,
    CLOSE,
    DOT,
    EQUAL,
    FINISH,
    GREATER,
    MINUS,
    SEMICOLON,
)

_COMPARES = (33, 60, 62, 61)  # ! < > =


@inlined
def before_member(text: Bytes, at: int, least: int) -> int:
    """Where the base of the member that begins at *at* ends; -1 where it has none."""
    at = before_blanks(text, at, least)
    if at - 2 >= least and text[at - 1] == GREATER and text[at - 2] == MINUS:
        return at - 2
    if at - 1 >= least and text[at - 1] == DOT:
        return at - 1
    return -1


@inlined
def _is_expression(text: Bytes, at: int, least: int, m: Memory) -> bool:
    """Whether the parenthesis at *at* is no call's: what stands before it is no name."""
    before = before_blanks(text, at, least)
    if before <= least or not is_word(text[before - 1]):
        return True
    start = word_start(text, before, least)
    return class_of(m, hash_span(text, start, before)) in (STATEMENT, PREFIX)


@inlined
def base_start(text: Bytes, at: int, least: int, m: Memory) -> int:
    """Where the postfix expression that ends at *at* begins; -1 where it cannot be told."""
    while at > least:
        at = before_blanks(text, at, least)
        if at <= least:
            return -1
        last = int(text[at - 1])
        if last in (CLOSE, RIGHT):
            at = opening_of(text, at - 1, least)
            if at < 0:
                return -1
            if last == CLOSE and _is_expression(text, at, least, m):
                return at
            continue
        if not is_word(last):
            return -1
        start = word_start(text, at, least)
        at = before_member(text, start, least)
        if at < 0:
            return start
    return -1


@inlined
def target_end(text: Bytes, at: int, least: int) -> int:
    """Where the target ends of the assignment whose value holds *at*; -1 where there is none."""
    while at > least:
        at -= 1
        byte = int(text[at])
        if byte == EQUAL:
            if text[at - 1] not in _COMPARES and text[at + 1] != EQUAL:
                return at
        elif is_closing(byte) and byte != FINISH:
            at = opening_of(text, at, least)
            if at < 0:
                return -1
        elif byte in (SEMICOLON, BEGIN, FINISH):
            return -1
    return -1


@inlined
def called_start(text: Bytes, end: int, least: int, m: Memory) -> int:
    """Where what is called begins that ends at *end*: ``(*p->f)``, ``p->f[i]``; -1: nowhere."""
    if text[end - 1] != CLOSE:
        return base_start(text, end, least, m)
    start = opening_of(text, end - 1, least)
    before = before_blanks(text, start, least) if start >= 0 else least
    if before > least and is_word(text[before - 1]):
        first = word_start(text, before, least)
        if class_of(m, hash_span(text, first, before)) == STATEMENT:
            return -1  # if (p->f) (void)g();
    return start
