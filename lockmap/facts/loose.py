"""A call that stands in no function: in an initialiser, or in a macro that defines something."""

from __future__ import annotations

from lockmap.facts.model import Call
from lockmap.facts.read import read_item
from lockmap.facts.render import calls
from lockmap.syntax.items import Item
from lockmap.syntax.mask import load_masks

_HEAD = b"void m(void)\n{\n"


def loose_call(text: bytes, start: int, close: int) -> Call | None:
    """The call of *text* whose name begins at *start* and whose ``)`` is at *close*.

    None where it has no end (*close* is -1), or is no call that the grammar can read.
    """
    if close < 0:
        return None
    source = _HEAD + text[start : close + 1] + b";\n}"
    body = _HEAD.index(b"{")
    function = read_item(source, Item("function", "", 0, len(source), body), load_masks())
    flows = function.flows if function else ()
    return next((c for f in flows for s in f.steps for c in calls(s.expr)), None)
