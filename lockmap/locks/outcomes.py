"""From what the exploration of a function found to its summary for callers."""

from __future__ import annotations

from lockmap.facts.model import ExprT, Function
from lockmap.locks.analysis import Analysis, Exit
from lockmap.locks.paths import root
from lockmap.locks.recognise import Recogniser
from lockmap.locks.state import Changed, Dropped, Held, Key, LockState, State
from lockmap.locks.summary import Effect, Outcome, Summary, condense


def summarise(
    function: Function,
    analysis: Analysis,
    recogniser: Recogniser,
    unit: str,
    unconfirmed: frozenset[tuple[str, str]] = frozenset(),
) -> Summary:
    """The outcomes of *function*, known as *unit*, as its callers see them.

    *unconfirmed* are the (lock, kind of result) whose hold on return no caller takes over:
    a leak, reported in this function and not carried into its callers.
    """
    params = {name: i for i, (name, _) in enumerate(function.params)}
    outcomes = []
    for found in analysis.exits:
        effects = tuple(
            sorted(
                (
                    effect
                    for key, lock in found.state.locks.items()
                    if (effect := _effect(key, lock, found, params, function, recogniser))
                    is not None
                    and not (
                        effect.what == "acquire"
                        and (effect.key[0], result_kind(found)) in unconfirmed
                    )
                ),
                key=lambda e: (e.key, e.what, e.mode),
            )
        )
        before = tuple(sorted((k, v) for k, v in found.state.facts.items() if k[0] in "$%"))
        after = tuple(
            sorted(
                (f"*${params[k[1:]]}", v)
                for k, v in found.state.facts.items()
                if k[0] == "*" and k[1:] in params and k[1:] not in found.state.touched
            )
        )
        outcomes.append(Outcome(effects, found.result, before, after, (unit, result_kind(found))))
    return condense(function.name, outcomes)


def result_kind(found: Exit) -> str:
    """The kind of result by which outcomes are told apart: a constant, else a sign."""
    atoms = found.result.atoms
    if atoms is not None:
        return "|".join(sorted(atoms))
    return f"sign{found.result.signs}"


def _effect(
    key: Key,
    lock: LockState,
    found: Exit,
    params: dict[str, int],
    function: Function,
    recogniser: Recogniser,
) -> Effect | None:
    if isinstance(lock, Held) and recogniser.ends_with_another(key[0], lock.mode):
        return None
    path = _outward(key[1], found.state, found.expr, params, function, recogniser)
    if path is None:
        return None
    name, primitive = key[0], ""
    if name.startswith("&"):
        primitive = name[1:]
        if not path.startswith("$") and function.kind != "macro":
            return None
    if isinstance(lock, Changed):
        return Effect((name, path), "convert", lock.mode, primitive)
    if isinstance(lock, Dropped):
        if ":" in path:  # a local object of which the caller holds nothing it could name
            return None
        return Effect((name, path), "drop", lock.mode, primitive)
    return Effect((name, path), "retake" if lock.retaken else "acquire", lock.mode, primitive)


def _outward(
    path: str,
    state: State,
    returned: ExprT | None,
    params: dict[str, int],
    function: Function,
    recogniser: Recogniser,
) -> str | None:
    """*path* as the caller can name it: from a parameter, the result, or a global.

    An object that only a local variable of *function* names keeps that name, marked with
    the function: the caller may hold it under another name (``vma->vm_mm``) and end it as
    the only one of its class.  It goes no further than that caller, and an object whose
    variable already names another one (a lock taken on each turn of a loop) goes nowhere:
    no statement of a caller could mean it.  None then.
    """
    head = root(path)
    if head in params:
        return f"${params[head]}{path[len(head) :]}"
    if returned is not None:
        result = recogniser.path(returned, state.aliases)
        if result not in {"?", "0", "1"} and (path == result or path.startswith(f"{result}.")):
            return f"result{path[len(result) :]}"
    if function.kind == "macro":
        return path
    if "~" in head or ":" in head:
        return None if head.rstrip("~") not in params else f"{function.name}:{path}"
    if head not in {name for name, _ in function.locals}:
        return path
    return f"{function.name}:{path}"
