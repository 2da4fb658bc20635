"""What the pass knows: one array of numbers, as in :mod:`lockmap.syntax.outlining.memory`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lockmap.syntax.compiled import inlined

Memory = NDArray[np.int64]

STRUCT, MEMBER, VARIABLE, TYPEDEF, RETURNS, CHAIN, VALUE, OP = range(1, 9)
"""What a row is."""
ROW_KIND, ROW_HASH, ROW_TYPE, ROW_OWNER, ROW_POSITION, ROW_AT = range(6)
"""Columns of a row.

=========  ==================  ==================  ========================  ==============
kind       hash                type                owner                     position
=========  ==================  ==================  ========================  ==============
STRUCT     of the struct       0                   row it is flattened into  bits below
MEMBER     of its name         its type            row of the struct         which it is
VARIABLE   of its name         its type            0                         0
TYPEDEF    of the type         what it stands for  0                         bit below
RETURNS    0                   its type            where the item begins     0
CHAIN      of the field        0                   place of the reference    how many ops
VALUE      of a member macro   0                   where the macro begins    how many ops
OP         of a name, a type   0                   kind of the op            0
=========  ==================  ==================  ========================  ==============

The ops of a chain, or of what a macro is worth, follow it.  ``ROW_AT`` tells where the name
of a member stands, and in its lowest eight bits how long it is.
"""
ROW_SIZE = 6
ARRAY, TO_FUNCTION = 0x8000, 0x4000
"""Of a member, beside which it is: an array; declared as a pointer to a function, as a typedef
may be, too.  The type of such a one is that of what the function returns."""
WHICH = 0x3FFF
"""The bits that tell which member it is."""
IS_UNION, BY_TYPEDEF, UNNAMED = 1, 2, 4
"""Of a struct: what it is, and what its hash is of."""
NAME_OP, TYPE_OP, CALL_OP, MEMBER_OP, PARAMETER_OP, ARGUMENT_OP = range(1, 7)
"""What a step of a chain does: begins it with the variable of that name, or with a value of
that type; makes of the value so far what the function of that name returns; goes to that
member; begins with the macro's first argument; tells the type among the next call's arguments."""
TYPEDEF_MARK = 0x5A5A5A5A5A5A5A
"""Told apart from a tag by these bits: the hash of a typedef's name."""
SCALAR = 1
"""The type of what is no struct."""
UNTOLD = 0

# Slots of the state.
(
    ROWS, ROOM_END, LOST, LEVELS,
    OWNER_ROW, NEXT, IN_UNION, TYPE, TYPED, NAME, NAME_AT, FROZEN, IS_TYPEDEF, PENDING, TAG,
    CALLABLE, ATTRIBUTED, BODY_ROW, LAST_WORD, AGGREGATE_UNION,
    OP_COUNT, ROOTED, CALLS, OPERATED, IS_ARRAY, TO_VOID, COUNTED,
) = range(27)  # fmt: skip
STATE_SIZE = 32

MOST_LEVELS, LEVEL_SIZE = 64, 8
LEVEL_BASE = STATE_SIZE
MOST_OPS, OP_SIZE = 14, 2
OP_BASE = LEVEL_BASE + MOST_LEVELS * LEVEL_SIZE
MOST_CALLS, CALL_SIZE = 24, 2
CALL_BASE = OP_BASE + MOST_OPS * OP_SIZE
MEMO_SLOTS, MEMO_SIZE = 64, 4
"""Types of variables that were looked up before: (item, name, place of the use, type)."""
MEMO_BASE = CALL_BASE + MOST_CALLS * CALL_SIZE
CLASS_SLOTS = 1 << 10
CLASSES = MEMO_BASE + MEMO_SLOTS * MEMO_SIZE
ROOM = CLASSES + 2 * CLASS_SLOTS
QUALIFIER, AGGREGATE, ENUM, SCALAR_WORD, TYPEDEF_WORD, STATEMENT, GROUP, PREFIX = range(1, 9)
"""Classes of words; a statement's take a parenthesis (``if``, ``sizeof``), a prefix's do not."""


@inlined
def class_of(m: Memory, value: int) -> int:
    """The class of a word; 0 where it has none."""
    slot = value & (CLASS_SLOTS - 1)
    while m[CLASSES + 2 * slot] != 0:
        if m[CLASSES + 2 * slot] == value:
            return int(m[CLASSES + 2 * slot + 1])
        slot = (slot + 1) & (CLASS_SLOTS - 1)
    return 0


@inlined
def row_at(number: int) -> int:
    """Where row *number* stands."""
    return ROOM + number * ROW_SIZE


@inlined
def new_row(m: Memory, kind: int, value: int, type_: int, owner: int, position: int) -> int:
    """The number of one more row; -1 where there is no room."""
    number = int(m[ROWS])
    row = row_at(number)
    if row + ROW_SIZE > m[ROOM_END]:
        m[LOST] += 1
        return -1
    m[ROWS] = number + 1
    m[row + ROW_KIND], m[row + ROW_HASH], m[row + ROW_TYPE] = kind, value, type_
    m[row + ROW_OWNER], m[row + ROW_POSITION], m[row + ROW_AT] = owner, position, 0
    return number
