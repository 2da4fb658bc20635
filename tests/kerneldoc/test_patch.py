"""``Context:`` lines: only what is certain, put where the kernel's guide has them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from scan.trees import write_tree

from lockmap.kerneldoc.comments import comment_of, has_context, with_context
from lockmap.kerneldoc.contracts import Contracted, _add, _Facts, _sentence
from lockmap.kerneldoc.patch import ContextPatch, context_patch
from lockmap.tree.open import open_source

EXPECTS = "Expects mmap_lock to be held by caller."


def said(*contracts: str) -> str:
    facts = _Facts()
    for text in contracts:
        _add(facts, text)
    return _sentence("mmap_lock", facts)


@pytest.mark.parametrize(
    ("contracts", "sentence"),
    [
        (["needs mmap_lock held: asserts it on line 5"], EXPECTS),
        (
            ["needs mmap_lock held for write: asserts it on line 5"],
            "Expects mmap_lock to be held for writing by caller.",
        ),
        (["needs mmap_lock held for read on some paths: asserts it on line 5"], ""),
        (
            ["drops the caller's lock of mm", "needs mmap_lock held for read: drops it on line 4"],
            "Expects mmap_lock to be held for reading by caller, and releases it.",
        ),
        (
            [
                "needs mmap_lock held: asserts it on line 5",
                "drops the caller's lock of mm on some paths",
            ],
            "Expects mmap_lock to be held by caller, and may release it.",
        ),
        (
            ["needs mmap_lock held: asserts it on line 5",
             "drops the caller's lock of mm when result != 0"],
            "Expects mmap_lock to be held by caller, and releases it if it returns non-zero.",
        ),
        (["drops the caller's lock of mm on some paths"], ""),
        (
            ["drops the caller's lock of mm on some paths",
             "needs mmap_lock held for read: drops it on line 4"],
            "",
        ),
        (["drops the caller's lock of mm when x->y == 3"], ""),
        (
            ["returns with mm held for read when result != 0"],
            "Returns with mmap_lock held for reading if it returns non-zero.",
        ),
        (["returns with mm held for read on some paths"], ""),
        (["drops and retakes the caller's lock of mm for read on some paths",
          "needs mmap_lock held: asserts it on line 5"], ""),
        (["something that no version of ours says"], ""),
    ],
)  # fmt: skip
def test_only_what_is_certain_is_said(contracts: list[str], sentence: str) -> None:
    assert said(*contracts) == sentence


def placed(text: str, sentences: tuple[str, ...] = (EXPECTS,)) -> str | None:
    """The text with the section, for the function ``f``; None where it gets none."""
    lines = [line + b"\n" for line in text.encode().split(b"\n")[:-1]]
    at = next(n for n, line in enumerate(lines, 1) if b"f(" in line and b"*" not in line)
    comment = comment_of(lines, "f", at)
    if comment is None or has_context(lines, comment):
        return None
    start, added = with_context(lines, comment, sentences)
    return b"".join([*lines[:start], *added, *lines[start:]]).decode()


def test_it_stands_before_what_is_returned() -> None:
    assert placed("/**\n * f - x\n *\n * Return: 0.\n */\nint f(void)\n") == (
        f"/**\n * f - x\n *\n * Context: {EXPECTS}\n *\n * Return: 0.\n */\nint f(void)\n"
    )


def test_it_stands_at_the_end_else() -> None:
    assert placed("/**\n * f() - x\n * @a: y\n */\nstatic int\nf(int a)\n") == (
        f"/**\n * f() - x\n * @a: y\n *\n * Context: {EXPECTS}\n */\nstatic int\nf(int a)\n"
    )


def test_lines_are_no_longer_than_eighty_columns_and_go_on_below_the_words() -> None:
    found = placed("/**\n * f - x\n */\nint f(void)\n", (EXPECTS, EXPECTS, EXPECTS))
    assert found is not None
    assert max(map(len, found.splitlines())) <= 80
    assert "\n *          " in found


@pytest.mark.parametrize(
    "text",
    [
        "/**\n * f - x\n *\n * Context: Any.\n */\nint f(void)\n",
        "/**\n * g - x\n */\nint f(void)\n",
        "/*\n * f - x\n */\nint f(void)\n",
        "/**\n * f - x\n * ends here */\nint f(void)\n",
        "/** f - x */\nint f(void)\n",
        "/**\n * f - x\n */\nint g;\nint f(void)\n",
        "int f(void)\n",
    ],
    ids=[
        "has one",
        "another's",
        "no kernel-doc",
        "text before its end",
        "one line",
        "apart",
        "none",
    ],
)
def test_other_comments_are_left_alone(text: str) -> None:
    assert placed(text) is None


def patch_of(root: Path, files: dict[str, str | bytes], *functions: Contracted) -> ContextPatch:
    return context_patch(open_source(str(write_tree(root, files))), functions, "title")


def contracted(file: str, line: int, name: str) -> Contracted:
    return Contracted(file, line, name, (EXPECTS,), ("needs mmap_lock held: asserts it on line 9",))


def test_git_applies_the_patch(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "mm/a.c": b"/**\n * f - Andr\xe9\x0c\n */\nint f(void)\n{\n}\n\n"
        b"/**\r\n * g - x\r\n */\r\nint g(void)\r\n{\r\n}",
        "b.c": "/**\n * h - x\n */\nint h(void) {}\n",
    }
    made = patch_of(
        tmp_path, files,
        contracted("b.c", 4, "h"), contracted("mm/a.c", 4, "f"), contracted("mm/a.c", 11, "g"),
        contracted("mm/a.c", 1, "gone"), contracted("missing.c", 1, "x"),
    )  # fmt: skip
    assert (len(made.added), made.unreadable) == (3, 2)
    (tmp_path / "made.patch").write_bytes(made.text)
    for command in (["init", "-q"], ["apply", "--check", "made.patch"], ["apply", "made.patch"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    text = (tmp_path / "mm/a.c").read_bytes()
    assert b"Andr\xe9\x0c\n *\n * Context: Expects" in text
    assert b" *\r\n * Context: Expects mmap_lock to be held by caller.\r\n */" in text


def test_a_file_whose_name_git_would_quote_is_left_alone(tmp_path: Path) -> None:
    made = patch_of(tmp_path, {"a b\n.c": "/**\n * f - x\n */\nint f(void) {}\n"},
                    contracted("a b\n.c", 4, "f"))  # fmt: skip
    assert (made.text, made.unreadable) == (b"", 1)
