"""Code with items added that no file spells out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lockmap.facts.outlined import Outlines, Records
from lockmap.program.code import Code
from lockmap.program.layouts import Layouts


def extended(code: Code, parts: Sequence[tuple[int, Outlines]]) -> Code:
    """*code* and, after its own items, those of *parts*, each of the file of that number."""
    items, frames, calls, refs = [code.items], [code.frames], [code.calls], [code.refs]
    homes, names, name_at = [code.item_file], [code.names], [code.name_at]
    n_items, n_frames, n_names = len(code.items), len(code.frames), len(code.names)
    for file, outline in parts:
        new, frame, call, ref = outline.items, outline.frames, outline.calls, outline.refs
        frame["parent"][frame["parent"] >= 0] += n_frames
        ref["frame"][ref["frame"] >= 0] += n_frames
        call["owner"] += n_items
        ref["owner"] += n_items
        items.append(new)
        frames.append(frame)
        calls.append(call)
        refs.append(ref)
        homes.append(np.full(len(new), file, dtype=np.int64))
        names.append(outline.names.tobytes())
        name_at.append(new["name"].astype(np.int64) + n_names)
        n_items, n_frames = n_items + len(new), n_frames + len(frame)
        n_names += len(outline.names)
    return Code(
        code.files,
        np.concatenate(items),
        np.concatenate(homes),
        np.concatenate(frames),
        np.concatenate(calls),
        np.concatenate(refs),
        b"".join([*names, b"\0"]),
        np.concatenate(name_at),
    )


def extended_layouts(layouts: Layouts, code: Code, parts: Sequence[tuple[int, Records]]) -> Layouts:
    """*layouts*, of *code* now, and the chains of *parts*, each of the file of that number."""
    rows = np.concatenate([layouts.rows, *(new for _, new in parts)])
    files = [np.full(len(new), file, dtype=np.int64) for file, new in parts]
    return replace(
        layouts, code=code, rows=rows, row_file=np.concatenate([layouts.row_file, *files])
    )
