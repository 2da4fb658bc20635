"""Places: which brackets a name stands in, and so what it is a value of.

A stack of open brackets tells the callee and number of an argument, and the designators and
positions that lead to a value in an initialiser.  Each brace of an initialiser is a *frame*:
an item that names its type, or the frame and the member that it stands in.
"""

from __future__ import annotations

from lockmap.syntax.compiled import inlined
from lockmap.syntax.outlining.memory import (
    ARGUMENT,
    ASSIGNMENT,
    BEFORE,
    BEFORE_THAT,
    BEGIN,
    BODY,
    BRACKET_BASE,
    BRACKET_SIZE,
    CAST_BEFORE,
    CAST_TAG,
    CLOSE,
    COLON,
    COMMA,
    DEPTH,
    DIRECTIVE_END,
    END,
    EQUAL,
    FIRST_NAME,
    FLAGS,
    FRAME,
    HASH,
    KIND,
    LAST_HASH,
    LAST_MEMBER,
    LINE,
    MACRO_DEPTH,
    MACRO_ITEM,
    MAKES_FUNCTION,
    MAKES_VALUE,
    MOST_BRACKETS,
    NAME_BYTE,
    NOW_LINE,
    OPEN,
    QUESTION,
    ROOT_ARRAY,
    ROOT_NAME,
    ROOT_TAG,
    ROOT_VALUE,
    SHARP,
    START,
    STATEMENT_TAG,
    TARGET,
    TARGET_MEMBER,
    TYPEOF,
    VALUE,
    Memory,
)
from lockmap.syntax.outlining.references import has_room, new_item

PAREN_KIND, CALL_KIND, INIT_KIND, CODE_KIND = range(4)
BRACKET, WHO, INDEX, WITHIN, CHAIN, PRIOR = range(6)
"""Of a bracket: its kind; callee, or designator; which argument or value; its frame, or the
tag of a cast; the frame of the designators before the last (``.a.b = ``); what stands before
a parenthesis that is no call."""
_A_TYPE, _PARAMETERS = -1, -2
_INDEXED = 93  # ]
NO_VALUE, NOTHING = 0, -1


@inlined
def top(m: Memory) -> int:
    """Where the innermost open bracket is; 0 where none is open."""
    depth = min(m[DEPTH], MOST_BRACKETS)
    return BRACKET_BASE + (depth - 1) * BRACKET_SIZE if depth > 0 else 0


@inlined
def push(m: Memory, kind: int, who: int, frame: int) -> None:
    """Open a bracket."""
    m[DEPTH] += 1
    if m[DEPTH] <= MOST_BRACKETS:
        at = BRACKET_BASE + (m[DEPTH] - 1) * BRACKET_SIZE
        m[at + BRACKET], m[at + WHO], m[at + INDEX], m[at + WITHIN] = kind, who, 0, frame
        m[at + CHAIN], m[at + PRIOR] = 0, 0


@inlined
def open_paren(m: Memory) -> None:
    """Of a call, or another."""
    if m[BEFORE] == NAME_BYTE and m[LAST_HASH]:
        push(m, CALL_KIND, m[LAST_HASH], 0)
    else:
        prior, at = m[BEFORE], top(m)
        if prior == CLOSE:
            prior = m[CAST_BEFORE]
        elif prior == OPEN and at and m[at + BRACKET] == PAREN_KIND:
            prior = m[at + PRIOR]
        push(m, PAREN_KIND, _PARAMETERS if m[BEFORE] == CLOSE else 0, 0)
        m[top(m) + PRIOR] = prior


@inlined
def close_paren(m: Memory) -> None:
    """Leave a parenthesis; note the struct of a cast."""
    at = top(m)
    m[CAST_TAG] = m[at + WITHIN] if at and m[at + WHO] == _A_TYPE else 0
    m[CAST_BEFORE] = m[at + PRIOR] if at and m[at + BRACKET] == PAREN_KIND else 0
    if at and m[at + BRACKET] <= CALL_KIND:
        m[DEPTH] -= 1


@inlined
def note_type(m: Memory, tag: int) -> None:
    """``struct`` (*tag* 0), then its tag: of the statement, or of a cast."""
    at = top(m)
    if at and m[at + BRACKET] == PAREN_KIND:
        if m[at + WHO] == _PARAMETERS:
            return  # int (*name[])(struct foo *a) = {
        if tag == 0:
            m[at + WHO] = _A_TYPE
        elif m[at + WHO] == _A_TYPE and m[at + WITHIN] == 0:
            m[at + WITHIN] = tag
    if tag and m[STATEMENT_TAG] == 0 and (at == 0 or m[at + BRACKET] >= INIT_KIND):
        m[STATEMENT_TAG] = tag


@inlined
def _new_frame(m: Memory, parent: int, type_hash: int, root: int, position: int) -> int:
    if not has_room(m):
        return 0
    row = new_item(m)
    m[row + KIND], m[row + HASH], m[row + BODY] = FRAME, type_hash, root
    m[row + START], m[row + END], m[row + LINE] = parent, position, m[NOW_LINE]
    return row


@inlined
def _note_maker(m: Memory, what: int) -> None:
    """What the macro that the pass is in, if any, makes where it is used."""
    if m[DIRECTIVE_END] and m[MACRO_ITEM]:
        m[m[MACRO_ITEM] + FLAGS] |= what


@inlined
def open_brace_place(m: Memory) -> None:
    """Enter a brace: of an initialiser, or of code."""
    at = top(m)
    frame = -1
    if m[BEFORE] == CLOSE and m[CAST_TAG]:
        frame = _new_frame(m, 0, m[CAST_TAG], ROOT_TAG, 0)
    elif at and m[at + BRACKET] == INIT_KIND:
        parent = m[at + CHAIN] if m[at + CHAIN] else m[at + WITHIN]
        frame = _new_frame(m, parent, m[at + WHO], 0, m[at + INDEX])
    elif m[BEFORE] == EQUAL:
        array = ROOT_ARRAY if m[BEFORE_THAT] == _INDEXED else 0
        if m[STATEMENT_TAG]:
            frame = _new_frame(m, 0, m[STATEMENT_TAG], ROOT_TAG | array, 0)
        else:
            named = m[FIRST_NAME] if m[FIRST_NAME] else m[TARGET]
            how = ROOT_VALUE if m[TYPEOF] else ROOT_NAME
            frame = _new_frame(m, 0, named, how | array, 0)
    if frame >= 0:
        push(m, INIT_KIND, 0, frame)
        _note_maker(m, MAKES_VALUE)
    else:
        if m[BEFORE] == SHARP:  # all that a macro stands for
            _note_maker(m, MAKES_VALUE)
        elif m[BEFORE] == CLOSE and m[DEPTH] == m[MACRO_DEPTH]:
            _note_maker(m, MAKES_FUNCTION)
        # The tag of a struct that is defined here is that of the variables after it, too.
        push(m, CODE_KIND, m[STATEMENT_TAG] if m[BEFORE] == NAME_BYTE else 0, 0)
        end_statement(m)


@inlined
def close_brace_place(m: Memory) -> None:
    """Leave a brace, and every parenthesis left open in it."""
    while m[DEPTH] > 0:
        at = top(m)
        kind = m[at + BRACKET]
        m[DEPTH] -= 1
        if kind == CODE_KIND:
            end_statement(m)
            m[STATEMENT_TAG] = m[at + WHO]
        if kind >= INIT_KIND:
            break


@inlined
def end_statement(m: Memory) -> None:
    """A statement or declaration ends here."""
    m[STATEMENT_TAG], m[FIRST_NAME], m[TARGET], m[TARGET_MEMBER] = 0, 0, 0, 0
    m[TYPEOF] = 0


@inlined
def next_place(m: Memory) -> None:
    """A comma: the next argument or value."""
    at = top(m)
    if at:
        m[at + INDEX] += 1
        if m[at + BRACKET] == INIT_KIND:
            m[at + WHO], m[at + CHAIN] = 0, 0


@inlined
def assign_place(m: Memory) -> None:
    """``=``: what stands before it is a designator, or the target of an assignment."""
    at = top(m)
    if at and m[at + BRACKET] == INIT_KIND:
        if m[LAST_MEMBER] and m[BEFORE] == NAME_BYTE:
            m[at + WHO] = m[LAST_HASH]
    else:
        m[TARGET], m[TARGET_MEMBER] = m[LAST_HASH], m[LAST_MEMBER]
    if m[LAST_MEMBER] and m[BEFORE] == NAME_BYTE:
        _note_maker(m, MAKES_VALUE)


@inlined
def chain_place(m: Memory) -> None:
    """A second dot of a designator, ``.a.b``: ``a`` is a frame of its own."""
    at = top(m)
    if at and m[at + BRACKET] == INIT_KIND and m[BEFORE] == NAME_BYTE and m[LAST_MEMBER]:
        parent = m[at + CHAIN] if m[at + CHAIN] else m[at + WITHIN]
        m[at + CHAIN] = _new_frame(m, parent, m[LAST_HASH], 0, m[at + INDEX])


@inlined
def value_place(m: Memory) -> int:
    """The innermost bracket that is no mere parenthesis; 0 where there is none."""
    at = top(m)
    while at > BRACKET_BASE and m[at + BRACKET] == PAREN_KIND:
        at -= BRACKET_SIZE
    return 0 if at and m[at + BRACKET] == PAREN_KIND else at


@inlined
def stands_for_members(m: Memory) -> bool:
    """Whether a value has no designator, in the outermost braces of a struct's initialiser."""
    at = top(m)
    row = m[at + WITHIN]
    alone: bool = (
        m[at + WHO] == 0
        and m[at + CHAIN] == 0
        and m[BEFORE] in (BEGIN, COMMA)
        and row > 0
        and m[row + START] == 0
        and m[row + BODY] & ROOT_ARRAY == 0
    )
    return alone


@inlined
def value_kind(before: int, m: Memory) -> int:
    """How a name after *before* is used: a kind of reference, NO_VALUE or NOTHING."""
    inner = top(m)
    if before == OPEN and inner and m[inner + BRACKET] == PAREN_KIND:
        before = m[inner + PRIOR]  # (name)
    at = value_place(m)
    kind = m[at + BRACKET] if at else CODE_KIND
    if before in (EQUAL, QUESTION, COLON):
        if kind == INIT_KIND:
            return VALUE
        return ASSIGNMENT if m[TARGET] else NOTHING
    if before in (BEGIN, COMMA, OPEN):
        if kind == INIT_KIND:
            return VALUE
        if kind == CALL_KIND:
            return ARGUMENT
        return NOTHING if before == OPEN else NO_VALUE
    return NO_VALUE
