"""What is taken from clang: modes of accesses, calls, and functions in members."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("clang")
from tests.accuracy.clang_facts import Facts, declare_library, facts_of, mode_of

TEXT = """\
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))
#define BRK(m) ((m)->brk)
struct mm { long brk, parts[4]; struct { long total; }; struct { long n; } in; };
struct ops { int (*go)(struct mm *mm); int (*stop)(struct mm *mm); };
int go(struct mm *mm);
void use(long *p);
"""


def facts(folder: Path, text: str) -> Facts:
    declare_library()
    path = folder / "a.c"
    path.write_text(TEXT + text)
    return facts_of(str(path), ["-std=gnu11"], frozenset({"mm"}))


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("mm->brk = 1;", "brk w"),
        ("mm->brk += 1;", "brk rw"),
        ("mm->brk++;", "brk rw"),
        ("use(&mm->brk);", "brk addr"),
        ("use(mm->parts);", "parts addr"),
        ("mm->parts[1] = mm->brk;", "brk r, parts w"),
        ("mm->total = 1;", "total w"),
        ("mm->in.n = 1;", "in w"),
        ("WRITE_ONCE(mm->brk, mm->total);", "brk w, total r"),
        ("BRK(mm) = 1;", ""),
        ("(&mm->in)->n = 1;", "in w"),
        ("use(sizeof(mm->brk) ? 0 : 0);", "brk uneval"),
    ],
)
def test_modes(tmp_path: Path, statement: str, expected: str) -> None:
    found = facts(tmp_path, f"void f(struct mm *mm)\n{{\n\t{statement}\n}}\n")
    assert not found.errors
    told = sorted(f"{name} {mode_of(modes)}" for (*_, name), modes in found.accesses.items())
    assert ", ".join(told) == expected


def test_calls_and_functions_in_members(tmp_path: Path) -> None:
    text = (
        "static struct ops ops = { .go = go };\nstatic struct ops more = { 0, go };\n"
        "int f(struct mm *mm)\n{\n\tops.stop = &go;\n\tgo(mm);\n\treturn ops.go(mm);\n}\n"
    )
    found = facts(tmp_path, text)
    assert {(c[0], *c[2:6]) for c in found.calls} == {
        ("f", "direct", "go", "-", "-"),
        ("f", "member", "-", "ops", "go"),
    }
    assert {(i[:3], i[4]) for i in found.initialisers} == {
        (("ops", "go", "go"), "init"),
        (("ops", "stop", "go"), "init"),
        (("ops", "stop", "go"), "assign"),
    }
