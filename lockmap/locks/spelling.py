"""An object path back as C: ``.`` for members of an object, ``->`` for those of a pointer."""

from __future__ import annotations

import re

from lockmap.facts.model import Function
from lockmap.program.types import Types

_PARTS = re.compile(r"(?:[^.()]|\((?:[^()]|\([^()]*\))*\))+")
_ARRAY = re.compile(r"\s*\[[^]]*\]")


def spelled(path: str, function: Function, types: Types, file: str) -> str:
    """*path* of *function* in *file* as a C expression, as far as types tell.

    A member of what has no known type is taken to be reached through a pointer; an element of
    an array is ``a[...]``: which one, the path does not say.
    """
    clean = path.replace("~", "")
    parts: list[str] = _PARTS.findall(clean) or [clean]
    head, *members = parts
    kind = _element(head, types.declared(head.removesuffix("[]"), function, file))
    text = head.replace("[]", "[...]")
    for member in members:
        pointer = not kind or "*" in kind
        struct = types.struct_in(kind)
        kind = types.member_type(struct, member.removesuffix("[]")) if struct else ""
        kind = _element(member, kind)
        text += ("->" if pointer else ".") + member.replace("[]", "[...]")
    return text


def _element(part: str, kind: str) -> str:
    """The type of *part* of a path, which is of type *kind* or an element of one such."""
    if not part.endswith("[]"):
        return kind
    if _ARRAY.search(kind):
        return _ARRAY.sub("", kind, count=1)
    return kind.replace("*", "", 1)
