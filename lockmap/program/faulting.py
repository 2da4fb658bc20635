"""Where functions make calls during which a lock is taken that they do not name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lockmap.program.code import Code, Ids
from lockmap.program.fault_data import Fault
from lockmap.program.membership import among
from lockmap.program.structs import hash_of


@dataclass(frozen=True, slots=True, order=True)
class FaultingCall:
    """A call of one of ``Fault.functions``."""

    item: int
    """Who makes it."""
    line: int
    callee: str
    mode: str
    quiet: bool
    """Whether it stands, in the order of the lines, between what turns that off and on again."""


def faulting_calls(code: Code, faults: Iterable[Fault]) -> list[FaultingCall]:
    """Such calls in all functions and macros, but for those that are listed as such themselves."""
    found: set[FaultingCall] = set()
    callable_ = code.is_callable
    for fault in faults:
        names = {hash_of(name): name for name in fault.functions}
        hashes = _sorted(fault.functions)
        rows = np.flatnonzero(among(code.calls["hash"], hashes) & (code.calls["parameter"] == 0))
        owners = code.calls["owner"][rows].astype(np.int64)
        keep = callable_[owners] & ~among(code.items["hash"][owners], hashes)
        rows, owners = rows[keep], owners[keep]
        lines = code.calls["line"][rows].astype(np.int64)
        quiet = _quiet(code, fault, owners, lines)
        callees = code.calls["hash"][rows].tolist()
        for item, line, callee, off in zip(
            owners.tolist(), lines.tolist(), callees, quiet, strict=True
        ):
            found.add(FaultingCall(item, line, names[callee], fault.mode, off))
    return sorted(found)


def _quiet(code: Code, fault: Fault, owners: Ids, lines: Ids) -> list[bool]:
    """Whether, at each line of an owner, the last of ``off`` and ``on`` before it is of ``off``."""
    switched: dict[int, list[tuple[int, bool]]] = {}
    wanted = np.unique(owners)
    for names, off in ((fault.off, True), (fault.on, False)):
        rows = np.flatnonzero(among(code.calls["hash"], _sorted(names)))
        rows = rows[among(code.calls["owner"][rows].astype(np.int64), wanted)]
        at = zip(code.calls["owner"][rows].tolist(), code.calls["line"][rows].tolist(), strict=True)
        for owner, line in at:
            switched.setdefault(owner, []).append((line, off))
    found = []
    for owner, line in zip(owners.tolist(), lines.tolist(), strict=True):
        before = [(at, off) for at, off in switched.get(owner, ()) if at < line]
        found.append(max(before)[1] if before else False)
    return found


def _sorted(names: Iterable[str]) -> NDArray[np.int64]:
    return np.array(sorted(hash_of(name) for name in names), dtype=np.int64)
