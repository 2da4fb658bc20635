"""Why a function may run under a lock, or why it may not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lockmap.ask.names import did_you_mean, functions_near
from lockmap.errors import NotFoundError
from lockmap.map.context_records import Must
from lockmap.map.filters import Filter
from lockmap.map.read import Map
from lockmap.map.read_faults import Fault
from lockmap.map.read_functions import (
    EntryPoint,
    FunctionPlace,
    Membership,
    Refused,
    read_entry_points,
    read_memberships,
    read_places,
    read_refused,
    read_wait_lines,
)
from lockmap.map.read_ways import Way, read_must, read_ways
from lockmap.map.records import Contract, Section, Site

Verdict = Literal["may", "waits", "unreached"]


@dataclass(frozen=True, slots=True)
class Why:
    """All that the map says about one function and one lock (``lockmap why``)."""

    file: str
    line: int
    end_line: int
    function: str
    lock: str
    verdict: Verdict
    """``may``: it may run with the lock held; ``waits``: it may not, for it waits for the lock
    itself; ``unreached``: no call that is made with the lock held is known to lead to it."""
    must: Must
    """How the lock is held whenever it runs, as far as all its calls are known."""
    ways: tuple[Way, ...]
    """The likeliest way in each mode."""
    waits: tuple[int, ...]
    """Lines at which it takes the lock, waiting, so that whoever enters may not hold it."""
    refused: tuple[Refused, ...]
    """The nearest call of it with the lock held, if it waits for it."""
    entries: tuple[EntryPoint, ...]
    """As what it is entered from outside: a system call, an interrupt handler ..."""
    sites: tuple[Site, ...]
    contracts: tuple[Contract, ...]
    sections: tuple[Section, ...]
    faults: tuple[Fault, ...]
    """Calls in it during which a page fault may take the lock."""
    members: tuple[Membership, ...]
    """Members of structs that it is put in."""


def why(opened: Map, function: str, *, lock: str = "", path: str = "") -> tuple[Why, ...]:
    """An answer for each function of that name (or glob), in the order of file and line.

    *lock*: the map's own if empty; *path*: only functions of this file or folder.
    Raises ``NotFoundError`` where the map tells nothing of such a function.
    """
    lock = lock or opened.meta().get("default_lock", "")
    places = read_places(opened.select, function, path)
    if not places:
        raise _unknown(opened, function, path)
    facts = Filter(path=path, function=function, lock=lock)
    done = (opened.sites(facts), opened.contracts(facts), opened.sections(facts))
    faults = opened.faults(facts)
    return tuple(_answer(opened, place, lock, *done, faults) for place in places)


def _answer(
    opened: Map,
    place: FunctionPlace,
    lock: str,
    sites: tuple[Site, ...],
    contracts: tuple[Contract, ...],
    sections: tuple[Section, ...],
    faults: tuple[Fault, ...],
) -> Why:
    select, key = opened.select, place.key
    ways = read_ways(select, lock, key) if key is not None else ()
    waits = read_wait_lines(select, key, lock) if key is not None else ()
    return Why(
        place.file,
        place.line,
        place.end_line,
        place.function,
        lock,
        "may" if ways else "waits" if waits else "unreached",
        read_must(select, lock, key) if key is not None else "none",
        ways,
        waits,
        read_refused(select, key, lock) if key is not None else (),
        read_entry_points(select, key) if key is not None else (),
        tuple(s for s in sites if _in(place, s.file, s.line)),
        tuple(c for c in contracts if _in(place, c.file, c.line)),
        tuple(s for s in sections if _in(place, s.file, s.acquire_line)),
        tuple(f for f in faults if _in(place, f.file, f.line)),
        read_memberships(select, key, lock) if key is not None else (),
    )


def _in(place: FunctionPlace, file: str, line: int) -> bool:
    return file == place.file and place.line <= line <= place.end_line


def _unknown(opened: Map, function: str, path: str) -> NotFoundError:
    elsewhere = read_places(opened.select, function) if path else ()
    if elsewhere:
        files = sorted({place.file for place in elsewhere})
        more = f" and {len(files) - _FILES} more" if len(files) > _FILES else ""
        where = f"it is in: {', '.join(files[:_FILES])}{more}"
        return NotFoundError(f"there is no {function} in {path}", where)
    return NotFoundError(
        f"the map tells nothing of a function {function}",
        did_you_mean(functions_near(opened, function), _NOTHING_LIKE_IT),
    )


_FILES = 5
_NOTHING_LIKE_IT = (
    "nothing is called like that; or no lock reaches it, no struct holds it, and it names nothing "
    "that a lock protects"
)
