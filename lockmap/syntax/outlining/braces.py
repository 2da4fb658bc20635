"""Punctuation: how braces and parentheses bound the items."""

from __future__ import annotations

from lockmap.syntax.blanking import Bytes
from lockmap.syntax.compiled import inlined
from lockmap.syntax.hashing import hash_span
from lockmap.syntax.outlining.items import (
    end_item,
    inner_declaration,
    inner_type,
    keep_name,
)
from lockmap.syntax.outlining.memory import (
    AMPERSAND,
    ARROW,
    ASSIGNED,
    ATTRIBUTE,
    BEFORE,
    BEGIN,
    BODY,
    CALL,
    CANDIDATE,
    CANDIDATE_END,
    CLOSE,
    CLOSED,
    COMMA,
    DEAD,
    DECLARES,
    DIRECTIVE_END,
    DOT,
    EQUAL,
    FINISH,
    FUNCTION,
    GREATER,
    INITIALISER,
    ITEM,
    ITEM_KIND,
    ITEM_START,
    LAST,
    LAST_END,
    LAST_HASH,
    LAST_MEMBER,
    LEVEL,
    MINUS,
    NAME_BYTE,
    NEWLINE,
    NOW_LINE,
    OPEN,
    OTHER,
    PAREN,
    POINTER_CALL,
    QUOTE,
    REFERS,
    SEMICOLON,
    SPACE,
    STAR,
    TAG,
    TAG_END,
    TYPE,
    TYPE_WORD,
    Memory,
    byte_at,
    follow,
    is_letter,
)
from lockmap.syntax.outlining.places import (
    assign_place,
    chain_place,
    close_brace_place,
    close_paren,
    end_statement,
    next_place,
    open_brace_place,
    open_paren,
)
from lockmap.syntax.outlining.references import refer

_INDEXED = 93  # ]
_BEFORE_EQUAL = (33, 60, 62, 43, 45, 42, 47, 124, 94, 37)  # ! < > + - * / | ^ %


@inlined
def _begins_anew(text: Bytes, at: int) -> bool:
    """Whether the next line that is not empty begins in column 0 with a word."""
    while at < text.size and text[at] <= SPACE:
        at += 1
    return at < text.size and text[at - 1] == NEWLINE and is_letter(text[at])


@inlined
def _open_brace(text: Bytes, at: int, m: Memory) -> None:
    if m[LEVEL] == 0 and m[ITEM_KIND] == 0:
        if m[ITEM] == 0 or (m[BEFORE] == QUOTE and m[CANDIDATE] < 0):
            m[ITEM] = 0  # extern "C" {
            return
        if m[PAREN] > 0:
            m[ITEM_KIND] = OTHER
        elif m[CANDIDATE] >= 0 and m[CLOSED]:
            m[ITEM_KIND] = FUNCTION
        elif m[TYPE_WORD]:
            m[ITEM_KIND] = TYPE
            keep_name(m, m[TAG], m[TAG_END])
        else:
            m[ITEM_KIND] = OTHER
        m[m[ITEM] + BODY] = at
    else:
        if m[ITEM] and m[LEVEL] == 0 and m[m[ITEM] + BODY] < 0:
            m[m[ITEM] + BODY] = at
        if m[TYPE_WORD] and m[TAG] >= 0 and m[LAST] == m[TAG] and m[BEFORE] == NAME_BYTE:
            inner_type(text, m, at)
        elif m[DECLARES] and m[TYPE_WORD] and m[TAG] < 0 and m[ITEM_KIND] == FUNCTION:
            inner_declaration(m, at)
        if m[LEVEL] == 0 and m[ITEM_KIND] == TYPE and m[CANDIDATE] >= 0 and m[BEFORE] == CLOSE:
            m[ITEM_KIND] = FUNCTION  # struct s { ... } *f(void) {
            m[m[ITEM] + BODY] = at
    m[TYPE_WORD] = 1 if m[LEVEL] == 0 and m[ITEM_KIND] == TYPE else 0
    if m[LEVEL] > 0:
        m[TAG] = m[TAG] if m[ITEM_KIND] == TYPE else -1
    m[LEVEL] += 1


@inlined
def _close_brace(text: Bytes, at: int, m: Memory) -> None:
    m[TYPE_WORD] = 0
    if m[LEVEL] == 0:
        return
    m[LEVEL] -= 1
    if m[ITEM_KIND] != FUNCTION:
        return
    if m[LEVEL] > 0 and (at == 0 or text[at - 1] == NEWLINE) and _begins_anew(text, at + 1):
        m[LEVEL] = 0  # braces that some #if left uneven
    if m[LEVEL] == 0:
        end_item(text, m, at + 1)


@inlined
def _structure(text: Bytes, at: int, byte: int, m: Memory) -> None:
    """What a byte outside directives does to braces, parentheses and the item at hand."""
    if byte == BEGIN:
        _open_brace(text, at, m)
    elif byte == FINISH:
        _close_brace(text, at, m)
    elif m[LEVEL] > 0:
        if byte not in (STAR, OPEN, CLOSE):
            m[TYPE_WORD] = 0
    elif byte == OPEN:
        m[PAREN] += 1
    elif byte == CLOSE:
        m[PAREN] = max(0, m[PAREN] - 1)
        if m[PAREN] == 0 and m[ITEM_KIND] == 0:
            if m[ATTRIBUTE]:
                m[ATTRIBUTE] = 0
            elif m[CANDIDATE] >= 0 and not m[CLOSED]:
                m[CLOSED] = m[NOW_LINE]
    elif byte == SEMICOLON:
        # Macros may be handed statements: TRACE_EVENT(..., TP_fast_assign(a = b;), ...)
        within = m[PAREN] > 0 and m[CANDIDATE] == m[ITEM_START]
        if m[ITEM_KIND] != FUNCTION and not (within and not _begins_anew(text, at + 1)):
            end_item(text, m, at + 1)
    elif byte == EQUAL and m[PAREN] == 0 and m[ITEM] and m[ITEM_KIND] == 0:
        m[ASSIGNED] = 1
        m[ITEM_KIND] = INITIALISER
        if m[REFERS] and m[CANDIDATE] >= 0 and m[CLOSED]:  # DEFINE_SCHED_CLASS(fair) = {
            head = hash_span(text, m[CANDIDATE], m[CANDIDATE_END])
            refer(m, head, m[CANDIDATE], CALL, 0, 0, 0)
        keep_name(m, m[LAST], m[LAST_END])


@inlined
def _place(byte: int, m: Memory) -> None:
    """What a byte does to the place of the names that follow."""
    if byte == OPEN:
        open_paren(m)
    elif byte == CLOSE:
        close_paren(m)
    elif byte == BEGIN:
        open_brace_place(m)
    elif byte == FINISH:
        close_brace_place(m)
    elif byte == COMMA:
        next_place(m)
    elif byte == SEMICOLON:
        end_statement(m)
    elif byte == EQUAL:
        assign_place(m)
    elif byte == DOT:
        chain_place(m)


@inlined
def mark(text: Bytes, at: int, m: Memory) -> int:
    """A byte that is no blank, name or number."""
    byte = int(text[at])
    if m[DIRECTIVE_END] == 0:
        _structure(text, at, byte, m)
    if byte == EQUAL and (m[BEFORE] in _BEFORE_EQUAL or byte_at(text, at + 1) == EQUAL):
        follow(m, MINUS)  # == != <= += and the like
        return at + 1 + (byte_at(text, at + 1) == EQUAL)
    if m[REFERS]:
        _place(byte, m)
    if byte == MINUS and byte_at(text, at + 1) == GREATER:
        follow(m, ARROW)
        return at + 2
    if byte == AMPERSAND and byte_at(text, at + 1) == AMPERSAND:
        follow(m, MINUS)
        return at + 2
    wanted = m[REFERS] and not m[DEAD] and (m[LEVEL] > 0 or m[DIRECTIVE_END])
    if wanted and byte == OPEN and m[BEFORE] == CLOSE:
        refer(m, 0, at, POINTER_CALL, m[LAST_HASH], m[LAST_MEMBER], 0)
    elif wanted and byte == OPEN and m[BEFORE] == _INDEXED and m[DECLARES]:
        refer(m, 0, at, POINTER_CALL, 0, 0, 0)
    follow(m, byte)
    return at + 1
