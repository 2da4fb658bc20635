"""What could not be read, typed or resolved."""

from __future__ import annotations

from collections import Counter

from lockmap.map.examine.findings import Check, Finding, Select

_OPERATIONS = (
    "double-acquire", "release-unheld", "wrong-mode", "no-outcome", "unreached-operation",
)  # fmt: skip
_COUNTED = "untyped-access"
"""Counts of what the accesses say one by one."""


def reading(select: Select) -> Check:
    """Functions that were not read whole, and files that were not read."""
    ((total, whole),) = select("SELECT count(*), coalesce(sum(whole), 0) FROM span", (int, int), ())
    rows = select(
        "SELECT file, line, function FROM span WHERE NOT whole ORDER BY file, line",
        (str, int, str),
        (),
    )
    single = [
        Finding("reading", "function", "open", 1, file, line, function, "was not read whole")
        for file, line, function in rows
    ]
    marks = ", ".join("?" * (len(_OPERATIONS) + 1))
    problems = select(
        "SELECT file, line, function, kind, message FROM diagnostic "
        f"WHERE kind NOT IN ({marks}) ORDER BY kind, file, line",
        (str, int, str, str, str),
        (*_OPERATIONS, _COUNTED),
    )
    single += [
        Finding("reading", kind, "open", 1, file, line, function, message)
        for file, line, function, kind, message in problems
    ]
    title = f"{whole} of {total} functions of interest were read whole"
    return Check("reading", title, (*_by_folder("reading", single), *single))


def types(select: Select) -> Check:
    """Accesses of members whose struct was not told."""
    ((total,),) = select("SELECT count(*) FROM access", (int,), ())
    rows = select(
        "SELECT w.text, a.line, a.cause, f.text, m.text FROM access AS a "
        "JOIN word AS w ON w.key = a.file JOIN word AS f ON f.key = a.function "
        "JOIN word AS m ON m.key = a.field WHERE a.cause <> '' ORDER BY w.text, a.line, a.rowid",
        (str, int, str, str, str),
        (),
    )
    single = [
        Finding("types", cause, "open", 1, file, line, function, f"the struct of .{member}")
        for file, line, cause, function, member in rows
    ]
    title = f"{len(rows)} of {total} accesses have no struct"
    return Check("types", title, (*_by_folder("types", single), *single))


def calls(select: Select) -> Check:
    """Calls of which it is not known what they reach."""
    rows = select(
        "SELECT cause, folder, calls FROM call_gap ORDER BY calls DESC, cause, folder",
        (str, str, int),
        (),
    )
    total = sum(count for _, _, count in rows)
    open_ = [row for row in rows if row[0] != "resolved"]
    found = [
        Finding("calls", cause, "open", count, folder, 0, "", "calls that lead nowhere")
        for cause, folder, count in open_
    ]
    causes = Counter[str]()
    for cause, _, count in open_:
        causes[cause] += count
    told = "; ".join(f"{count} of a {cause}" for cause, count in causes.most_common())
    title = f"{sum(causes.values())} of {total} calls lead nowhere"
    return Check("calls", f"{title}: {told}" if told else title, tuple(found))


def sections(select: Select, lock: str) -> Check:
    """Sections that do not end on every path, or of which it is not known."""
    ((total,),) = select("SELECT count(*) FROM section WHERE lock = ?", (int,), (lock,))
    rows = select(
        "SELECT file, acquire_line, function, mode, object, paths FROM section "
        "WHERE lock = ? AND paths <> 'balanced' ORDER BY paths, file, acquire_line",
        (str, int, str, str, str, str),
        (lock,),
    )
    found = tuple(
        Finding("sections", mode, paths, 1, file, line, function, f"{mode} on {object_} stays held")
        for file, line, function, mode, object_, paths in rows
    )
    return Check("sections", f"{len(rows)} of {total} sections are not balanced", found)


def operations(select: Select) -> Check:
    """Operations that a correct program does not do."""
    marks = ", ".join("?" * len(_OPERATIONS))
    rows = select(
        "SELECT file, line, function, kind, message FROM diagnostic "
        f"WHERE kind IN ({marks}) ORDER BY kind, file, line",
        (str, int, str, str, str),
        _OPERATIONS,
    )
    found = tuple(
        Finding("operations", kind, "contradiction", 1, file, line, function, message)
        for file, line, function, kind, message in rows
    )
    title = f"{len(rows)} operations contradict what is held on their paths (all locks)"
    return Check("operations", title, found)


def _by_folder(check: str, found: list[Finding]) -> list[Finding]:
    """How many of each kind there are in each folder, the most first."""
    counts = Counter((f.kind, folder_of(f.file)) for f in found)
    return [
        Finding(check, kind, "open", count, folder, 0, "", "")
        for (kind, folder), count in sorted(counts.items(), key=lambda c: (-c[1], c[0]))
    ]


def folder_of(file: str) -> str:
    """The folder of a file, two levels deep at most."""
    parts = file.split("/")
    return "/".join(parts[: min(2, len(parts) - 1)]) or "."
