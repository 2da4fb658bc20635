"""The compiled pass that packs one outline from the outliner's memory."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from lockmap.syntax.blanking import Bytes
from lockmap.syntax.compiled import compiled, inlined
from lockmap.syntax.hashing import hash_span
from lockmap.syntax.outlining import memory as o
from lockmap.syntax.outlining.memory import Memory

ITEMS, FRAMES, CALLS, REFS, NAMES = range(5)
COUNTS = 5
_FRAME_KIND, _CALL_KIND, _FUNCTION = o.FRAME, o.CALL, o.FUNCTION
_WEAK, _INIT, _WEAK_WORD, _INIT_WORD = o.WEAK, o.INIT, o.WEAK_WORD, o.INIT_WORD
_ROOM, _ITEM_SIZE, _REF_SIZE = o.ROOM, o.ITEM_SIZE, o.REF_SIZE
_END_SLOT, _ITEMS_SLOT, _REFS_SLOT = o.ROOM_END, o.ITEMS, o.REFS


@inlined
def _number(place: int) -> int:
    """The number of the item at *place* of the memory; -1 for none."""
    return (place - _ROOM) // _ITEM_SIZE if place > 0 else -1


@inlined
def _number_items(m: Memory, numbers: Memory, count: int) -> None:
    """Give each item and each frame that a reference stands in the number it will have."""
    items = 0
    for number in range(count):
        if m[_ROOM + number * _ITEM_SIZE + o.KIND] == _FRAME_KIND:
            numbers[number] = -1
        else:
            numbers[number] = items
            items += 1
    for ref in range(m[_REFS_SLOT]):
        at = _number(m[m[_END_SLOT] - (ref + 1) * _REF_SIZE + o.IN_FRAME])
        while 0 <= at < count and numbers[at] == -1:  # not yet marked
            numbers[at] = -2
            at = _number(m[_ROOM + at * _ITEM_SIZE + o.START])
    frames = 0
    for number in range(count):
        if numbers[number] == -2:
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
        while at < end and (o.is_letter(text[at]) or 48 <= text[at] < 58):
            at += 1
        classes = o.class_of(m, hash_span(text, start, at))
        if classes & _WEAK_WORD:
            flags |= _WEAK
        if classes & _INIT_WORD:
            flags |= _INIT
    return flags


@compiled
def pack_into(
    m: Memory,
    text: Bytes,
    items: NDArray[Any],
    frames: NDArray[Any],
    calls: NDArray[Any],
    refs: NDArray[Any],
    names: NDArray[Any],
    filled: Memory,
    numbers: Memory,
) -> None:
    """Add the outline in *m* of *text* to arrays with room for it, whose counts are *filled*."""
    count = (m[_ITEMS_SLOT] - _ROOM) // _ITEM_SIZE
    _number_items(m, numbers, count)
    at_item, at_frame, first_name = filled[ITEMS], filled[FRAMES], filled[NAMES]
    at_name = first_name
    for number in range(count):
        row = _ROOM + number * _ITEM_SIZE
        if m[row + o.KIND] == _FRAME_KIND:
            if numbers[number] >= 0:
                frame = frames[at_frame]
                parent = _number(m[row + o.START])
                frame["hash"], frame["root"] = m[row + o.HASH], m[row + o.BODY]
                frame["parent"] = numbers[parent] if parent >= 0 else -1
                frame["position"] = m[row + o.END]
                at_frame += 1
            continue
        item = items[at_item]
        item["hash"], item["kind"], item["flags"] = (
            m[row + o.HASH],
            m[row + o.KIND],
            m[row + o.FLAGS],
        )
        if m[row + o.KIND] == _FUNCTION:
            item["flags"] |= _told_by_header(text, m, m[row + o.START], m[row + o.BODY])
        item["line"], item["end_line"] = m[row + o.LINE], m[row + o.END_LINE]
        item["start"], item["body"], item["end"] = m[row + o.START], m[row + o.BODY], m[row + o.END]
        at_item += 1
        names[at_name] = 0
        at_name += 1
        item["name"] = at_name - first_name
        if m[row + o.NAME] >= 0:
            for byte in range(m[row + o.NAME], m[row + o.NAME_END]):
                names[at_name] = text[byte]
                at_name += 1
    at_call, at_ref = filled[CALLS], filled[REFS]
    for number in range(m[_REFS_SLOT]):
        row = m[_END_SLOT] - (number + 1) * _REF_SIZE
        owner = _number(m[row + o.OWNER])
        if not 0 <= owner < count or m[_ROOM + owner * _ITEM_SIZE + o.KIND] == _FRAME_KIND:
            continue
        if m[row + o.REF_KIND] == _CALL_KIND:
            call = calls[at_call]
            call["hash"], call["owner"] = m[row + o.REF_HASH], numbers[owner]
            call["line"] = m[row + o.AT_LINE]
            at_call += 1
            continue
        ref = refs[at_ref]
        ref["hash"], ref["context"] = m[row + o.REF_HASH], m[row + o.CONTEXT]
        ref["owner"], ref["line"], ref["at"] = numbers[owner], m[row + o.AT_LINE], m[row + o.AT]
        frame_at = _number(m[row + o.IN_FRAME])
        ref["frame"] = numbers[frame_at] if frame_at >= 0 else -1
        ref["position"] = min(m[row + o.POSITION], 0xFFFF)
        ref["kind"] = m[row + o.REF_KIND]
        at_ref += 1
    filled[ITEMS], filled[FRAMES], filled[CALLS] = at_item, at_frame, at_call
    filled[REFS], filled[NAMES] = at_ref, at_name
