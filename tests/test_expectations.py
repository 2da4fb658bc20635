"""The miniature kernel's comments are read strictly, and its C is C."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from expectations import ExpectationError, read_expectations

MINI = Path(__file__).parent.parent / "kernel_src" / "mini"
TREES = ("v5.7", "v6.12")
NO_COMPILE = b"Does not compile:"
"""A file that cannot be C for a compiler says so, and why, in these words."""


def files(tree: str, pattern: str = "**/*.[ch]") -> list[Path]:
    return sorted((MINI / tree).glob(pattern))


def every_file() -> list[Path]:
    return [path for tree in TREES for path in files(tree)]


def name(path: Path) -> str:
    return str(path.relative_to(MINI))


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "a.c"
    path.write_bytes(text.encode("latin-1"))
    return path


def test_a_hit_speaks_about_the_next_line(tmp_path: Path) -> None:
    path = write(tmp_path, "\n\t/* lockmap: hit acquire read */\n\tdown_read(x);\n")
    (hit,) = read_expectations(path)
    assert (hit.kind, hit.op, hit.mode, hit.comment_line, hit.line) == (
        "hit",
        "acquire",
        "read",
        2,
        3,
    )
    assert (hit.indirect, hit.definition, hit.lock) == (False, False, "mmap_lock")


def test_flags_of_a_hit(tmp_path: Path) -> None:
    comment = "/* lockmap: hit release any indirect definition lock=i_mmap_rwsem */\nf();\n"
    (hit,) = read_expectations(write(tmp_path, comment))
    assert (hit.indirect, hit.definition, hit.lock) == (True, True, "i_mmap_rwsem")


def test_every_part_but_a_contract_may_name_another_lock(tmp_path: Path) -> None:
    comment = "/* lockmap: ok; hit try read lock=b; section s read leaks paired lock=b */\nf();\n"
    assert [e.lock for e in read_expectations(write(tmp_path, comment))] == ["mmap_lock", "b", "b"]


def test_parts_and_stacked_comments_speak_about_the_same_line(tmp_path: Path) -> None:
    text = (
        "/* lockmap: hit try read; section a read balanced returns-held */\n"
        "/* lockmap: ok */\n"
        "if (trylock(x))\n"
        "\t/* lockmap: ends a */\n"
        "\tunlock(x);\n"
    )
    found = read_expectations(write(tmp_path, text))
    assert [(e.kind, e.line) for e in found] == [
        ("hit", 3),
        ("section", 3),
        ("ok", 3),
        ("ends", 5),
    ]
    assert (found[1].labels, found[1].verdict, found[1].contract) == (
        ("a",),
        "balanced",
        "returns-held",
    )


def test_who_runs_under_the_lock_is_said_of_a_function(tmp_path: Path) -> None:
    text = (
        "/* lockmap: runs both must either by a,b_2 lock=c; runs never; faults get_user */\nf();\n"
    )
    under, never, faults = read_expectations(write(tmp_path, text))
    assert (under.kind, under.mode, under.must, under.way, under.lock) == (
        *("runs", "both", "either", ("a", "b_2"), "c"),
    )
    assert (never.mode, never.must, never.way) == ("never", "", ())
    assert (faults.kind, faults.callee) == ("faults", "get_user")


def test_at_reaches_into_a_macro(tmp_path: Path) -> None:
    text = "/* lockmap: hit acquire write at +1; ok at +0 */\n#define L(m) \\\n\tdown_write(m)\n"
    assert [(e.kind, e.line) for e in read_expectations(write(tmp_path, text))] == [
        ("hit", 3),
        ("ok", 2),
    ]


def test_one_line_may_end_several_sections(tmp_path: Path) -> None:
    text = (
        "/* lockmap: section r read balanced */\na();\n"
        "/* lockmap: section w write leaks */\nb();\n/* lockmap: ends r,w */\nc();\n"
    )
    assert read_expectations(write(tmp_path, text))[2].labels == ("r", "w")


def test_carriage_returns_and_foreign_bytes_do_not_matter(tmp_path: Path) -> None:
    text = "/* J\xf6rg */\r\n/* lockmap: ok */\r\nf();\r\n"
    assert read_expectations(write(tmp_path, text))[0].line == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("/* lockmap: hti acquire read */\nf();\n", "a.c:1: expected a kind"),
        ("\n/* lockmap: hit lock read */\nf();\n", "a.c:2: expected an operation"),
        ("/* lockmap: hit acquire */\nf();\n", "expected a mode .* found nothing"),
        ("/* lockmap: access brk read read */\nf();\n", "expected a field"),
        ("/* lockmap: access mm.brk read held */\nf();\n", "expected how the lock is held"),
        ("/* lockmap: access mm.brk any read */\nf();\n", "expected an access"),
        ("/* lockmap: hit acquire read idirect */\nf();\n", "unknown word 'idirect'"),
        ("/* lockmap: hit acquire read definition indirect */\nf();\n", "unknown word 'indirect'"),
        ("/* lockmap: runs always */\nf();\n", "expected in which modes"),
        ("/* lockmap: runs read by 1 */\nf();\n", "expected the names of functions"),
        ("/* lockmap: ok acquire */\nf();\n", "unknown word 'acquire'"),
        ("/* lockmap: ok at 3 */\nf();\n", "unknown word 'at'"),
        ("/* lockmap: section a any balanced */\nf();\n", "expected a section's mode"),
        ("/* lockmap: section a read fine */\nf();\n", "expected a verdict"),
        ("/* lockmap: section a read balanced held */\nf();\n", "unknown word 'held'"),
        ("/* lockmap: section a,b read balanced */\nf();\n", "one label"),
        ("/* lockmap: ends */\nf();\n", "expected a label"),
        ("/* lockmap: ends a */\nf();\n", "no section 'a'"),
        ("/* lockmap: contract holds */\nf();\n", "expected a contract"),
        ("/* lockmap: ok at +9 */\nf();\n", "after the end of the file"),
        ("/* lockmap: ok */\n\nf();\n", "speaks about nothing"),
        ("/* lockmap: ok */", "speaks about nothing"),
        ("f(); /* lockmap: ok */\nf();\n", "not a whole"),
        ("/* lockmap: ok\n */\nf();\n", "not a whole"),
        ("// lockmap: ok\nf();\n", "not a whole"),
    ],
)
def test_what_is_not_understood_is_an_error(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ExpectationError, match=message):
        read_expectations(write(tmp_path, text))


def test_labels_are_unique_in_a_function_only(tmp_path: Path) -> None:
    part = "/* lockmap: section a read balanced */\nf();\n"
    assert len(read_expectations(write(tmp_path, part + "}\n" + part))) == 2
    with pytest.raises(ExpectationError, match="used twice"):
        read_expectations(write(tmp_path, part + part))
    with pytest.raises(ExpectationError, match="no section 'a'"):
        read_expectations(write(tmp_path, part + "}\n/* lockmap: ends a */\ng();\n"))


@pytest.mark.parametrize("path", every_file(), ids=name)
def test_every_file_of_the_miniature_kernel_parses(path: Path) -> None:
    read_expectations(path)


@pytest.mark.parametrize("path", every_file(), ids=name)
def test_no_line_is_both_a_hit_and_none(path: Path) -> None:
    kinds: dict[tuple[int, str], set[str]] = {}
    for item in read_expectations(path):
        kinds.setdefault((item.line, item.lock), set()).add(item.kind)
    for (line, lock), found in kinds.items():
        clash = found & {"hit", "todo-hit"} and found & {"ok", "todo-ok"}
        assert not clash, f"{path}:{line} is expected to be {sorted(found)} for {lock}"


API = re.compile(
    r"\b((down|up)_(read|write)\w*|downgrade_write|init_rwsem|mmap_(read|write|init)_\w+)\s*\("
)


@pytest.mark.parametrize("path", every_file(), ids=name)
def test_every_line_that_names_the_api_is_spoken_about(path: Path) -> None:
    if path.name == "rwsem.h":  # declares the primitive; no object of any lock is in sight
        return
    spoken = {item.line for item in read_expectations(path)}
    for number, line in enumerate(path.read_bytes().decode("latin-1").split("\n"), start=1):
        assert number in spoken or not API.search(line), f"{path}:{number}: {line.strip()}"


@pytest.mark.parametrize("path", every_file(), ids=name)
def test_every_acquisition_begins_a_section(path: Path) -> None:
    """For mmap_lock, outside definitions, macro bodies, ``#if 0`` and assertions."""
    text = path.read_bytes().decode("latin-1")
    dead = range(text.count("\n", 0, text.find("#if 0")), text.count("\n", 0, text.find("#endif")))
    lines = text.split("\n")
    wanted: Counter[int] = Counter()
    for item in read_expectations(path):
        comment = item.comment_line
        while lines[comment - 1].lstrip().startswith("/* lockmap:"):
            comment += 1
        macro = lines[comment - 1].lstrip().startswith(("#", "DEFINE_"))
        asserted = "BUG_ON(" in lines[item.line - 1]
        if item.lock != "mmap_lock" or macro or asserted or ("#if 0" in text and item.line in dead):
            continue
        if item.kind == "hit" and item.op in ("acquire", "try") and not item.definition:
            wanted[item.line] += 1
        if item.kind in ("section", "todo-section"):
            wanted[item.line] -= 1
    missed = {i.line for i in read_expectations(path) if i.kind == "todo-hit"}
    assert {line: n for line, n in wanted.items() if n and line not in missed} == {}


@pytest.mark.parametrize("path", every_file(), ids=name)
def test_a_balanced_section_ends_or_says_why_not(path: Path) -> None:
    found = read_expectations(path)
    ended = {(item.region, label) for item in found if item.kind == "ends" for label in item.labels}
    lines = path.read_bytes().decode("latin-1").split("\n")
    for item in found:
        guard = re.search(r"\b(\w*guard|CLASS|BUG_ON)\(", lines[item.line - 1])
        if item.kind == "section" and item.verdict == "balanced" and not item.contract:
            assert guard or (item.region, item.labels[0]) in ended, f"{path}:{item.line}"


@pytest.mark.parametrize("tree", TREES)
def test_each_tree_speaks_every_word(tree: str) -> None:
    found = [item for path in files(tree) for item in read_expectations(path)]
    kinds = Counter(item.kind for item in found)
    assert set(kinds) >= {"hit", "ok", "todo-hit", "section", "ends", "contract", "access"}
    assert {item.verdict for item in found if item.kind == "section"} >= {"balanced", "leaks"}
    assert {item.contract for item in found if item.kind == "contract"} == {
        "returns-held",
        "drops",
        "may-drop",
        "none",
    }
    assert {item.op for item in found if item.kind == "hit"} >= {
        "acquire",
        "try",
        "release",
        "downgrade",
        "assert",
        "init",
    }


@pytest.mark.parametrize("tree", TREES)
def test_each_tree_names_its_version_like_a_kernel(tree: str) -> None:
    makefile = (MINI / tree / "Makefile").read_text()
    values = dict(re.findall(r"^(VERSION|PATCHLEVEL|SUBLEVEL) = (\d+)$", makefile, re.MULTILINE))
    assert f"v{values['VERSION']}.{values['PATCHLEVEL']}" == tree
    assert "SUBLEVEL" in values


@pytest.mark.parametrize("path", [p for p in every_file() if p.suffix == ".c"], ids=name)
def test_every_c_file_is_in_the_readme(path: Path) -> None:
    twin = Path(*path.relative_to(MINI).parts[1:])
    readme = (MINI / "README.md").read_text()
    assert any(f"`{tree}/{twin.as_posix()}:" in readme for tree in TREES)


def test_the_readme_names_only_functions_that_exist() -> None:
    rows = [
        (file, function, "²" in line)
        for line in (MINI / "README.md").read_text().splitlines()
        for file, function in re.findall(r"`(v[\d.]+/[\w./-]+):(\w+)`", line)
    ]
    assert len(rows) > 60
    for file, function, in_both in rows:
        _, _, twin = file.partition("/")
        for place in [f"{t}/{twin}" for t in TREES] if in_both else [file]:
            text = (MINI / place).read_bytes().decode("latin-1")
            assert re.search(rf"\b{function}\b", text), f"README names {place}:{function}"


@pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not installed")
@pytest.mark.parametrize("configured", [False, True], ids=["bare", "configured"])
@pytest.mark.parametrize("tree", TREES)
def test_what_claims_to_compile_does(tree: str, configured: bool) -> None:
    root = MINI / tree
    sources = [p for p in files(tree, "**/*.c") if NO_COMPILE not in p.read_bytes()]
    assert len(sources) >= 20
    words = set(re.findall(rb"\bCONFIG_\w+", b"".join(p.read_bytes() for p in files(tree))))
    options = [f"-D{word.decode()}=1" for word in sorted(words)] if configured else []
    flags = ["-std=gnu11", "-Wall", "-Werror", "-Wno-unused-function", "-nostdinc"]
    checked = subprocess.run(
        ["gcc", "-fsyntax-only", *flags, "-I", str(root / "include"), *options, *map(str, sources)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr
