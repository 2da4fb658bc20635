"""Every lock function named as a call in a tree is a fact, or listed as unread: none is lost.

The count on the other side knows nothing of chunks, items or syntax trees: it takes comments
and strings out character by character and looks for names before a parenthesis.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lockmap.data import mini_dir
from lockmap.facts.file import FileFacts, Interest, triage_file
from lockmap.facts.render import calls
from lockmap.locks.catalog import load_specs

ROOT = Path(__file__).resolve().parents[2]
TEXT = re.compile(
    r"//(?:\\\r?\n|[^\n])*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])+'"
    r"|^[ \t]*#[ \t]*(?:error|warning)[^\n]*",
    re.DOTALL | re.MULTILINE,
)
LEFT_OUT = {"tools", "scripts", "samples", "Documentation"}
MOST_UNREAD = 5
"""Lock calls of a whole kernel that may be in no fact; each is listed with its place."""


def interest(*, primitives: bool) -> Interest:
    """Read every function that names a function of a lock, or of any primitive as well."""
    apis = load_specs(None).apis.items()
    names = frozenset(n.encode() for n, rows in apis if primitives or any(r.lock for r in rows))
    return Interest(read=names, keep=names, together=(), members=frozenset(), calls=names)


def tokens(text: str, names: re.Pattern[str]) -> Iterator[tuple[int, int, str]]:
    """(line, column, text before it on the line) of every name that a parenthesis follows."""
    plain = TEXT.sub(lambda m: re.sub(r"[^\r\n]", " ", m[0]), text)
    for match in names.finditer(plain):
        begins = plain.rfind("\n", 0, match.start()) + 1
        line = plain.count("\n", 0, match.start()) + 1
        yield line, match.start() - begins + 1, plain[begins : match.start()]


def held(facts: FileFacts) -> set[tuple[int, int]]:
    """(line, column) of every call in the facts, and of every one that is listed as unread."""
    found = {(c.line, c.column) for c in facts.loose} | {u[:2] for u in facts.unread}
    for unit in facts.units:
        for flow in unit.function.flows:
            for step in flow.steps:
                for call in calls(step.expr):
                    found.add((unit.line + call.at[0] - 1, call.at[1]))
    return found


def declares(before: str) -> bool:
    """Whether what stands before a name on its line makes it a header, prototype or macro."""
    word = r"(?!(?:return|else|do|case)\b)[A-Za-z_]\w*"
    return re.fullmatch(rf"\s*(?:{word}[\s*]+)+|\s*#\s*define\s+", before) is not None


def lost(root: Path, wanted: Interest) -> tuple[int, int, list[str]]:
    """(tokens seen, unread, places of tokens that are in no fact) of a tree."""
    listed = "|".join(sorted(n.decode() for n in wanted.calls))
    names = re.compile(rf"\b(?:{listed})\s*\(")
    seen, unread, missing = 0, 0, []
    for path in sorted(p for p in root.rglob("*.[ch]") if p.is_file()):
        inside = path.relative_to(root)
        data = path.read_bytes()
        if inside.parts[0] in LEFT_OUT or not any(n in data for n in wanted.calls):
            continue
        facts = triage_file(data, wanted).facts
        known = held(facts)
        unread += len(facts.unread)
        for line, column, before in tokens(data.decode("latin-1"), names):
            seen += 1
            if (line, column) not in known and not declares(before):
                missing.append(f"{inside}:{line}:{column}")
    return seen, unread, missing


@pytest.mark.parametrize("tree", ["v5.7", "v6.12"])
def test_the_miniature_kernel_loses_no_lock_call(tree: str) -> None:
    mini = mini_dir()
    assert mini is not None
    seen, unread, missing = lost(mini / tree, interest(primitives=True))
    assert seen > 100
    assert (unread, missing) == (0, [])


def kernels() -> list[Path]:
    folders = [Path(f) for f in os.environ.get("LOCKMAP_KERNELS", "").split(os.pathsep) if f]
    folders = folders or [ROOT / "kernel_src"]
    inside = [f for folder in folders if folder.is_dir() for f in sorted(folder.iterdir())]
    return [f for f in (*folders, *inside) if (f / "Makefile").is_file() and (f / "mm").is_dir()]


@pytest.mark.kernel
def test_real_kernels_lose_no_lock_call() -> None:
    trees = kernels()
    if not trees:
        pytest.skip("no kernel: set LOCKMAP_KERNELS")
    for tree in trees:
        seen, unread, missing = lost(tree, interest(primitives=False))
        assert seen > 50, tree
        assert missing == [], tree
        assert unread <= MOST_UNREAD, tree
