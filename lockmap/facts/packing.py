"""The compiled passes that pack what one file defines, refers to and declares."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from lockmap.syntax.blanking import Bytes
from lockmap.syntax.compiled import inlined, lean
from lockmap.syntax.declaring import memory as d
from lockmap.syntax.hashing import hash_span
from lockmap.syntax.outlining import memory as o
from lockmap.syntax.outlining.memory import Memory

ITEMS, FRAMES, CALLS, REFS, NAMES, TYPES, TYPE_NAMES = range(7)
COUNTS = 7
_LAST_KIND = o.OTHER
_FRAME_KIND, _CALL_KIND, _FUNCTION, _MADE = o.FRAME, o.CALL, o.FUNCTION, o.MADE
_WEAK, _INIT, _WEAK_WORD, _INIT_WORD = o.WEAK, o.INIT, o.WEAK_WORD, o.INIT_WORD
_MACRO, _POINTER_CALL = o.MACRO, o.POINTER_CALL
_OPEN_BRACKET, _CLOSE_BRACKET = 91, 93
_DROPPED, _UNUSED, _USED = -3, -1, -2


@lean
def has_room(
    rows: Memory, found: Memory, declared: Memory, filled: Memory, room: Memory, wanted: Memory
) -> bool:
    """Whether the arrays, with *room* for so many, take the items, references and types.

    *wanted*: how much there must be room for.
    """
    names, type_names = rows.shape[0], 0
    for number in range(rows.shape[0]):
        if rows[number, o.NAME] >= 0:
            names += rows[number, o.NAME_END] - rows[number, o.NAME]
    for number in range(declared.shape[0]):
        if declared[number, d.ROW_KIND] == d.MEMBER:
            type_names += (declared[number, d.ROW_AT] & 255) + 1
    wanted[ITEMS] = wanted[FRAMES] = rows.shape[0]
    wanted[CALLS] = wanted[REFS] = found.shape[0]
    wanted[NAMES], wanted[TYPES], wanted[TYPE_NAMES] = names, declared.shape[0], type_names
    enough = True
    for column in range(COUNTS):
        wanted[column] += filled[column]
        enough = enough and wanted[column] <= room[column]
    return enough


@inlined
def _number_items(rows: Memory, found: Memory, numbers: Memory) -> None:
    """Give each item and each frame that a reference stands in the number it will have."""
    items = 0
    for number in range(rows.shape[0]):
        kind = rows[number, o.KIND]
        if 0 < kind <= _LAST_KIND:
            numbers[number] = items
            items += 1
        else:
            numbers[number] = _UNUSED if kind == _FRAME_KIND else _DROPPED
    for ref in range(found.shape[0]):
        owner = found[ref, o.OWNER]
        at = found[ref, o.IN_FRAME] if owner >= 0 and numbers[owner] >= 0 else -1
        while at >= 0 and numbers[at] == _UNUSED:
            numbers[at] = _USED
            at = rows[at, o.START]
    frames = 0
    for number in range(rows.shape[0]):
        if numbers[number] == _USED:
            numbers[number] = frames
            frames += 1


@inlined
def _told_by_header(text: Bytes, m: Memory, at: int, end: int) -> int:
    """The flags that words between *at* and *end* give a function."""
    flags = 0
    while at < end:
        if not o.is_letter(text[at]):
            at += 1
            continue
        start = at
        while at < end and o.in_word(text[at]):
            at += 1
        classes = o.class_of(m, hash_span(text, start, at))
        if classes & _WEAK_WORD:
            flags |= _WEAK
        if classes & _INIT_WORD:
            flags |= _INIT
    return flags


@lean
def read_parameters(text: Bytes, rows: Memory, first: Memory, names: Memory) -> int:
    """The names (hashes) of the parameters of the functions and macros among *rows*.

    names[first[number]:first[number + 1]] are those of row *number*.  Returns how many there
    are: more than *names* has room for, when it was too small.
    """
    count = 0
    for number in range(rows.shape[0]):
        first[number] = count
        kind = rows[number, o.KIND]
        if kind in (_FUNCTION, _MACRO) and not rows[number, o.FLAGS] & _MADE:
            at = o.next_code(text, rows[number, o.NAME_END])
            end = min(rows[number, o.BODY], text.size)
            if rows[number, o.NAME] >= 0 and at < end and text[at] == o.OPEN:
                count = _parameters(text, at + 1, end, names, count)
    first[rows.shape[0]] = count
    return count


@inlined
def _parameters(text: Bytes, at: int, end: int, names: Memory, count: int) -> int:
    """Add the names between a parenthesis and the one that closes it."""
    depth, last, pointer, before = 1, 0, False, 0
    while at < end and depth > 0:
        byte = text[at]
        if o.is_letter(byte):
            start = at
            while at < end and o.in_word(text[at]):
                at += 1
            if not pointer and (depth == 1 or last == 0 or before == o.STAR):
                last = hash_span(text, start, at)
                pointer = depth > 1 and before == o.STAR
            before = o.NAME_BYTE
            continue
        if byte in (o.OPEN, _OPEN_BRACKET):
            depth += 1
        elif byte in (o.CLOSE, _CLOSE_BRACKET):
            depth -= 1
        if depth == 0 or (byte == o.COMMA and depth == 1):
            if count < names.size:
                names[count] = last
            count += 1
            last, pointer = 0, False
        if byte > o.SPACE:
            before = byte
        at += 1
    return count


@inlined
def _position(owner: int, value: int, first: Memory, names: Memory) -> int:
    """Which parameter of *owner* is called *value*, from 1 on; 0: none."""
    for at in range(first[owner], first[owner + 1]):
        if names[at] == value:
            return int(min(at - first[owner] + 1, 255))
    return 0


@lean
def pack_items(
    text: Bytes,
    m: Memory,
    rows: Memory,
    items: NDArray[Any],
    frames: NDArray[Any],
    names: NDArray[Any],
    filled: Memory,
    numbers: Memory,
    found: Memory,
) -> None:
    """Add the items *rows* of an outline of *text* to arrays that have room for it.

    *found*: its references, which tell the frames that matter; *numbers* gets the new number of
    each item and frame; *m* knows the classes of words.
    """
    _number_items(rows, found, numbers)
    at_item, at_frame, first_name = filled[ITEMS], filled[FRAMES], filled[NAMES]
    at_name = first_name
    for number in range(rows.shape[0]):
        if numbers[number] < 0:
            continue
        if rows[number, o.KIND] == _FRAME_KIND:
            frame = frames[at_frame]
            parent = rows[number, o.START]
            frame["hash"], frame["root"] = rows[number, o.HASH], rows[number, o.BODY]
            frame["parent"] = numbers[parent] if parent >= 0 else -1
            frame["position"] = rows[number, o.END]
            at_frame += 1
            continue
        item = items[at_item]
        item["hash"], item["kind"] = rows[number, o.HASH], rows[number, o.KIND]
        item["flags"] = rows[number, o.FLAGS]
        start, body = rows[number, o.START], rows[number, o.BODY]
        if rows[number, o.KIND] == _FUNCTION and not rows[number, o.FLAGS] & _MADE:
            item["flags"] |= _told_by_header(text, m, start, body)
        item["line"], item["end_line"] = rows[number, o.LINE], rows[number, o.END_LINE]
        item["start"], item["body"], item["end"] = start, body, rows[number, o.END]
        at_item += 1
        names[at_name] = 0
        at_name += 1
        item["name"] = at_name - first_name
        if rows[number, o.NAME] >= 0:
            for byte in range(rows[number, o.NAME], rows[number, o.NAME_END]):
                names[at_name] = text[byte]
                at_name += 1
    filled[ITEMS], filled[FRAMES], filled[NAMES] = at_item, at_frame, at_name


@lean
def pack_refs(
    found: Memory,
    calls: NDArray[Any],
    refs: NDArray[Any],
    filled: Memory,
    numbers: Memory,
    first: Memory,
    names: Memory,
) -> None:
    """Add the references *found* by an outline whose items have the new *numbers*.

    *first*, *names*: the parameters of the items, see ``read_parameters``.
    """
    at_call, at_ref = filled[CALLS], filled[REFS]
    for number in range(found.shape[0]):
        owner = found[number, o.OWNER]
        if owner < 0 or numbers[owner] < 0:
            continue
        if found[number, o.REF_KIND] == _CALL_KIND:
            call = calls[at_call]
            call["hash"], call["owner"] = found[number, o.REF_HASH], numbers[owner]
            call["line"], call["at"] = found[number, o.AT_LINE], found[number, o.AT]
            call["parameter"] = _position(owner, found[number, o.REF_HASH], first, names)
            at_call += 1
            continue
        ref = refs[at_ref]
        frame = found[number, o.IN_FRAME]
        ref["hash"], ref["context"] = found[number, o.REF_HASH], found[number, o.CONTEXT]
        ref["owner"], ref["line"] = numbers[owner], found[number, o.AT_LINE]
        ref["at"], ref["kind"] = found[number, o.AT], found[number, o.REF_KIND]
        ref["frame"] = numbers[frame] if frame >= 0 else -1
        ref["position"] = min(found[number, o.POSITION], 0xFFFF)
        column = o.CONTEXT if found[number, o.REF_KIND] == _POINTER_CALL else o.REF_HASH
        ref["parameter"] = _position(owner, found[number, column], first, names)
        at_ref += 1
    filled[CALLS], filled[REFS] = at_call, at_ref


@lean
def pack_types(
    text: Bytes, rows: Memory, types: NDArray[Any], names: NDArray[Any], filled: Memory
) -> None:
    """Add the *rows* of what *text* declares, and the names of the members among them."""
    at_type, at_name = filled[TYPES], filled[TYPE_NAMES]
    for number in range(rows.shape[0]):
        row = types[at_type]
        row["hash"], row["type"] = rows[number, d.ROW_HASH], rows[number, d.ROW_TYPE]
        row["owner"], row["kind"] = rows[number, d.ROW_OWNER], rows[number, d.ROW_KIND]
        row["position"] = min(rows[number, d.ROW_POSITION], 0xFFFF)
        at_type += 1
        if rows[number, d.ROW_KIND] == d.MEMBER:
            start = rows[number, d.ROW_AT] >> 8
            for byte in range(start, start + (rows[number, d.ROW_AT] & 255)):
                names[at_name] = text[byte]
                at_name += 1
            names[at_name] = 0
            at_name += 1
    filled[TYPES], filled[TYPE_NAMES] = at_type, at_name
