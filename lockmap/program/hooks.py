"""Members that a list of macros makes, and macros that call all that stands in one.

``union security_list_options`` has one member for each ``LSM_HOOK(...)`` of a list that it
includes: its definition shows none of them.  The macros that call them name them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from lockmap.program.call_rules import Hook
from lockmap.program.code import Code, Ids
from lockmap.program.structs import hash_of
from lockmap.syntax.outlining.memory import ARGUMENT

Listed = Mapping[str, Mapping[int, str]]
"""struct → hash of the name of a member → the name."""

_WORD = re.compile(rb"[A-Za-z_]\w*")


def hook_calls(code: Code, hook: Hook) -> Ids:
    """The references by which the macros of *hook* are told which member to call."""
    return _arguments(code, hook.macros, hook.argument)


def _arguments(code: Code, macros: Sequence[str], position: int) -> Ids:
    wanted = np.array([hash_of(name) for name in macros], dtype=np.int64)
    named = (code.refs["kind"] == ARGUMENT) & (code.refs["position"] == position)
    return np.flatnonzero(named & np.isin(code.refs["context"], wanted))


def listed_members(code: Code, hooks: Sequence[Hook], read: Callable[[str], bytes]) -> Listed:
    """The members that macros name, of each struct; *read* gives the bytes of a file."""
    found: dict[str, dict[int, str]] = {}
    for hook in hooks:
        names = found.setdefault(hook.struct, {})
        for ref in code.refs[np.append(hook_calls(code, hook), _arguments(code, hook.puts, 0))]:
            if int(ref["hash"]) not in names:
                word = _WORD.match(read(code.file(int(ref["owner"]))), int(ref["at"]))
                name = word[0].decode("latin-1") if word is not None else ""
                if hash_of(name) == int(ref["hash"]):
                    names[int(ref["hash"])] = name
    return found
