"""Code with items added that no file spells out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lockmap.program.code import Code
from lockmap.program.layouts import Layouts
from lockmap.program.rewritten import MadeOutline


def extended(code: Code, parts: Sequence[MadeOutline]) -> Code:
    """*code* and, after its own items, those of *parts*."""
    items, frames, calls, refs = [code.items], [code.frames], [code.calls], [code.refs]
    homes, names, name_at = [code.item_file], [code.names], [code.name_at]
    n_items, n_frames, n_names = len(code.items), len(code.frames), len(code.names)
    for part in parts:
        outline = part.outline
        new, frame, call, ref = outline.items, outline.frames, outline.calls, outline.refs
        frame["parent"][frame["parent"] >= 0] += n_frames
        ref["frame"][ref["frame"] >= 0] += n_frames
        call["owner"] += n_items
        ref["owner"] += n_items
        items.append(new)
        frames.append(frame)
        calls.append(call)
        refs.append(ref)
        homes.append(part.homes)
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


def extended_layouts(layouts: Layouts, code: Code, parts: Sequence[MadeOutline]) -> Layouts:
    """*layouts*, of *code* now, and after its own rows the chains of *parts*."""
    rows = np.concatenate([layouts.rows, *(p.chains for p in parts)])
    files = np.concatenate([layouts.row_file, *(p.chain_homes for p in parts)]).astype(
        layouts.row_file.dtype
    )
    return replace(layouts, code=code, rows=rows, row_file=files)
