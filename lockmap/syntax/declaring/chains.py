"""Expressions as chains of steps: ``to_dev(x)->ops`` is *x*, what ``to_dev`` gives, ``ops``."""

from __future__ import annotations

from lockmap.syntax.blanking import Bytes
from lockmap.syntax.compiled import inlined
from lockmap.syntax.declaring.memory import (
    AGGREGATE,
    ARGUMENT_OP,
    CALL_BASE,
    CALL_OP,
    CALL_SIZE,
    CALLS,
    MEMBER_OP,
    MOST_CALLS,
    MOST_OPS,
    NAME_OP,
    OP_BASE,
    OP_COUNT,
    OP_SIZE,
    OPERATED,
    PARAMETER_OP,
    PREFIX,
    QUALIFIER,
    ROOTED,
    SCALAR_WORD,
    STATEMENT,
    TYPE_OP,
    TYPEDEF_MARK,
    UNTOLD,
    Memory,
    class_of,
)
from lockmap.syntax.declaring.variables import type_of_variable
from lockmap.syntax.declaring.words import (
    LEFT,
    is_closing,
    is_opening,
    past_level,
    word_end,
)
from lockmap.syntax.hashing import hash_span
from lockmap.syntax.outlining.memory import (
    AMPERSAND,
    CLOSE,
    COMMA,
    DOT,
    GREATER,
    MINUS,
    OPEN,
    QUESTION,
    STAR,
    byte_at,
    is_letter,
    next_code,
)

_COLON, _NOT, _TILDE = 58, 33, 126
NO_CALL = 0
LIKE_ITS_OPERAND = 2
FAILED = -1


@inlined
def add_op(m: Memory, kind: int, value: int) -> None:
    """One more step; a chain of too many is left open."""
    number = m[OP_COUNT]
    m[OP_COUNT] = number + 1
    if number < MOST_OPS:
        at = OP_BASE + number * OP_SIZE
        m[at], m[at + 1] = kind, value


@inlined
def _cast(text: Bytes, at: int, end: int, m: Memory) -> int:
    """The type of the cast that opens at *at*, ``(struct foo *)``; 0 where it is none."""
    tag = False
    found = UNTOLD
    at += 1
    while True:
        at = next_code(text, at)
        if at >= end or not is_letter(text[at]):
            break
        stop = word_end(text, at)
        value = hash_span(text, at, stop)
        class_ = class_of(m, value)
        if class_ == AGGREGATE:
            tag = True
        elif class_ == STATEMENT:
            return LIKE_ITS_OPERAND if found == UNTOLD else UNTOLD  # (typeof(x) *)
        elif class_ in (SCALAR_WORD, PREFIX):
            return UNTOLD
        elif class_ != QUALIFIER and found == UNTOLD:
            found = value if tag else value ^ TYPEDEF_MARK
        elif class_ != QUALIFIER and (text[at] != 95 or text[at + 1] != 95):
            return UNTOLD
        at = stop
    if found == UNTOLD or at >= end or text[at] != STAR:
        return UNTOLD
    while at < end and text[at] != CLOSE:
        if is_opening(text[at]) or text[at] in (COMMA, MINUS, DOT):
            return UNTOLD
        at += 1
    beyond = byte_at(text, next_code(text, at + 1))
    if tag or is_letter(beyond) or beyond in (OPEN, AMPERSAND):
        return found
    return UNTOLD


@inlined
def _type_argument(text: Bytes, at: int, close: int, m: Memory) -> int:
    """The type among the arguments text[at:close]: a struct, or a word that is the second."""
    number = 0
    second = UNTOLD
    while at < close:
        byte = text[at]
        if is_letter(byte):
            stop = word_end(text, at)
            value = hash_span(text, at, stop)
            class_ = class_of(m, value)
            after = next_code(text, stop)
            if class_ == AGGREGATE:
                return hash_span(text, after, word_end(text, after))
            if number == 1 and second == UNTOLD and class_ == 0 and byte_at(text, after) == COMMA:
                second = value ^ TYPEDEF_MARK
            at = stop
        elif is_opening(byte):
            at = past_level(text, at + 1, close) + 1
        else:
            number += byte == COMMA
            at += 1
    return second


@inlined
def _begin(text: Bytes, at: int, least: int, body: int, m: Memory) -> int:
    """The word that an expression begins with: a variable, or what is called."""
    stop = word_end(text, at)
    value = hash_span(text, at, stop)
    class_ = class_of(m, value)
    if class_ not in (0, QUALIFIER):
        return FAILED
    after = next_code(text, stop)
    if byte_at(text, after) == OPEN:
        if m[CALLS] >= MOST_CALLS:
            return FAILED
        call = CALL_BASE + m[CALLS] * CALL_SIZE
        m[call], m[call + 1] = value, after + 1
        m[CALLS] += 1
        return after + 1
    found = type_of_variable(text, at, stop, value, least, body, m) if body >= 0 else UNTOLD
    if found != UNTOLD:
        add_op(m, TYPE_OP, found)
    else:
        add_op(m, NAME_OP, value)
    m[ROOTED] = 1
    return stop


@inlined
def _end_level(text: Bytes, close: int, m: Memory) -> None:
    """``)``: of a parenthesis, or of a call, whose value takes the place of its argument's."""
    m[CALLS] -= 1
    call = CALL_BASE + m[CALLS] * CALL_SIZE
    if m[call] != NO_CALL:
        told = _type_argument(text, m[call + 1], close, m)
        if told != UNTOLD:
            add_op(m, ARGUMENT_OP, told)
        add_op(m, CALL_OP, m[call])
    m[ROOTED] = 1


@inlined
def _open_level(text: Bytes, at: int, end: int, m: Memory) -> int:
    """``(`` before an operand: a cast, whose operand does not matter, or a parenthesis."""
    type_ = _cast(text, at, end, m)
    if type_ == LIKE_ITS_OPERAND:
        return past_level(text, at + 1, end) + 1
    if type_ != UNTOLD:
        add_op(m, TYPE_OP, type_)
        m[ROOTED] = 1
        return past_level(text, past_level(text, at + 1, end) + 1, end)
    if m[CALLS] >= MOST_CALLS:
        return FAILED
    m[CALLS] += 1
    m[CALL_BASE + (m[CALLS] - 1) * CALL_SIZE] = NO_CALL
    return at + 1


@inlined
def _postfix(text: Bytes, at: int, end: int, m: Memory) -> int:
    """What follows an operand: a member, an index, a call; else the operand is all that counts."""
    byte = int(text[at])
    arrow = byte == MINUS and byte_at(text, at + 1) == GREATER
    if byte == DOT or arrow:
        at = next_code(text, at + (2 if arrow else 1))
        stop = word_end(text, at)
        add_op(m, MEMBER_OP, hash_span(text, at, stop))
        return stop
    if byte in (LEFT, OPEN):
        return past_level(text, at + 1, end) + 1
    if byte == QUESTION and m[CALLS] > 0:
        after = next_code(text, at + 1)
        plain = m[CALL_BASE + (m[CALLS] - 1) * CALL_SIZE] == NO_CALL
        if plain and byte_at(text, after) != _COLON:
            m[OP_COUNT], m[ROOTED] = 0, 0  # condition ? this
            return after
    m[OPERATED] |= byte != COMMA
    return past_level(text, at, end)


@inlined
def read_chain(text: Bytes, at: int, end: int, least: int, body: int, m: Memory) -> bool:
    """The steps of the expression text[at:end]; whether it could be read.

    It stands in the function that begins at *least*, its braces at *body*; -1: in none.
    """
    m[OP_COUNT], m[ROOTED], m[CALLS], m[OPERATED] = 0, 0, 0, 0
    while at < end:
        at = next_code(text, at)
        if at >= end:
            break
        byte = int(text[at])
        if is_closing(byte):
            if byte != CLOSE or m[CALLS] == 0:
                return False
            _end_level(text, at, m)
            at += 1
        elif m[ROOTED]:
            at = _postfix(text, at, end, m)
        elif byte == OPEN:
            at = _open_level(text, at, end, m)
        elif is_letter(byte):
            at = _begin(text, at, least, body, m)
        elif byte in (STAR, AMPERSAND, _NOT, _TILDE):
            at += 1
        elif m[CALLS] > 0 and m[CALL_BASE + (m[CALLS] - 1) * CALL_SIZE] != NO_CALL:
            at = past_level(text, at, end)  # an argument that says nothing
        else:
            return False
        if at == FAILED:
            if m[CALLS] == 0 or m[CALL_BASE + (m[CALLS] - 1) * CALL_SIZE] == NO_CALL:
                return False
            at = past_level(text, m[CALL_BASE + (m[CALLS] - 1) * CALL_SIZE + 1], end)
    known: bool = 0 < m[OP_COUNT] <= MOST_OPS and m[CALLS] == 0
    return known


@inlined
def is_parameter(value: int, m: Memory) -> None:
    """Make the variables called *value* in the chain at hand the macro's argument."""
    for number in range(min(m[OP_COUNT], MOST_OPS)):
        at = OP_BASE + number * OP_SIZE
        if m[at] == NAME_OP and m[at + 1] == value:
            m[at] = PARAMETER_OP
