"""How complete the direct calls are: against calls as a compiler has them.

A call that a macro makes is found where the map leads from the caller through macros to the
callee.  ``python -m tests.accuracy.calls TREE TABLES --outlines CACHE``.
"""

from __future__ import annotations

import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from lockmap.program.code import Code
from lockmap.program.resolve import Links
from lockmap.syntax.hashing import name_hash, signed
from tests.accuracy.accesses import Score, Truth, read_truth, rows
from tests.accuracy.outlined import Found, asked_for, find, read_code

_SYSCALL = re.compile(r"^__(?:do|se|x64|ia32)_(?:compat_)?(?=sys_)")


@dataclass
class Reach:
    """What calls lead to, through macros."""

    code: Code
    links: Links
    _first: np.ndarray = field(init=False)
    _link_first: np.ndarray = field(init=False)
    _through: dict[int, tuple[frozenset[int], frozenset[int]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        owners = self.code.calls["owner"]
        self._first = np.searchsorted(owners, np.arange(len(self.code.items) + 1))
        self._link_first = np.searchsorted(self.links.source, np.arange(len(owners) + 1))

    def names(self, item: int) -> set[int]:
        """Hashes of all that the calls of *item* may lead to: their own names, what macros call."""
        found, seen, left = set[int](), {item}, [item]
        while left:
            names, macros = self._step(left.pop())
            found |= names
            left += macros - seen
            seen |= macros
        return found

    def _step(self, item: int) -> tuple[frozenset[int], frozenset[int]]:
        """The names that *item* calls, and the macros that it uses."""
        known = self._through.get(item)
        if known is None:
            first, last = self._first[item], self._first[item + 1]
            targets = self.links.target[self._link_first[first] : self._link_first[last]]
            macros = targets[~self.code.is_function[targets]]
            names = self.code.calls["hash"][first:last].tolist()
            known = self._through[item] = frozenset(names), frozenset(macros.tolist())
        return known


@dataclass
class CallScore:
    """Direct calls that were found and missed."""

    found: Counter[str] = field(default_factory=Counter)
    """By whether a macro makes them."""
    missed: Counter[str] = field(default_factory=Counter)
    folders: dict[str, Score] = field(default_factory=lambda: defaultdict(Score))
    causes: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def measured(
    told: Found, truth: Truth, table: list[dict[str, str]], read: Callable[[str], bytes]
) -> CallScore:
    """How complete the calls of the files of *truth* are."""
    code = told.code
    reach = Reach(code, told.calls)
    by_name: dict[tuple[str, str], list[int]] = defaultdict(list)
    files = set(truth.files)
    numbers = {n for n, f in enumerate(code.files) if f in files}
    for item in np.flatnonzero(code.is_function).tolist():
        if int(code.item_file[item]) in numbers:
            by_name[code.file(item), code.name(item)].append(item)
    result = CallScore()
    reached: dict[int, set[int]] = {}
    for row in table:
        if row["file"] not in files or row["kind"] != "direct" or row["caller"] == "-":
            continue  # "-": in an initialiser at file level, which is no function's call
        caller = _SYSCALL.sub("", row["caller"])
        # What a definer macro puts its body into has underscores before the name.
        names = (row["caller"], caller, caller.lstrip("_"))
        items = next((known for n in names if (known := by_name.get((row["file"], n)))), [])
        want = {signed(name_hash(n)) for n in (row["callee"], _SYSCALL.sub("", row["callee"]))}
        for item in items:
            if item not in reached:
                reached[item] = reach.names(item)
        folder = result.folders[row["file"].split("/", maxsplit=1)[0]]
        if any(want & reached[item] for item in items):
            result.found[row["macro"]] += 1
            folder.found += 1
            continue
        result.missed[row["macro"]] += 1
        folder.missed += 1
        lines = read(row["file"]).decode("latin-1").split("\n")
        text = lines[min(len(lines), int(row["line"])) - 1].strip()
        word = re.findall(r"\b[A-Za-z_]\w*(?=\s*\()", text)
        cause = "caller not known" if not items else f"{row['callee']} in {word[0] if word else ''}"
        result.causes[cause] += 1
        result.wrong.append(
            f"{cause} | {row['caller']} -> {row['callee']} {row['file']}:{row['line']}"
            f" macro={row['macro']} | {text[:110]}"
        )
    return result


def main() -> None:
    """Print the scores."""
    asked = asked_for(__doc__)
    truth = read_truth(asked.tables, asked.kernel)
    code, layouts, read = read_code(asked.tree, asked.outlines)
    start = time.process_time()
    told = find(code, layouts, read, sys.stdout.write)
    spent = time.process_time() - start
    result = measured(told, truth, rows(asked.tables / f"calls-{asked.kernel}.tsv.gz"), read)
    found, missed = result.found, result.missed
    out = sys.stdout.write
    for key in sorted(set(found) | set(missed)):
        good, bad = found[key], missed[key]
        out(f"direct macro={key} {good:6} of {good + bad:6} {good / (good + bad):7.2%}\n")
    good, bad = sum(found.values()), sum(missed.values())
    out(f"recall {good / max(1, good + bad):.2%} of {good + bad}; {spent:.1f} CPU s\n")
    for cause, count in result.causes.most_common(60):
        out(f"{count:6} {cause}\n")
    if asked.wrong:
        asked.wrong.write_text("\n".join(result.wrong) + "\n")


if __name__ == "__main__":
    main()
