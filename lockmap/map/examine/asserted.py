"""Assertions that a lock is held, against the ways on which it is not."""

from __future__ import annotations

from lockmap.map.context_records import Step
from lockmap.map.examine.findings import Check, Finding, Select
from lockmap.map.examine.ways import Doubts


def asserted(select: Select, lock: str, doubts: Doubts) -> Check:
    """Functions that assert *lock* and are called without it, or with it held in a lesser mode."""
    rows = _rows(select, lock)
    found: list[Finding] = []
    for key, file, name, line, mode, always in rows:
        bare = _bare_way(select, lock, key, doubts)
        kind = f"asserts {mode}" if mode != "any" else "asserts"
        maybe = "" if always else "; it asserts on some paths only"
        if bare:
            message = f"called by name with nothing held{maybe}"
            verdict = "contradiction" if always else "unknown"
            found.append(Finding("asserts", kind, verdict, 1, file, line, name, message, bare))
        elif mode == "write":
            way = doubts.way(key, "read")
            if way:
                message = f"reached with the lock held for read{maybe}"
                verdict, reason = doubts.judged(way)
                message = f"{message}: {reason}"
                found.append(Finding("asserts", kind, verdict, 1, file, line, name, message, way))
    found.sort(key=lambda f: (f.verdict != "contradiction", len(f.witness), f.file, f.line))
    title = f"{len(found)} of {len(rows)} assertions meet a way on which the lock is not held so"
    return Check("asserts", title, tuple(found))


def _rows(select: Select, lock: str) -> list[tuple[int, str, str, int, str, int]]:
    return select(
        "SELECT a.function, p.path, f.name, a.line, a.mode, a.always FROM asserted AS a "
        "JOIN function AS f ON f.key = a.function JOIN path AS p ON p.key = f.path "
        "WHERE a.lock = ? ORDER BY p.path, a.line",
        (int, str, str, int, str, int),
        (lock,),
    )


def _bare_way(select: Select, lock: str, function: int, doubts: Doubts) -> tuple[Step, ...]:
    """The calls that lead to *function* with the lock not held."""
    rows = select(
        "SELECT caller, line FROM bare WHERE lock = ? AND function = ? ORDER BY ordinal",
        (int, int),
        (lock, function),
    )
    if not rows:
        return ()
    root = rows[0][0]
    callees = [caller for caller, _ in rows[1:]] + [function]
    steps = (
        doubts.call(caller, line, callee)
        for (caller, line), callee in zip(rows, callees, strict=True)
    )
    return (doubts.entry(root), *steps)
