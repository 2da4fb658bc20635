"""The members of a struct, each with its condition and its own comment."""

from __future__ import annotations

from pathlib import Path

from scan.trees import write_tree

from lockmap.kerneldoc.definitions import Definition, find_definitions
from lockmap.kerneldoc.members import Member, read_members
from lockmap.tree.open import open_source


def definition(text: str, folder: Path, tag: str = "s") -> Definition:
    tree = write_tree(folder / "t", {"include/s.h": text})
    return find_definitions(open_source(str(tree)), {tag})[tag]


def members(text: str, folder: Path) -> dict[str, Member]:
    return {m.name: m for m in read_members(definition(text, folder))}


def said(text: str, folder: Path) -> dict[str, str]:
    return {name: m.comment for name, m in members(text, folder).items()}


def test_a_comment_is_of_what_follows_or_of_what_stands_on_its_line(tmp_path: Path) -> None:
    text = (
        "struct s {\n\t/* The first. */\n\tint a;\n"
        "\tint b;\t/* The\n\t\t * second. */\n\tint c;\n};"
    )
    assert said(text, tmp_path) == {"a": "The first.", "b": "The second.", "c": ""}


def test_a_comment_before_a_blank_line_is_of_nothing(tmp_path: Path) -> None:
    assert said("struct s {\n\t/* All of these. */\n\n\tint a;\n};", tmp_path) == {"a": ""}


def test_the_comment_on_the_line_is_nearer_than_the_one_above(tmp_path: Path) -> None:
    text = "struct s {\n\t/* About lists. */\n\tint a; /* Own. */\n};"
    assert said(text, tmp_path) == {"a": "Own."}


def test_kernel_doc_within_and_before_the_struct_is_read(tmp_path: Path) -> None:
    text = (
        "/**\n * struct s - Something.\n * @a: Outer\n *     text.\n *\n * Long.\n */\n"
        "struct s {\n\tint a;\n\t/** @b: Inner\n\t * text.\n\t *\n\t * More. */\n"
        "\tint b; /* x */\n};"
    )
    assert said(text, tmp_path) == {"a": "Outer text.", "b": "Inner text."}


def test_conditions_are_said_in_words(tmp_path: Path) -> None:
    text = (
        "struct s {\n#ifdef CONFIG_A\n\tint a;\n#else\n\tint b;\n#endif\n"
        "#if defined(CONFIG_C) && !defined(CONFIG_D)\n\tint c;\n#endif\n\tint d;\n};"
    )
    assert {n: m.config for n, m in members(text, tmp_path).items()} == {
        "a": "CONFIG_A",
        "b": "not CONFIG_A",
        "c": "CONFIG_C and not CONFIG_D",
        "d": "",
    }


def test_parts_with_a_name_have_members_of_their_own(tmp_path: Path) -> None:
    text = (
        "struct s {\n\t/* Either. */\n\tunion {\n\t\tint a;\n\t\tint b;\n\t};\n"
        "\tstruct {\n\t\tint c;\n\t} part ____cacheline_aligned;\n};"
    )
    assert said(text, tmp_path) == {"a": "Either.", "b": "Either.", "part": "", "part.c": ""}


def test_pointers_to_functions_are_told(tmp_path: Path) -> None:
    text = "struct s {\n\tint (*open)(struct a *x,\n\t\t    int y);\n\tint *p;\n};"
    found = members(text, tmp_path)
    assert (found["open"].function, found["p"].function) == (True, False)
    assert found["open"].declaration == "int (*open)(struct a *x, int y)"
    assert found["open"].line == 2


def test_a_struct_in_a_comment_is_none_and_a_public_header_comes_first(tmp_path: Path) -> None:
    tree = write_tree(
        tmp_path / "t",
        {
            "include/a.h": "/*\nstruct s {\n\tint no;\n};\n*/\nstruct s {\n\tint yes;\n};\n",
            "drivers/b.h": "struct s {\n\tint other;\n};\n",
        },
    )
    found = find_definitions(open_source(str(tree)), {"s", "gone"})
    assert [(d.file, d.line) for d in found.values()] == [("include/a.h", 6)]
