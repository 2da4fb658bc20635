"""How right the field accesses are: against exact types, as a compiler has them.

The tables (see their README) cover some files of one kernel in one configuration; what that
configuration leaves out is not scored.  ``python -m tests.accuracy.accesses TREE TABLES``.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import pickle
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lockmap.facts.model import Function
from lockmap.facts.read import read_item
from lockmap.facts.triage import index_text, is_binary
from lockmap.locks.paths import object_path
from lockmap.program.accesses import accesses
from lockmap.program.expected import expect
from lockmap.program.index import NameIndex, build_index
from lockmap.program.sources import Sources
from lockmap.program.types import Types
from lockmap.syntax.items import items
from lockmap.syntax.lex import blank
from lockmap.syntax.mask import load_masks
from lockmap.syntax.split import split, whole
from lockmap.tree.open import open_source

STRUCTS = frozenset(
    {"mm_struct", "vm_area_struct", "vm_fault", "anon_vma", "mmu_notifier_subscriptions"}
)
_MODES = {"r": "read", "w": "write", "rw": "readwrite", "addr": "address"}

Place = tuple[str, int, int]
"""(file, line, column)."""


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a table."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text, delimiter="\t", quoting=csv.QUOTE_NONE))


@dataclass
class Truth:
    """What the tables say, by kernel (``6.12``)."""

    files: list[str]
    expected: dict[Place, tuple[str, str, str, str]]
    """place → (struct, field, mode, function)."""
    ignored: set[Place]
    """Neither asked for nor wrong."""
    left_out: dict[str, list[tuple[int, int]]]
    dropped: set[tuple[str, int, str]]

    def scored(self, file: str, line: int, name: str) -> bool:
        """Whether the tables can tell about this place."""
        if (file, line, name) in self.dropped:
            return False
        return not any(a <= line <= b for a, b in self.left_out.get(file, ()))


def read_truth(folder: Path, kernel: str) -> Truth:
    """The tables of *kernel* in *folder*."""
    expected, ignored = {}, set()
    for row in rows(folder / f"accesses-{kernel}.tsv.gz"):
        place = (row["file"], int(row["line"]), int(row["col"]))
        if row["mode"] in _MODES:
            expected[place] = (row["struct"], row["field"], _MODES[row["mode"]], row["function"])
        else:
            ignored.add(place)
    left_out: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for row in rows(folder / f"inactive-{kernel}.tsv.gz"):
        left_out[row["file"]].append((int(row["start"]), int(row["end"])))
    dropped = {
        (r["file"], int(r["line"]), r["field"]) for r in rows(folder / f"dropped-{kernel}.tsv.gz")
    }
    with gzip.open(folder / f"files-{kernel}.tsv.gz", "rt", encoding="utf-8") as listed:
        files = sorted({line.split("\t")[0] for line in listed if "." in line.split("\t")[0]})
    truth = Truth(files, {}, ignored, dict(left_out), dropped)
    truth.expected = {
        place: what for place, what in expected.items() if truth.scored(place[0], place[1], what[1])
    }
    return truth


@dataclass
class Score:
    """Counts over some places."""

    found: int = 0
    missed: int = 0
    invented: int = 0
    right_mode: int = 0

    @property
    def recall(self) -> float:
        """Share of the expected places that were found."""
        return self.found / max(1, self.found + self.missed)

    @property
    def precision(self) -> float:
        """Share of the reported places that were expected."""
        return self.found / max(1, self.found + self.invented)

    @property
    def mode(self) -> float:
        """Share of the found places with the right mode."""
        return self.right_mode / max(1, self.found)

    def __str__(self) -> str:
        return (
            f"recall {self.recall:6.1%} precision {self.precision:6.1%} mode {self.mode:6.1%}"
            f"  ({self.found} found, {self.missed} missed, {self.invented} invented)"
        )


@dataclass
class Scores:
    """Scores in all, by struct and by folder, and every place that was wrong."""

    total: Score = field(default_factory=Score)
    structs: dict[str, Score] = field(default_factory=lambda: defaultdict(Score))
    folders: dict[str, Score] = field(default_factory=lambda: defaultdict(Score))
    wrong: list[str] = field(default_factory=list)

    def of(self, struct: str, file: str) -> tuple[Score, Score, Score]:
        """The scores that a place counts in."""
        return self.total, self.structs[struct], self.folders[file.split("/", maxsplit=1)[0]]


Reported = Mapping[Place, tuple[str, str, str]]
"""place → (struct, field, mode)."""


def score(truth: Truth, reported: Reported) -> Scores:
    """*reported* against *truth*."""
    scores = Scores()
    for place, (struct, name, mode, function) in sorted(truth.expected.items()):
        where = f"{place[0]}:{place[1]}:{place[2]} {struct}.{name} {mode} in {function}"
        said = reported.get(place)
        right = said is not None and said[:2] == (struct, name)
        for part in scores.of(struct, place[0]):
            part.found += right
            part.missed += not right
            part.right_mode += right and said is not None and said[2] == mode
        if not right:
            scores.wrong.append(f"missed   {where}: {said}")
        elif said is not None and said[2] != mode:
            scores.wrong.append(f"mode     {where}: {said[2]}")
    for place, (struct, name, mode) in sorted(reported.items()):
        known = truth.expected.get(place)
        if struct not in STRUCTS or place in truth.ignored:
            continue
        right = known is not None and known[:2] == (struct, name)
        if not right and truth.scored(place[0], place[1], name):
            for part in scores.of(struct, place[0]):
                part.invented += 1
            scores.wrong.append(f"invented {place[0]}:{place[1]}:{place[2]} {struct}.{name} {mode}")
    return scores


Call = tuple[str, int, str, str]
"""(file, line, struct, field) of a call through a member."""


def score_calls(folder: Path, kernel: str, truth: Truth, reported: set[Call]) -> Scores:
    """Calls through a struct's function pointer, those in macro bodies left out."""
    scores = Scores()
    expected: set[Call] = set()
    files = set(truth.files)
    reported = {(f, line, _part(struct), name) for f, line, struct, name in reported}
    in_macros: set[tuple[str, int]] = set()
    for row in rows(folder / f"calls-{kernel}.tsv.gz"):
        line = int(row["line"])
        if row["file"] not in files:
            continue
        if row["macro"] != "0":
            in_macros.add((row["file"], line))
        elif row["kind"] == "member" and truth.scored(row["file"], line, row["field"]):
            struct = row["struct"]
            expected.add((row["file"], line, _part(struct), row["field"]))
    lines = {call[:2] for call in expected}
    for call in sorted(expected | reported):
        right = call in expected and call in reported
        wrong = call not in expected and (call[:2] in lines or call[:2] not in in_macros)
        if wrong and not truth.scored(call[0], call[1], call[3]):
            continue
        for part in (scores.total, scores.folders[call[0].split("/")[0]]):
            part.found += right
            part.missed += call in expected and not right
            part.invented += wrong
        if not right and (call in expected or wrong):
            kind = "missed" if call in expected else "invented"
            scores.wrong.append(f"call {kind:8} {call[0]}:{call[1]} {call[2]}.{call[3]}")
    return scores


def _part(struct: str) -> str:
    """A name for structs without one that both sides can agree on."""
    return "unnamed" if "." in struct or "<" in struct else struct


def functions_of(data: bytes) -> Iterable[tuple[int, Function]]:
    """(line, function) of every function in the text of a file."""
    clean = blank(data)
    chunks = split(clean)
    index = 0
    while index < len(chunks):
        chunk, index = whole(clean, chunks, index)
        text = clean[chunk.start : chunk.end]
        for item in items(text):
            if item.kind == "function":
                function = read_item(text, item, load_masks())
                if function is not None:
                    yield chunk.line + text.count(b"\n", 0, item.start), function


def plain_path(expr: object) -> str:
    """Object paths without aliases."""
    return object_path(expr, {}, frozenset())  # type: ignore[arg-type]


def tree_index(root: str, cache: Path | None) -> NameIndex:
    """The index of a whole tree; kept in *cache*, as building it takes a minute."""
    if cache is not None and cache.exists():
        return build_index(pickle.loads(cache.read_bytes()))
    source = open_source(root)
    found = []
    for entry in source.list().entries:
        data = source.read(entry.path)
        if not is_binary(data):
            text = index_text(data)
            found.append((entry.path, text.mentions.tobytes(), text.definitions.tobytes()))
    if cache is not None:
        cache.write_bytes(pickle.dumps(found))
    return build_index(found)


def measured(tree: Path, truth: Truth, index: Path | None) -> Scores:
    """How right the accesses of the files of *truth* are told."""
    sources = Sources(lambda path: (tree / path).read_bytes(), tree_index(str(tree), index))
    types = Types(sources, {})
    read = {file: list(functions_of(sources.raw(file))) for file in truth.files}
    expect(((file, f) for file, found in read.items() for _, f in found), types)
    reported: dict[Place, tuple[str, str, str]] = {}
    for file, units in read.items():
        for line, function in units:
            for a in accesses(function, file, types, plain_path).accesses:
                reported[file, line + a.line - 1, a.column] = (a.struct, a.field, a.mode)
    return score(truth, reported)


def main() -> None:
    """Print the scores."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tree", type=Path)
    parser.add_argument("tables", type=Path)
    parser.add_argument("--kernel", default="6.12")
    parser.add_argument("--index", type=Path, help="where the index is kept between runs")
    parser.add_argument("--wrong", type=Path, help="write every wrong place to this file")
    asked = parser.parse_args()
    truth = read_truth(asked.tables, asked.kernel)
    sources = Sources(
        lambda path: (asked.tree / path).read_bytes(), tree_index(str(asked.tree), asked.index)
    )
    types = Types(sources, {})
    reported: dict[Place, tuple[str, str, str]] = {}
    causes: Counter[str] = Counter()
    untold: list[str] = []
    functions = 0
    calls: set[Call] = set()
    start = time.process_time()
    read = {file: list(functions_of(sources.raw(file))) for file in truth.files}
    parsing = time.process_time() - start
    start = time.process_time()
    expect(((file, f) for file, found in read.items() for _, f in found), types)
    for file, units in read.items():
        for line, function in units:
            found = accesses(function, file, types, plain_path)
            functions += 1
            calls.update((file, line + c.line - 1, c.struct, c.field) for c in found.calls)
            for a in found.accesses:
                reported[file, line + a.line - 1, a.column] = (a.struct, a.field, a.mode)
            for u in found.unresolved:
                causes[u.cause] += 1
                untold.append(f"untold   {file}:{line + u.line - 1}:{u.column} {u.field} {u.cause}")
    typing = time.process_time() - start
    scores = score(truth, reported)
    out = sys.stdout.write
    out(f"all            {scores.total}\n")
    for name, part in (*sorted(scores.structs.items()), *sorted(scores.folders.items())):
        out(f"{name:14} {part}\n")
    out(f"{len(reported)} accesses, {len(calls)} calls through members\n")
    out(f"unresolved {sum(causes.values())}: ")
    out(", ".join(f"{cause} {n}" for cause, n in causes.most_common()) + "\n")
    through = score_calls(asked.tables, asked.kernel, truth, calls)
    out(f"calls through members: {through.total}\n")
    each = 1000 / max(1, functions)
    out(f"{functions} functions, in ms each: ")
    out(f"parsing {parsing * each:.2f}, typing {typing * each:.2f}\n")
    if asked.wrong:
        asked.wrong.write_text("\n".join([*scores.wrong, *through.wrong, *untold]) + "\n")


if __name__ == "__main__":
    main()
