"""What macros make, as code of the files that use them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lockmap.program.code import Code, Ids
from lockmap.program.extended import extended
from lockmap.program.makers import Assigned, Maker, Makers, together, useful_macros
from lockmap.program.resolve import Links, Resolver
from lockmap.program.rewritten import Rewritten
from lockmap.program.templates import arguments, filled
from lockmap.syntax.lex import blank
from lockmap.syntax.outlining import memory as o

_LONGEST_USE = 1 << 14


@dataclass(frozen=True, slots=True)
class Use:
    """A macro is used in *item* at byte *at* of a file."""

    item: int
    at: int
    line: int
    macros: tuple[int, ...]
    heads: bool = False
    """Whether it heads an initialiser: ``DEFINE_OPS(x) = {``."""


@dataclass(frozen=True, slots=True)
class SetByMacro:
    """A macro that function *item* uses at byte *at* sets a member; arguments put in."""

    item: int
    at: int
    line: int
    assigned: Assigned


@dataclass(frozen=True)
class Made:
    """The code with what macros made, and the members that they set in functions."""

    code: Code
    sets: Sequence[SetByMacro]


def with_made(code: Code, links: Links, resolver: Resolver, read: Callable[[str], bytes]) -> Made:
    """*code*, whose calls have *links*, and what the macros in it make where they are used."""
    useful = useful_macros(code)
    functions = np.unique(code.items["hash"][code.is_function])
    makers = Makers(code, links, resolver, read, useful, functions)
    texts: dict[int, Rewritten] = defaultdict(Rewritten)
    whole: dict[int, dict[bytes, list[int]]] = defaultdict(dict)
    sets: list[SetByMacro] = []
    given = _given_functions(code, resolver)
    for use, kind in _uses(code, links, resolver, useful):
        within = kind == o.INITIALISER
        known = []
        for item in use.macros:
            maker = makers.maker(item, within=within)
            if maker and (maker.always or (use.item, int(code.items["hash"][item])) in given.to):
                known.append((item, maker))
        if within and (known or use.heads):
            name = code.name(use.macros[0]).encode()
            chosen = list(use.macros) if use.heads else [item for item, _ in known]
            whole[use.item].setdefault(name, chosen)
        if within or not known:
            continue
        file = int(code.item_file[use.item])
        text = blank(read(code.files[file])[use.at : use.at + _LONGEST_USE])
        args = arguments(text, max(0, text.find(b"(")))
        if args is None:
            continue
        made = together([filled(maker.template, args[0]) for _, maker in known])
        end = use.at + args[1]
        spelled = {0: given.lines(use.item, use.at, end)} if b"\n" in text[: args[1]] else {}
        part = (made.replace(b"\n", b" "), use.at, False)
        texts[file].add([part], use.line, end, spelled)
        if kind == o.FUNCTION:
            sets += _sets(use, [maker for _, maker in known], args[0])
    for item, macros in whole.items():
        file = int(code.item_file[item])
        start, end = int(code.items["start"][item]), int(code.items["end"][item])
        clean = blank(read(code.files[file])[start:end])
        parts = [(said, start + at, copied) for said, at, copied in makers.parts(clean, macros)]
        ends = [at for _, at, _ in parts[1:]] + [end]
        spelled = {
            number: given.lines(item, at, ends[number])
            for number, (said, at, copied) in enumerate(parts)
            if not copied and said.endswith(b"\n")
        }
        texts[file].add(parts, int(code.items["line"][item]), end, spelled)
    outlines = ((file, texts[file].outlined(makers.outliner)) for file in sorted(texts))
    return Made(extended(code, [(f, o) for f, o in outlines if o is not None]), sets)


def _sets(use: Use, makers: list[Maker], args: list[bytes]) -> Iterator[SetByMacro]:
    """The members that *makers* set where they are used with *args*."""
    for maker in makers:
        for told in maker.sets:
            owner, member, value = (
                filled(replace(maker.template, text=part), args)
                for part in (told.owner, told.member, told.value)
            )
            yield SetByMacro(use.item, use.at, use.line, Assigned(owner, member, value))


@dataclass(frozen=True, slots=True)
class _Given:
    """The functions that calls and macros are handed."""

    to: set[tuple[int, int]]
    """(item, hash of a callee) of every call in it that is handed one."""
    places: dict[int, list[tuple[int, int, int]]]
    """Of each item: (place, hash, line) of those."""

    def lines(self, item: int, start: int, end: int) -> dict[int, int]:
        """The lines of the functions named from *start* up to *end*, by their hashes."""
        found = self.places.get(item, ())
        return {value: line for at, value, line in found if start <= at < end}


def _given_functions(code: Code, resolver: Resolver) -> _Given:
    refs = code.refs
    chosen = np.flatnonzero(refs["kind"] == o.ARGUMENT)
    links = resolver.resolve(refs["hash"][chosen], code.item_file[refs["owner"][chosen]])
    hits = chosen[np.unique(links.source[code.is_function[links.target]])]
    rows = refs[hits]
    places: dict[int, list[tuple[int, int, int]]] = {}
    columns = (rows[name].tolist() for name in ("owner", "at", "hash", "line"))
    for owner, at, value, line in zip(*columns, strict=True):
        places.setdefault(owner, []).append((at, value, line))
    to = set(zip(rows["owner"].tolist(), rows["context"].tolist(), strict=True))
    return _Given(to, places)


def _uses(
    code: Code, links: Links, resolver: Resolver, useful: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> list[tuple[Use, int]]:
    """Every use of a useful macro outside other macros, and the kind of item it is in."""
    items = code.items
    found: list[tuple[Use, int]] = []
    hashes = np.unique(items["hash"][useful])
    tops = np.flatnonzero((items["kind"] == o.OTHER) & np.isin(items["hash"], hashes))
    top_links = resolver.resolve(items["hash"][tops], code.item_file[tops])
    _gather(
        found, top_links, useful, tops, items["start"][tops],
        items["line"][tops], items["kind"],
    )  # fmt: skip
    calls = code.calls
    owner_kind = items["kind"][calls["owner"]]
    inside = np.flatnonzero((owner_kind == o.INITIALISER) | (owner_kind == o.FUNCTION))
    inside = inside[np.isin(calls["hash"][inside], hashes)]
    _heads(found, code, links)
    keep = np.isin(links.source, inside)
    call_links = Links(np.searchsorted(inside, links.source[keep]), links.target[keep])
    _gather(
        found, call_links, useful, calls["owner"][inside].astype(np.int64), calls["at"][inside],
        calls["line"][inside], items["kind"],
    )  # fmt: skip
    refs = code.refs
    values = np.flatnonzero((refs["kind"] == o.VALUE) & np.isin(refs["hash"], hashes))
    values = values[items["kind"][refs["owner"][values]] == o.INITIALISER]
    owners = refs["owner"][values].astype(np.int64)
    value_links = resolver.resolve(refs["hash"][values], code.item_file[owners])
    _gather(
        found, value_links, useful, owners, refs["at"][values], refs["line"][values], items["kind"]
    )
    return found


def _heads(found: list[tuple[Use, int]], code: Code, links: Links) -> None:
    """Macros before the ``=`` of an initialiser."""
    calls, items = code.calls, code.items
    owners = calls["owner"][links.source].astype(np.int64)
    head = (items["kind"][owners] == o.INITIALISER) & (items["kind"][links.target] == o.MACRO)
    head &= calls["at"][links.source].astype(np.int64) < items["body"][owners]
    for number, target in zip(
        links.source[head].tolist(), links.target[head].tolist(), strict=True
    ):
        row = calls[number]
        use = Use(int(row["owner"]), int(row["at"]), int(row["line"]), (target,), heads=True)
        found.append((use, o.INITIALISER))


def _gather(
    found: list[tuple[Use, int]],
    links: Links,
    useful: np.ndarray[tuple[int], np.dtype[np.bool_]],
    owners: Ids,
    at: np.ndarray[tuple[int], np.dtype[np.uint32]],
    lines: np.ndarray[tuple[int], np.dtype[np.uint32]],
    kinds: np.ndarray[tuple[int], np.dtype[np.uint8]],
) -> None:
    keep = useful[links.target]
    source, target = links.source[keep], links.target[keep]
    firsts = np.flatnonzero(np.diff(source, prepend=-1))
    ends = np.append(firsts, len(source))[1:]
    for first, end in zip(firsts.tolist(), ends.tolist(), strict=True):
        number = int(source[first])
        owner = int(owners[number])
        use = Use(owner, int(at[number]), int(lines[number]), tuple(target[first:end].tolist()))
        found.append((use, int(kinds[owner])))
