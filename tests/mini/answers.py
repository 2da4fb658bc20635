"""Comparing a map of the miniature kernel with the answers in its comments."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from lockmap.map.context_records import FunctionContext
from lockmap.map.filters import Filter
from lockmap.map.read import open_map
from lockmap.map.read_contexts import Wanted
from lockmap.map.read_faults import Fault
from lockmap.map.records import Access, Section, Site
from lockmap.scan.run import Options, scan
from lockmap.tree.open import open_source
from tests.expectations import Expectation, read_expectations


@dataclass(frozen=True)
class Answers:
    """What the comments of a tree ask for, and what its map says."""

    expected: tuple[Expectation, ...]
    sites: tuple[Site, ...]
    sections: tuple[Section, ...]
    accesses: tuple[Access, ...]
    functions: tuple[FunctionContext, ...] = ()
    """Of all locks."""
    faults: tuple[Fault, ...] = ()

    def wrong(self) -> list[str]:
        """Every difference, as ``file:line: what``; known ones (``todo``) must be there."""
        every = (self._sites(), self._sections(), self._accesses(), self._runs(), self._faults())
        return sorted(line for lines in every for line in lines)

    def _sites(self) -> Iterable[str]:
        found: dict[tuple[str, int, str], list[Site]] = {}
        for site in self.sites:
            found.setdefault((site.file, site.line, site.lock), []).append(site)
        spoken: set[tuple[str, int, str]] = set()
        for want in self.expected:
            if want.kind not in {"hit", "todo-hit", "ok", "todo-ok"}:
                continue
            place = (str(want.path), want.line, want.lock)
            here = found.get(place, [])
            match want.kind:
                case "hit":
                    spoken.add(place)
                    if not any(_fits(site, want) for site in here):
                        told = ", ".join(_told(s) for s in here) or "nothing"
                        yield f"{place[0]}:{place[1]}: want {_asked(want)}, found {told}"
                case "todo-hit":
                    spoken.add(place)
                    if any(_fits(site, want) for site in here):
                        yield f"{place[0]}:{place[1]}: todo-hit is found now: make it a hit"
                case "todo-ok":
                    spoken.add(place)
                    if not here:
                        yield f"{place[0]}:{place[1]}: todo-ok is right now: make it ok"
        for (file, line, lock), sites in found.items():
            if lock == "mmap_lock" and (file, line, lock) not in spoken:
                yield f"{file}:{line}: invented {', '.join(_told(s) for s in sites)}"

    def _accesses(self) -> Iterable[str]:
        found: dict[tuple[str, int], set[tuple[str, ...]]] = {}
        for a in self.accesses:
            here = found.setdefault((a.file, a.line), set())
            for lock, held in a.locks:
                here.add((f"{a.struct}.{a.field}", a.access, held, a.phase, lock))
        for want in self.expected:
            if want.kind == "access":
                asked = (want.field, want.mode, want.held, want.phase, want.lock)
                told = found.get((str(want.path), want.line), set())
                if asked not in told:
                    same = sorted(t for t in told if t[4] == want.lock)
                    yield f"{want.path}:{want.line}: want access {asked}, found {same}"

    def _runs(self) -> Iterable[str]:
        found = {(f.file, f.line, f.lock): f for f in self.functions}
        for want in self.expected:
            if want.kind != "runs":
                continue
            here = found.get((str(want.path), want.line, want.lock))
            modes = {("read", "write"): "both", (): "never"}
            told = here.modes if here else ()
            mode = modes.get(told, "".join(told))
            way = tuple(step[2] for step in here.witness[:-1]) if here else ()
            must = here.must if here else "none"
            if mode != want.mode or want.must not in {"", must} or want.way not in {(), way}:
                yield f"{want.path}:{want.line}: runs {mode} must {must} by {','.join(way)}"

    def _faults(self) -> Iterable[str]:
        found = {(f.file, f.line, f.callee, f.lock) for f in self.faults if not f.quiet}
        for want in self.expected:
            asked = (str(want.path), want.line, want.callee, want.lock)
            if want.kind == "faults" and asked not in found:
                yield f"{want.path}:{want.line}: {want.callee} is not known to fault"

    def _sections(self) -> Iterable[str]:
        found = {(s.file, s.acquire_line, s.lock): s for s in self.sections}
        ends: dict[tuple[Path, int, str], set[int]] = {}
        for want in self.expected:
            if want.kind == "ends":
                for label in want.labels:
                    ends.setdefault((want.path, want.region, label), set()).add(want.line)
        for want in self.expected:
            if want.kind not in {"section", "todo-section"}:
                continue
            where = f"{want.path}:{want.line}"
            section = found.get((str(want.path), want.line, want.lock))
            if section is None and want.kind == "todo-section":
                continue
            if section is None:
                yield f"{where}: no section, want {want.mode} {want.verdict}"
                continue
            told = (section.mode, section.paths, section.contract)
            asked = (want.mode, want.verdict, want.contract)
            if want.kind == "todo-section":
                if told == asked:
                    yield f"{where}: todo-section is right now: make it a section"
                continue
            if told != asked:
                yield f"{where}: section is {told}, want {asked} (witness {section.witness})"
            wanted = ends.get((want.path, want.region, want.labels[0]), set())
            if wanted and not wanted <= set(section.release_lines):
                yield f"{where}: section ends at {section.release_lines}, want {sorted(wanted)}"


def _fits(site: Site, want: Expectation) -> bool:
    return (
        site.op == want.op
        and site.mode == want.mode
        and site.direct != want.indirect
        and site.definition == want.definition
    )


def _told(site: Site) -> str:
    return " ".join(
        [
            site.op,
            site.mode,
            *(["indirect"] if not site.direct else []),
            *(["definition"] if site.definition else []),
            site.api,
        ]
    )


def _asked(want: Expectation) -> str:
    return " ".join(
        [
            want.op,
            want.mode,
            *(["indirect"] if want.indirect else []),
            *(["definition"] if want.definition else []),
        ]
    )


def answers(tree: Path, folder: Path) -> Answers:
    """Scan *tree* (maps and caches in *folder*) and gather both sides."""
    source = open_source(str(tree))
    target = folder / "map.db"
    options = Options(target, folder / "facts.db", folder / "tree.snapshot", 64 << 20, 1, full=True)
    scan(source, options, lambda *_: None)
    expected = [
        part
        for path in sorted(tree.rglob("*.[ch]"))
        for part in _relative(read_expectations(path), tree)
    ]
    with open_map(target) as opened:
        return Answers(
            tuple(expected),
            opened.sites(Filter()),
            opened.sections(Filter()),
            opened.accesses(),
            tuple(f for lock in opened.locks() for f in opened.functions(Wanted(lock))),
            opened.faults(),
        )


def _relative(parts: Iterable[Expectation], tree: Path) -> Iterable[Expectation]:
    return (replace(part, path=part.path.relative_to(tree)) for part in parts)
