"""What the outlining pass knows: one array of numbers, in named slots and regions.

Compiled functions share nothing else, and passing one array costs nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lockmap.syntax.blanking import Bytes
from lockmap.syntax.compiled import inlined

Memory = NDArray[np.int64]

FUNCTION, MACRO, OBJECT_MACRO, TYPE, INITIALISER, OTHER, FRAME = range(1, 8)
"""What an item is.  A frame is a brace of an initialiser: see :mod:`places`."""
DECLARATION, MEMBER_MACRO = 8, 9
"""Items that only types are read from: variables, typedefs; ``#define sk_prot a.skc_prot``."""
UNDEFINED = 10
"""A function that no outline has: see :mod:`lockmap.program.undefined`."""
CALL, MEMBER_CALL, POINTER_CALL, VALUE, ARGUMENT, ASSIGNMENT = range(1, 7)
"""What a reference is: ``f(``; ``->f(``; ``)(``; a name that stands in an initialiser, is
handed to a call, or is assigned."""
STATIC, DEAD_CODE, SHOUTED, MAKES_VALUE, MAKES_FUNCTION, MADE, WEAK, INIT = (
    1 << bit for bit in range(8)
)
"""Flags of an item.  Of a macro: its body has an initialiser or sets a member; it has the body
of a function.  Of what a macro made: that it did.  The last two are told when an item is packed,
by the words of its header."""

# Columns of an item and of a reference.
KIND, NAME, NAME_END, START, BODY, END, LINE, END_LINE, FLAGS, FIRST_REF, HASH = range(11)
ITEM_SIZE = 11
OWNER, AT, AT_LINE, REF_KIND, REF_HASH, CONTEXT, POSITION, IN_FRAME = range(8)
"""``CONTEXT``: the designator before a value, the callee of an argument, the target of an
assignment, the last name before a pointer call (hashes); ``POSITION``: which value or
argument, from 0; 1 where the target (or name) is a member."""
REF_SIZE = 8
ROOT_TAG, ROOT_NAME, ROOT_ARRAY, ROOT_VALUE = 1, 2, 4, 8
"""How a frame that is in no other names its type: ``struct tag``, or a plain name; and whether
it is an array of that; or ``typeof(name)``."""

# Slots of the state.
(
    LEVEL, PAREN, ITEMS, REFS, WORDS, NOW_LINE, FRESH, BEFORE, BEFORE_THAT,
    ITEM, ITEM_KIND, ITEM_START, ITEM_LINE, ITEM_REFS, ITEM_FLAGS,
    CANDIDATE, CANDIDATE_END, CLOSED, ATTRIBUTE, ASSIGNED, TYPE_WORD, TAG, TAG_END,
    LAST, LAST_END, DIRECTIVE_END, MACRO_ITEM, MACRO_REFS, ARMS, DEAD, MARK, LAST_FUNCTION,
    TYPEDEF, SEEN_MOST, ROOM_END, LOST,
    DEPTH, LAST_HASH, LAST_MEMBER, STATEMENT_TAG, FIRST_NAME, TARGET, TARGET_MEMBER, CAST_TAG,
    MACRO_DEPTH, REFERS, DECLARES, CAST_BEFORE, TYPEOF, IS_NULL, SEEN_MASK, SEEN_STAMP,
    SHOUTED_FUNCTIONS,
) = range(53)  # fmt: skip
STATE_SIZE = 64

# Regions of the memory.  A set of words takes two numbers a slot: the word, and of which
# text (and item) it is, so that it need not be cleared; a table of words that matter takes one.
MOST_ARMS, ARM_SIZE = 256, 6
ARM_BASE = STATE_SIZE
MOST_BRACKETS, BRACKET_SIZE = 256, 6
BRACKET_BASE = ARM_BASE + MOST_ARMS * ARM_SIZE
CLASSES = BRACKET_BASE + MOST_BRACKETS * BRACKET_SIZE
CLASS_SLOTS = 1 << 10
KEYWORD, DECLARATOR, ATTRIBUTE_WORD, TYPE_KEYWORD, WEAK_WORD, INIT_WORD, VALUE_MACRO = (
    1 << bit for bit in range(7)
)
"""Classes of words: of C before a parenthesis that are no calls; that begin a declaration;
that decorate one; ``struct union enum``; that make a function weak, or one of start-up; macros
that stand for a call, as ``current`` does."""
MARKED_SLOTS = 1 << 14
MARKED = CLASSES + 2 * CLASS_SLOTS
WORD_LIST = MARKED + 2 * MARKED_SLOTS
MOST_WORDS = 1 << 19
SEEN = WORD_LIST + MOST_WORDS
FIRST_SLOTS = 1 << 10
"""Places of the set of all words that a text is begun with: few, as they are gone to at random.
It grows with the text."""
_GROWTHS = 5
"""Bits for how often the set of words of a text has grown."""
CLASS_BITS = 8
"""Of the mark of a word in that set: the lowest ones are the classes of the word."""
ROOM = SEEN + 4 * MOST_WORDS
"""Items grow upwards from here; references downwards from ``ROOM_END``."""

ARROW, NAME_BYTE, NUMBER_BYTE = 1, 97, 48
(
    TAB, NEWLINE, RETURN, SPACE, QUOTE, SHARP, AMPERSAND, OPEN, CLOSE, STAR, COMMA,
    MINUS, DOT, COLON, SEMICOLON, EQUAL, GREATER, QUESTION, BACKSLASH, BEGIN, FINISH,
) = 9, 10, 13, 32, 34, 35, 38, 40, 41, 42, 44, 45, 46, 58, 59, 61, 62, 63, 92, 123, 125  # fmt: skip

TEXT_END = 28
"""Ends a text that another follows (the file separator of ASCII): whatever is open is closed."""


@inlined
def follow(m: Memory, byte: int) -> None:
    m[BEFORE_THAT] = m[BEFORE]
    m[BEFORE] = byte


@inlined
def class_of(m: Memory, value: int) -> int:
    """The classes of a word, as bits."""
    slot = value & (CLASS_SLOTS - 1)
    while m[CLASSES + 2 * slot] != 0:
        if m[CLASSES + 2 * slot] == value:
            return int(m[CLASSES + 2 * slot + 1])
        slot = (slot + 1) & (CLASS_SLOTS - 1)
    return 0


def _bytes(letters: bytes) -> NDArray[np.bool_]:
    """For each byte whether it is one of *letters*: a look-up is quicker than comparisons."""
    table = np.zeros(256, dtype=np.bool_)
    table[list(letters)] = True
    return table


_LETTERS = _bytes(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ_$abcdefghijklmnopqrstuvwxyz")
_IN_WORDS = _LETTERS | _bytes(b"0123456789")


@inlined
def is_letter(byte: int) -> bool:
    return bool(_LETTERS[np.uint8(byte)])


@inlined
def in_word(byte: int) -> bool:
    """A letter or digit."""
    return bool(_IN_WORDS[np.uint8(byte)])


@inlined
def next_code(text: Bytes, at: int) -> int:
    """Offset of the first byte from *at* on that is no blank and continues no line."""
    while at < text.size and (text[at] <= SPACE or text[at] == BACKSLASH):
        at += 1
    return at


@inlined
def byte_at(text: Bytes, at: int) -> int:
    return int(text[at]) if at < text.size else 0


@inlined
def start_state(m: Memory, number: int, slots: int, refers: int, declares: int) -> None:
    """The state before text *number* of those that share the memory.

    *slots*, a power of two, is how many places the set of words may have; *refers*: whether
    references are wanted, or only what is defined; *declares*: whether declarations at file
    level are, and macros that stand for members.
    """
    for slot in range(STATE_SIZE):
        m[slot] = 0
    m[NOW_LINE], m[FRESH], m[MARK], m[SEEN_MOST] = 1, 1, number, slots - 1
    m[SEEN_MASK], m[SEEN_STAMP] = min(slots, FIRST_SLOTS) - 1, number << _GROWTHS
    m[CANDIDATE], m[TAG], m[LAST], m[BEFORE] = -1, -1, -1, SEMICOLON
    m[ITEMS], m[ROOM_END], m[REFERS], m[DECLARES] = ROOM, m.size, refers, declares
