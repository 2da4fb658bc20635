"""What a scan says about accesses: whose field, which locks are held, and which rules show."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from lockmap.locks.held import Held
from lockmap.map.filters import Filter
from lockmap.map.read import open_map
from lockmap.map.records import Access
from lockmap.program.index import build_index, open_index, save_index
from lockmap.program.kept import Kept
from lockmap.scan import ahead
from lockmap.scan.held import HeldAt
from lockmap.scan.run import Outcome
from lockmap.scan.touched import Trace, touch
from lockmap.syntax.hashing import short_hash
from scan.trees import scan_tree, small_tree, write_tree

STRUCTS = """\
struct mm_struct {
	struct rw_semaphore mmap_lock;
	unsigned long brk, total;
	struct vm_area_struct *areas;
};
struct vm_area_struct {
	struct mm_struct *vm_mm;
	unsigned long vm_flags;
};
"""
HEADER = {"include/c.h": STRUCTS}
BODY = """\
int f(struct mm_struct *mm, struct vm_area_struct *vma, int n)
{{
{}
	return 0;
}}
"""


def scanned(folder: Path, **files: str) -> Outcome:
    tree = small_tree(folder / "t")
    texts = {f"fs/{name}.c": text for name, text in files.items()}
    return scan_tree(write_tree(tree, {**HEADER, **texts}), folder, full=True)


def accesses(outcome: Outcome, wanted: Filter | None = None, lock: str = "") -> tuple[Access, ...]:
    with open_map(outcome.target) as opened:
        return opened.accesses(wanted or Filter(path="fs"), lock)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("mm->brk = 1;", ["mm_struct.brk write none"]),
        (
            "mmap_read_lock(mm);\n mm->brk++;\n mmap_read_unlock(mm);\n n = mm->total;",
            ["mm_struct.brk readwrite read", "mm_struct.total read none"],
        ),
        (
            "mmap_write_lock(mm);\n if (mm->brk &&\n  mm->total)\n  n++;\n mmap_write_unlock(mm);",
            ["mm_struct.brk read write", "mm_struct.total read write"],
        ),
        (
            "if (n)\n mmap_read_lock(mm);\n else\n mmap_write_lock(mm);\n mm->brk = 1;\n"
            "if (n)\n mmap_read_unlock(mm);\n else\n mmap_write_unlock(mm);",
            ["mm_struct.brk write either"],
        ),
        (
            "n = vma->vm_mm->brk;",
            ["vm_area_struct.vm_mm read none", "mm_struct.brk read none"],
        ),
        ("mm = kmalloc(8, 0);\n mm->brk = 1;", ["mm_struct.brk write none init"]),
        ("mm->brk = 0;\n kfree(mm);", ["mm_struct.brk write none teardown"]),
    ],
)
def test_accesses_tell_what_is_held(tmp_path: Path, body: str, expected: list[str]) -> None:
    outcome = scanned(tmp_path, a=BODY.format(body))
    told = [
        " ".join([f"{a.struct}.{a.field}", a.access, a.held, a.phase]).removesuffix(" normal")
        for a in accesses(outcome)
    ]
    assert told == expected


def test_an_access_is_placed_at_the_name_of_the_field_and_knows_its_object(tmp_path: Path) -> None:
    text = "struct mm_struct *m = vma->vm_mm;\n\tm->brk = 1;"
    (_, access) = accesses(scanned(tmp_path, a=BODY.format(text)))
    assert (access.file, access.line, access.column) == ("fs/a.c", 4, 5)
    assert (access.function, access.object) == ("f", "vma.vm_mm")


def test_every_lock_has_its_state(tmp_path: Path) -> None:
    body = "i_mmap_lock_write(m);\n mm->brk = 1;\n i_mmap_unlock_write(m);"
    text = BODY.format(body).replace("int n", "struct address_space *m")
    outcome = scanned(tmp_path, a=text)
    (access,) = accesses(outcome)
    assert dict(access.locks) == {
        "mmap_lock": "none",
        "vma_lock": "none",
        "i_mmap_rwsem": "write",
        "anon_vma": "none",
    }
    assert access.held == "none"
    assert accesses(outcome, Filter(path="fs", held=("write",)), "i_mmap_rwsem") != ()


def test_an_access_without_a_struct_is_listed_and_counted(tmp_path: Path) -> None:
    outcome = scanned(tmp_path, a=BODY.format("mm = 0; secret->brk = 1; hidden->total = 2;"))
    found = accesses(outcome)
    assert [(a.struct, a.field, a.cause) for a in found] == [
        ("", "brk", "unknown-variable"),
        ("", "total", "unknown-variable"),
    ]
    with open_map(outcome.target) as opened:
        (counted,) = opened.diagnostics(Filter(kind=("untyped-access",)))
        assert opened.meta()["accesses_untyped"] == "2"
    assert (counted.file, counted.line) == ("fs", 0)
    assert counted.message.startswith("2 of unknown-variable: ")


def test_rules_count_only_objects_that_are_shared(tmp_path: Path) -> None:
    locked = "mmap_write_lock(mm);\n mm->brk = 1;\n mmap_write_unlock(mm);"
    fresh = "mm = kmalloc(8, 0);\n mm->brk = 1;"
    bodies = [locked, locked, locked, fresh]
    texts = {f"f{n}": BODY.format(b).replace("int f(", f"int f{n}(") for n, b in enumerate(bodies)}
    outcome = scanned(tmp_path, **texts)
    with open_map(outcome.target) as opened:
        (rule,) = opened.rules(Filter(struct="mm_struct", field="brk"))
    assert (rule.read_rule, rule.write_rule) == ("unclear", "mmap_lock write")
    assert {s[0]: s[1:] for s in rule.support}["write"] == (3, 3, 3)
    assert {(c[1], c[4]) for c in rule.counts} == {("normal", 3), ("init", 1)}


def test_what_breaks_a_rule_is_listed_with_it(tmp_path: Path) -> None:
    good = "mmap_write_lock(mm);\n mm->brk = 1;\n mmap_write_unlock(mm);"
    bad = "mmap_read_lock(mm);\n mm->brk = 1;\n mmap_read_unlock(mm);"
    texts = {f"f{n}": BODY.format(good).replace("int f(", f"int f{n}(") for n in range(10)}
    outcome = scanned(tmp_path, **texts, bad=BODY.format(bad))
    with open_map(outcome.target) as opened:
        (rule,) = opened.rules(Filter(struct="mm_struct", field="brk"))
    assert rule.write_rule == "mmap_lock write"
    assert rule.violations == (("fs/bad.c", 4, 6, "f", "write"),)
    assert [a.file for a in accesses(outcome, Filter(follows=False))] == ["fs/bad.c"]


def test_a_function_that_cannot_be_read_whole_is_in_the_map(tmp_path: Path) -> None:
    text = BODY.format("mm->brk = 1; n = (int n { int) ;")
    outcome = scanned(tmp_path, a=text)
    with open_map(outcome.target) as opened:
        spans = [(s.function, s.whole) for s in opened.spans(Filter(path="fs"))]
        kinds = {d.kind for d in opened.diagnostics(Filter(path="fs"))}
    assert spans == [("f", False)]
    assert "parse-error" in kinds


class _Caller:
    """Contexts in which one lock is held for reading."""

    def held(self, file: str, function_line: int, lock: str) -> Held:
        return "read" if (file, function_line, lock) == ("a.c", 5, "x") else "none"


def test_where_the_caller_decides_the_context_is_asked() -> None:
    held = HeldAt(("x", "y"), _Caller())
    assert held.of_function("a.c", 5, 9).at(7) == (("x", "read"), ("y", "none"))
    assert held.of_function("a.c", 15, 19).at(17) == (("x", "none"), ("y", "none"))


def _traces(texts: dict[str, str], stretches: Sequence[Sequence[str]]) -> list[Trace]:
    from lockmap.facts.file import Interest, triage_file  # noqa: PLC0415

    words = frozenset({b"mm_struct", b"vm_area_struct"})
    interest = Interest(words, frozenset(), (), frozenset(), frozenset())
    done = {path: triage_file(text.encode(), interest) for path, text in texts.items()}
    index = build_index([(p, d.mentions, d.definitions) for p, d in sorted(done.items())])
    kept = Kept()
    return [
        touch(
            lambda path: texts[path].encode(),
            index,
            frozenset(),
            [(path, msgspec.msgpack.encode(done[path].facts)) for path in stretch],
            kept,
        )
        for stretch in stretches
    ]


def test_a_trace_names_all_that_it_was_told() -> None:
    texts = {
        "include/c.h": STRUCTS,
        "include/d.h": "struct other { struct mm_struct *mm; };\n",
        "fs/a.c": '#include "own.h"\n' + BODY.format("mm->brk = 1;"),
        "fs/b.c": BODY.format("struct other *o = get(n);\n o->mm->brk = 1;"),
    }
    one, two = _traces(texts, [["fs/a.c"], ["fs/b.c"]])
    assert one.files == (b"fs/a.c",)
    assert len(one.read) < len(two.read)
    hashes = [
        int.from_bytes(two.defined[i : i + 4], "little") for i in range(0, len(two.defined), 4)
    ]
    assert {short_hash("other"), short_hash("get")} <= set(hashes)


def test_a_trace_names_a_file_that_was_read_for_another_stretch() -> None:
    texts = {"include/c.h": STRUCTS, "fs/a.c": BODY.format("mm->brk = 1;")}
    texts["fs/b.c"] = texts["fs/a.c"]
    together = _traces(texts, [["fs/a.c"], ["fs/b.c"]])
    assert _traces(texts, [["fs/b.c"]]) == together[1:]


@pytest.mark.parametrize("files", [[], [("a.c", "f g", "f"), ("b/\udcff.h", "g", "")]])
def test_an_index_can_be_laid_down(tmp_path: Path, files: list[tuple[str, str, str]]) -> None:
    def hashes(words: str) -> bytes:
        return b"".join(short_hash(w).to_bytes(4, "little") for w in words.split())

    index = build_index([(path, hashes(m), hashes(d)) for path, m, d in files])
    save_index(index, tmp_path)
    found = open_index(tmp_path)
    assert found.files == index.files
    assert found.who_mentions(["f", "g", "h"]) == index.who_mentions(["f", "g", "h"])
    assert found.who_defines(["f", "g"]) == index.who_defines(["f", "g"])
    assert found.holds("a.c") == bool(files)


def test_without_room_for_the_index_one_process_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(ahead, "save_index", full)
    monkeypatch.setattr(ahead, "INLINE_FUNCTIONS", 0)
    tree = write_tree(small_tree(tmp_path / "t"), {**HEADER, "fs/a.c": BODY.format("mm->brk = 1;")})
    assert len(accesses(scan_tree(tree, tmp_path, jobs=2, full=True))) == 1
