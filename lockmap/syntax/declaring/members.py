"""Declarations: the members of structs, variables and typedefs at file level."""

from __future__ import annotations

from lockmap.syntax.blanking import Bytes
from lockmap.syntax.compiled import inlined
from lockmap.syntax.declaring.emit import FILE_LEVEL, begin_declaration, declare, flatten, unnamed
from lockmap.syntax.declaring.memory import (
    AGGREGATE,
    AGGREGATE_UNION,
    ATTRIBUTED,
    BODY_ROW,
    CALLABLE,
    COUNTED,
    ENUM,
    FROZEN,
    GROUP,
    IN_UNION,
    IS_ARRAY,
    IS_TYPEDEF,
    IS_UNION,
    LAST_WORD,
    LEVEL_BASE,
    LEVEL_SIZE,
    LEVELS,
    MOST_LEVELS,
    NAME,
    NAME_AT,
    NEXT,
    OWNER_ROW,
    PENDING,
    PREFIX,
    QUALIFIER,
    ROW_POSITION,
    ROWS,
    SCALAR,
    SCALAR_WORD,
    STATEMENT,
    STRUCT,
    TAG,
    TO_VOID,
    TYPE,
    TYPED,
    TYPEDEF_MARK,
    TYPEDEF_WORD,
    UNNAMED,
    Memory,
    class_of,
    new_row,
    row_at,
)
from lockmap.syntax.declaring.words import (
    before_blanks,
    directive_end,
    is_closing,
    past_level,
    word_end,
)
from lockmap.syntax.hashing import hash_span
from lockmap.syntax.outlining.memory import (
    BEGIN,
    CLOSE,
    COLON,
    COMMA,
    EQUAL,
    FINISH,
    OPEN,
    SEMICOLON,
    SHARP,
    STAR,
    byte_at,
    is_letter,
    next_code,
)

_LEFT, _V = 91, 118  # [ v
_ATTRIBUTE = 95  # the words that decorate begin with two of these
_OUTER, _NEXT, _UNION, _ROW, _FIRST, _IS_TYPEDEF, _IS_GROUP, _KIND = range(8)


@inlined
def name_place(at: int, end: int) -> int:
    """Where a name stands, and how long it is, as one number."""
    return (at << 8) + min(end - at, 255)


@inlined
def _plain_word(text: Bytes, at: int, end: int, value: int, m: Memory) -> None:
    """A word of no class: the type, or the name."""
    decorates = end - at > 2 and text[at] == _ATTRIBUTE and text[at + 1] == _ATTRIBUTE
    m[ATTRIBUTED] = 1 if decorates and m[TYPED] else 0
    if m[TYPED] == 0:
        m[TYPE], m[TYPED] = value ^ TYPEDEF_MARK, 1
    elif not (decorates and (m[NAME] or text[at + 2] == text[at + 3] == _ATTRIBUTE)):
        m[NAME], m[NAME_AT] = value, name_place(at, end)


@inlined
def _word(text: Bytes, at: int, m: Memory) -> int:
    """Go past the word at *at*."""
    end = word_end(text, at)
    if m[FROZEN]:
        return end
    value = hash_span(text, at, end)
    class_ = class_of(m, value)
    m[LAST_WORD], m[ATTRIBUTED] = class_, 0
    if class_ in (STATEMENT, PREFIX):  # typeof(x)
        m[ATTRIBUTED], m[TYPED], m[TYPE] = 1, 1, SCALAR
    elif class_ == QUALIFIER:
        m[ATTRIBUTED] = 1
    elif m[PENDING]:
        if m[PENDING] == AGGREGATE:
            m[TYPE], m[TAG] = value, value
        m[PENDING] = 0
    elif class_ == AGGREGATE:
        m[PENDING], m[TYPED] = AGGREGATE, 1
        m[AGGREGATE_UNION] = 1 if text[at] == 117 else 0  # union
    elif class_ == ENUM:
        m[PENDING], m[TYPED], m[TYPE] = ENUM, 1, SCALAR
    elif class_ == SCALAR_WORD and m[TYPED] == 0:
        m[TYPE], m[TYPED] = SCALAR, 1
        m[TO_VOID] = 1 if text[at] == _V else 0  # void: with a star, it may hold a function
    elif class_ == SCALAR_WORD and m[TYPE] == SCALAR and m[NAME] == 0:
        m[LAST_WORD] = class_  # the second of ``unsigned long``
    elif class_ == TYPEDEF_WORD:
        m[IS_TYPEDEF] = 1
    else:
        _plain_word(text, at, end, value, m)
    return end


@inlined
def _pointer_name(text: Bytes, at: int, close: int, m: Memory) -> None:
    """The name in ``(*name)``, ``(*const name[2])``; *at* is behind the parenthesis."""
    while at < close:
        if is_letter(text[at]):
            end = word_end(text, at)
            value = hash_span(text, at, end)
            if class_of(m, value) != QUALIFIER:
                m[NAME], m[NAME_AT], m[FROZEN], m[CALLABLE] = value, name_place(at, end), 1, 1
                m[IS_ARRAY] = 1 if byte_at(text, next_code(text, end)) == _LEFT else 0
                return
            at = end
        else:
            at += 1


@inlined
def _past_head(text: Bytes, at: int, close: int) -> int:
    """Where the members of a group begin: behind arguments that are one word or nothing."""
    while True:
        here = next_code(text, at)
        here = next_code(text, word_end(text, here))
        if here >= close or text[here] != COMMA:
            return at
        at = here + 1


@inlined
def _open_level(m: Memory, row: int, union: int, group: int) -> None:
    """Enter the braces of struct row *row*, or the parentheses of a group."""
    at = LEVEL_BASE + m[LEVELS] * LEVEL_SIZE
    m[LEVELS] += 1
    m[at + _OUTER], m[at + _NEXT], m[at + _UNION] = m[OWNER_ROW], m[NEXT], m[IN_UNION]
    m[at + _ROW], m[at + _FIRST], m[at + _IS_TYPEDEF] = row, m[ROWS], m[IS_TYPEDEF]
    m[at + _IS_GROUP], m[at + _KIND] = group, m[TYPE]
    m[OWNER_ROW], m[NEXT], m[IN_UNION] = row, 0, union
    begin_declaration(m)


@inlined
def _paren(text: Bytes, at: int, end: int, m: Memory) -> int:
    """Go past the parenthesis at *at*, or into that of a group of members."""
    close = past_level(text, at + 1, end)
    if m[LAST_WORD] == GROUP and m[OWNER_ROW] != FILE_LEVEL and m[LEVELS] < MOST_LEVELS:
        inside = _past_head(text, at + 1, close)
        row = new_row(m, STRUCT, 0, 0, -1, 0)
        if row >= 0:
            _open_level(m, row, 0, 1)
            return inside
    first = byte_at(text, next_code(text, at + 1))
    if m[ATTRIBUTED] and m[NAME] and word_end(text, m[NAME_AT] >> 8) == before_blanks(text, at, 0):
        m[NAME] = 0  # __attribute(x)
    if m[FROZEN] == 0 and m[NAME] == 0 and first in (STAR, 94):
        _pointer_name(text, at + 1, close, m)
    return close + 1


@inlined
def _open(text: Bytes, at: int, end: int, m: Memory) -> int:
    """Go into the braces of a struct, or past others."""
    if m[PENDING] != AGGREGATE and m[TAG] == 0:
        m[PENDING] = 0
        return past_level(text, at + 1, end) + 1
    if m[LEVELS] >= MOST_LEVELS:
        return past_level(text, at + 1, end) + 1
    marks = (IS_UNION if m[AGGREGATE_UNION] else 0) | (0 if m[TAG] else UNNAMED)
    m[TYPE] = m[TAG] if m[TAG] else unnamed(text, at, m)
    row = new_row(m, STRUCT, m[TYPE], 0, -1, marks)
    if row < 0:
        return past_level(text, at + 1, end) + 1
    _open_level(m, row, m[AGGREGATE_UNION], 0)
    return at + 1


@inlined
def _close(m: Memory) -> None:
    """Leave the innermost level; what follows is declared with the type that it gave."""
    m[LEVELS] -= 1
    at = LEVEL_BASE + m[LEVELS] * LEVEL_SIZE
    begin_declaration(m)
    m[COUNTED] = 1 if m[IN_UNION] else m[NEXT]
    m[OWNER_ROW], m[NEXT], m[IN_UNION] = m[at + _OUTER], m[at + _NEXT], m[at + _UNION]
    row = m[at + _ROW]
    if m[at + _IS_GROUP]:
        flatten(m, m[at + _FIRST], row, m[NEXT])
        m[LAST_WORD], m[FROZEN] = 0, 1
        return
    m[TYPE], m[TYPED], m[IS_TYPEDEF] = m[at + _KIND], 1, m[at + _IS_TYPEDEF]
    m[BODY_ROW], m[TAG] = row, m[at + _KIND]
    if m[row_at(row) + ROW_POSITION] & UNNAMED:
        m[TAG] = 0
        m[AGGREGATE_UNION] = m[at + _FIRST] + 1  # where a struct without any name begins


@inlined
def _end(m: Memory) -> None:
    """``;``: write the declaration down; a struct without any name is part of the outer one."""
    if m[BODY_ROW] >= 0 and m[TAG] == 0 and m[NAME] == 0 and m[OWNER_ROW] != FILE_LEVEL:
        if m[AGGREGATE_UNION]:
            flatten(m, m[AGGREGATE_UNION] - 1, m[BODY_ROW], m[NEXT])
    else:
        declare(m)
    begin_declaration(m)


@inlined
def _past_value(text: Bytes, at: int, end: int) -> int:
    """Where the initialiser after ``=`` ends: a comma or semicolon outside brackets."""
    while at < end:
        byte = text[at]
        if byte in (COMMA, SEMICOLON) or is_closing(byte):
            return at
        at = past_level(text, at + 1, end) + 1 if byte in (OPEN, BEGIN, _LEFT) else at + 1
    return end


@inlined
def _mark(byte: int, m: Memory) -> None:
    """A byte that ends something, or tells about the name before or behind it."""
    if byte in (FINISH, CLOSE):
        if m[LEVELS] > 0:
            _close(m)
    elif byte == SEMICOLON:
        _end(m)
    elif byte == COMMA:
        declare(m)
    elif byte == STAR:
        m[ATTRIBUTED] = 0
        m[TO_VOID] *= 2
    elif byte == COLON:
        m[FROZEN] = 1


@inlined
def read_declarations(text: Bytes, at: int, end: int, local: bool, m: Memory) -> None:
    """Rows of everything declared at file level in text[at:end], with the structs in it.

    *local*: it is a struct that a function defines; its tag stands at *at*.
    """
    m[OWNER_ROW], m[NEXT], m[IN_UNION], m[LEVELS], m[LAST_WORD] = FILE_LEVEL, 0, 0, 0, 0
    begin_declaration(m)
    if local:
        m[PENDING], m[TYPED] = AGGREGATE, 1
    while at < end:
        byte = int(text[at])
        if is_letter(byte):
            at = _word(text, at, m)
            continue
        if byte == OPEN:
            at = _paren(text, at, end, m)
            continue
        if byte == BEGIN:
            at = _open(text, at, end, m)
            continue
        if byte == _LEFT:
            m[IS_ARRAY] = 1
            at = past_level(text, at + 1, end) + 1
            continue
        if byte == EQUAL:
            at = _past_value(text, at + 1, end)
            continue
        if byte == SHARP:
            at = directive_end(text, at, end)
            continue
        if 48 <= byte < 58:
            at = word_end(text, at)
            continue
        _mark(byte, m)
        at += 1
    if m[OWNER_ROW] == FILE_LEVEL:
        declare(m)
