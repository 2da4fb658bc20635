"""Where a text defines or declares a function, and with which type: by kernel style alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

_TYPE = re.compile(rb"[A-Za-z_][\w \t*]*\Z")
_NO_TYPE = frozenset(
    {b"return", b"else", b"goto", b"typedef", b"case", b"define", b"include", b"if", b"while"}
)


def function_heads(text: bytes, name: str) -> Iterator[str]:
    """What stands before *name* in each line of *text* that begins with a type and has ``name(``.

    The type may stand alone on the line above.
    """
    word = name.encode("latin-1", "replace") + b"("
    at = text.find(word)
    while at >= 0:
        start = text.rfind(b"\n", 0, at) + 1
        before = text[start:at]
        if not before and start > 1:
            before = text[text.rfind(b"\n", 0, start - 1) + 1 : start - 1].rstrip(b"\r ") + b" "
        is_type = before[-1:] in {b" ", b"\t", b"*"} and _TYPE.match(before) is not None
        if is_type and before.split(None, 1)[0] not in _NO_TYPE:
            yield before.decode("latin-1")
        at = text.find(word, at + 1)
