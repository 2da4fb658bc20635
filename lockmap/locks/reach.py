"""What a function names and calls, and from where it can be called."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lockmap.facts.model import Assign, Binary, Function, Member, Name
from lockmap.facts.render import calls, walk

_ARCH = re.compile(r"arch/([^/]+)/")
_CALLED: dict[int, tuple[Function, frozenset[str]]] = {}


def called_names(function: Function) -> frozenset[str]:
    """The names that *function* calls."""
    found = _CALLED.get(id(function))
    if found is None or found[0] is not function:
        names = frozenset(
            call.function.id
            for flow in function.flows
            for step in flow.steps
            for call in calls(step.expr)
            if isinstance(call.function, Name)
        )
        found = _CALLED[id(function)] = (function, names)
    return found[1]


def symbols(function: Function) -> frozenset[str]:
    """The names in *function* that are spelled like constants."""
    return frozenset(
        part.id
        for flow in function.flows
        for step in flow.steps
        for part in walk(step.expr)
        if isinstance(part, Name) and part.id.upper() == part.id
    )


def tested_flags(function: Function, families: tuple[str, ...]) -> frozenset[str]:
    """The variables of which *function* tests flags that conventions decide by."""
    return frozenset(
        part.left.id
        for flow in function.flows
        for step in flow.steps
        for part in walk(step.expr)
        if isinstance(part, Binary)
        and part.op == "&"
        and isinstance(part.left, Name)
        and any(isinstance(n, Name) and n.id.startswith(families) for n in walk(part.right))
    )


def visible_from(definer: str, function: Function, user: str) -> bool:
    """Whether a call in file *user* can reach *function* of file *definer*.

    Static functions of a ``.c`` file are its own; those of one architecture are not
    another's.
    """
    if definer == user:
        return True
    if (function.static or function.kind == "macro") and definer.endswith(".c"):
        return False
    ours, theirs = _ARCH.match(user), _ARCH.match(definer)
    return not (ours and theirs and ours[1] != theirs[1])


def stored(function: Function) -> Iterator[tuple[int, str, int]]:
    """The parameters that *function* copies into what another parameter points to."""
    params = {name: i for i, (name, _) in enumerate(function.params)}
    for flow in function.flows:
        for step in flow.steps:
            match step.expr:
                case Assign(_, "=", Member(_, Name(_, target), member, True), Name(_, source)):
                    if target in params and source in params:
                        yield params[target], member, params[source]
