"""What functions and macros give: the type before a function's name, the value of a macro."""

from __future__ import annotations

from lockmap.syntax.blanking import Bytes
from lockmap.syntax.compiled import inlined
from lockmap.syntax.declaring.chains import is_parameter
from lockmap.syntax.declaring.memory import (
    AGGREGATE,
    ENUM,
    MEMBER_OP,
    NAME_OP,
    OP_BASE,
    OP_COUNT,
    OP_SIZE,
    OPERATED,
    PARAMETER_OP,
    QUALIFIER,
    SCALAR,
    SCALAR_WORD,
    TYPEDEF_MARK,
    UNTOLD,
    Memory,
    class_of,
)
from lockmap.syntax.declaring.words import past_level, word_end
from lockmap.syntax.hashing import hash_span
from lockmap.syntax.outlining.memory import (
    BEGIN,
    CLOSE,
    COMMA,
    OPEN,
    SEMICOLON,
    byte_at,
    is_letter,
    next_code,
)


@inlined
def returned_type(text: Bytes, at: int, name: int, m: Memory) -> int:
    """The type that a function returns that begins at *at* and is called what *name* is at."""
    found = UNTOLD
    tag = False
    while at < name:
        if not is_letter(text[at]):
            at = past_level(text, at + 1, name) + 1 if text[at] == OPEN else at + 1
            continue
        stop = word_end(text, at)
        value = hash_span(text, at, stop)
        class_ = class_of(m, value)
        if tag:
            return value
        if class_ in (SCALAR_WORD, ENUM):
            return SCALAR
        if class_ == AGGREGATE:
            tag = True
        elif class_ != QUALIFIER and (text[at] != 95 or text[at + 1] != 95):
            found = value ^ TYPEDEF_MARK
        at = stop
    return found


@inlined
def last_statement(text: Bytes, at: int, close: int) -> int:
    """Where the last expression before *close* begins, of ``({ ...; expression; })``."""
    last = at
    before = at
    while at < close:
        byte = text[at]
        if byte in (SEMICOLON, BEGIN) or byte == 125:
            before = last
            last = at + 1
        at += 1
    return last if next_code(text, last) < close else before


@inlined
def value_of_macro(text: Bytes, name_end: int, body: int, m: Memory) -> bool:
    """Make the chain at hand that of a macro's value; whether it is known to be worth something.

    Its parameters stand between *name_end* and *body*.
    """
    number = 0
    at = name_end + 1
    if byte_at(text, name_end) == OPEN:
        while at < body and text[at] != CLOSE:
            if is_letter(text[at]):
                stop = word_end(text, at)
                value = hash_span(text, at, stop)
                if number == 0:
                    is_parameter(value, m)
                elif _begins_with(value, m):
                    return False
                at = stop
            else:
                number += text[at] == COMMA
                at += 1
    only = m[OP_COUNT] == 1 and m[OP_BASE] in (PARAMETER_OP, NAME_OP)
    return not (m[OPERATED] and (only or m[OP_BASE + (m[OP_COUNT] - 1) * OP_SIZE] == MEMBER_OP))


@inlined
def _begins_with(value: int, m: Memory) -> bool:
    """Whether the chain at hand begins with the variable *value*."""
    begins: bool = m[OP_COUNT] > 0 and m[OP_BASE] == NAME_OP and m[OP_BASE + 1] == value
    return begins
