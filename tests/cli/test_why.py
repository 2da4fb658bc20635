"""``lockmap why``: may a function run under a lock, by which way, and if not, why not."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result
from map.sample import CONTEXTS, UNREACHED, make_data, site

from lockmap.map.write import write_map

Run = Callable[..., Result]

X_FAULT = """\
drivers/x/x.c:7: x_fault
  may run with mmap_lock held for writing; not shown to be held on every call
  is entered from outside as interrupt handler (drivers/x/x.c:60), never with its caller's lock
  held: a way to it is wrong somewhere, or the lock is another's

Way with mmap_lock held for writing: 2 calls, 1 of them through a pointer
  mm/grow.c:4: grow takes it, by mmap_write_lock_killable
          if (mmap_write_lock_killable(mm))
  mm/grow.c:8: grow calls helper
          if (!mm->map_count)
          a macro there makes what does it
  mm/grow.c:44: helper calls x_fault through ops.fault
          put there at drivers/x/x.c:60

What it does with mmap_lock itself
  drivers/x/x.c:8: put_user with page faults turned off: it fails instead of taking the lock

Where it is put
  ops.fault: it alone
          drivers/x/x.c:60
"""

GROW = """\
mm/grow.c:2: grow
  does not run with mmap_lock held: it takes it itself, waiting (line 4),
  so that entered with it held it would wait for ever

The nearest call of it with the lock held, which no way goes on from
  mm/grow.c:44: helper calls grow, held for writing
          lockmap why helper

What it does with mmap_lock itself
  mm/grow.c:4: tries to take it for writing
          if (mmap_write_lock_killable(mm))
  mm/grow.c:7: downgrades it (held for writing)
          mmap_write_downgrade(mm);
  mm/grow.c:10: drops it (held for reading)
          mmap_read_unlock(mm);
  mm/grow.c:4: leaks: write on mm from line 4 to 10; read at 7; path 4 > 6 > 7 > 8 > 9
"""


def test_the_way_is_told_step_by_step_with_the_source(lockmap: Run, map_file: Path) -> None:
    result = lockmap("why", "x_fault", "--map", map_file)
    assert (result.exit_code, result.stdout) == (0, X_FAULT)


def test_what_takes_the_lock_itself_is_told_to_wait_for_ever(lockmap: Run, map_file: Path) -> None:
    assert lockmap("why", "grow", "--map", map_file).stdout == GROW


def test_entry_points_are_told_and_ways_to_them_doubted(lockmap: Run, map_file: Path) -> None:
    told = {
        name: lockmap("why", name, "--map", map_file).stdout
        for name in ("helper", "x_fault", "x_init")
    }
    never = "  is entered from outside as interrupt handler (drivers/x/x.c:{}), never with its"
    assert f"{never.format(60)} caller's lock\n  held: a way to it is wrong" in told["x_fault"]
    assert f"{never.format(61)} caller's lock held\n" in told["x_init"]
    assert "  is entered from outside as shrinker (mm/grow.c:90)\n" in told["helper"]


def test_what_may_fault_is_said_to_take_the_lock_so(lockmap: Run, map_file: Path) -> None:
    shown = lockmap("why", "helper", "--map", map_file).stdout
    assert "  mm/grow.c:43: may fault, and so take it for reading: get_user\n" in shown


def test_what_holds_it_on_every_call_is_said_to(lockmap: Run, map_file: Path) -> None:
    shown = lockmap("why", "helper", "--map", map_file).stdout
    assert "held for writing; held for writing on every call that is known" in shown


@pytest.mark.parametrize("name", ["idle", "x_init"])
def test_what_nothing_reaches_is_said_not_to_be_reached(
    lockmap: Run, map_file: Path, name: str
) -> None:
    result = lockmap("why", name, "--map", map_file)
    assert result.exit_code == 0
    assert "is not known to run with mmap_lock held" in result.stdout


def test_of_the_others_in_a_member_it_is_told_how_many_are_reached(
    lockmap: Run, tmp_path: Path, tree: Path
) -> None:
    both = replace(CONTEXTS, callbacks=((0, 3, 1, 60), (0, 4, 1, 61), (0, 4, 0, 9)))
    write_map(tmp_path / "b.db", make_data(tree), both)
    shown = lockmap("why", "x_init", "--map", tmp_path / "b.db").stdout
    assert shown.endswith(
        "  ops.fault: as 2 functions, 1 of which may run under mmap_lock\n"
        "          drivers/x/x.c:61, mm/grow.c:9\n"
    )


def test_a_contract_is_told(lockmap: Run, map_file: Path) -> None:
    shown = lockmap("why", "drop", "--map", map_file).stdout
    assert "contract: returns with the caller's read lock dropped" in shown


def test_every_function_of_the_name_is_told_unless_a_file_is_named(
    lockmap: Run, tmp_path: Path, tree: Path
) -> None:
    twins = replace(CONTEXTS, functions=(*CONTEXTS.functions, (5, 1, 70, 80, "helper")))
    write_map(tmp_path / "t.db", make_data(tree), twins)
    both = lockmap("why", "helper", "--map", tmp_path / "t.db").stdout
    assert both.index("drivers/x/x.c:70: helper") < both.index("\n\nmm/grow.c:40: helper\n")
    one = lockmap("why", "helper", "--map", tmp_path / "t.db", "--file", "mm").stdout
    assert "drivers/x/x.c:70" not in one
    other = lockmap("why", "helper", "--map", tmp_path / "t.db", "--file", "fs")
    assert other.exit_code == 1
    assert "it is in: drivers/x/x.c, mm/grow.c" in other.stderr


def test_many_functions_of_a_glob_get_a_line_each(lockmap: Run, tmp_path: Path, tree: Path) -> None:
    many = tuple((10 + n, 1, 100 + n, 100 + n, f"x_{n}") for n in range(9))
    write_map(
        tmp_path / "m.db",
        make_data(tree),
        replace(CONTEXTS, functions=(*CONTEXTS.functions, *many)),
    )
    shown = lockmap("why", "x_*", "--map", tmp_path / "m.db").stdout
    assert shown.startswith("11 answers for x_*\n")
    assert "drivers/x/x.c:7    x_fault   mmap_lock  write        grow > helper > x_fault\n" in shown
    assert "drivers/x/x.c:108  x_8       mmap_lock  not reached\n" in shown


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("helpr", "did you mean helper?"),
        ("x_falt", "did you mean x_fault?"),
        ("__helper", "did you mean helper?"),
        ("x_fa", "did you mean x_fault?"),
        ("my_fault", "did you mean x_fault?"),
        ("nothing", "nothing is called like that"),
    ],
)
def test_an_unknown_name_is_exit_1_with_the_closest(
    lockmap: Run, map_file: Path, name: str, hint: str
) -> None:
    result = lockmap("why", name, "--map", map_file)
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"the map tells nothing of a function {name}\n" in result.stderr
    assert hint in result.stderr


def test_json_has_the_same_with_keys(lockmap: Run, map_file: Path) -> None:
    result = lockmap("why", "x_fault", "--map", map_file, "--format", "jsonl")
    (line,) = result.stdout.splitlines()
    answer = json.loads(line)
    assert (answer["function"], answer["verdict"], answer["must"]) == ("x_fault", "may", "none")
    (way,) = answer["ways"]
    assert (way["mode"], way["distance"], way["via"]) == ("write", 2, "callback")
    assert way["steps"][2] == {
        "file": "mm/grow.c",
        "line": 44,
        "caller": "helper",
        "function": "x_fault",
        "how": "callback ops.fault",
        "put": [["drivers/x/x.c", 60]],
    }


def test_a_way_that_begins_with_a_downgrade_says_so(
    lockmap: Run, tmp_path: Path, tree: Path
) -> None:
    data = make_data(tree)
    down = site(7, "downgrade", "write", "mmap_write_downgrade")
    read = {"mmap_lock": ((2, 0, *(1, 1, 8, 0, 0), *UNREACHED),)}
    write_map(
        tmp_path / "d.db",
        replace(data, sections=(), sites=(down,)),
        replace(CONTEXTS, contexts=read),
    )
    shown = lockmap("why", "helper", "--map", tmp_path / "d.db").stdout
    assert "mm/grow.c:7: grow downgrades what its caller holds, by mmap_write_downgrade\n" in shown


def test_without_the_tree_the_lines_come_without_their_text(
    lockmap: Run, map_file: Path, tree: Path
) -> None:
    tree.rename(tree.parent / "elsewhere")
    result = lockmap("why", "x_fault", "--map", map_file)
    assert result.exit_code == 0
    assert "mm/grow.c:4: grow takes it" in result.stdout
    assert "mmap_write_lock_killable(mm)" not in result.stdout
    assert result.stderr.count("\n") == 1
    assert "without their text" in result.stderr


def test_a_map_that_steers_the_terminal_is_harmless(
    lockmap: Run, tmp_path: Path, tree: Path
) -> None:
    evil = "\x1b]0;owned\x07\n\u202e"
    hostile = replace(
        CONTEXTS,
        files=(f"mm/{evil}.c", "drivers/x/x.c"),
        hows=(evil, f"callback {evil}.{evil}"),
        functions=((1, 0, 3, 30, evil), (2, 0, -5, 2**62, evil), (3, 1, 7, 9, "x_fault")),
        members=((evil, evil), ("a", "b")),
        callbacks=((0, 3, 0, 60),),
    )
    write_map(tmp_path / "evil.db", make_data(tree), hostile)
    for name in ("x_fault", evil):
        for form in ("text", "jsonl"):
            result = lockmap("why", name, "--map", tmp_path / "evil.db", "--format", form)
            assert result.exit_code == 0
            assert all(char.isprintable() or char == "\n" for char in result.output)


def test_a_way_that_goes_round_in_a_circle_ends(lockmap: Run, tmp_path: Path, tree: Path) -> None:
    circle = {
        "mmap_lock": ((2, 0, *UNREACHED, *(2, 3, 8, 0, 0)), (3, 0, *UNREACHED, *(2, 2, 4, 1, 2)))
    }
    write_map(tmp_path / "c.db", make_data(tree), replace(CONTEXTS, contexts=circle))
    assert lockmap("why", "helper", "--map", tmp_path / "c.db").exit_code == 0


def test_all_locks_can_be_asked_for(lockmap: Run, map_file: Path) -> None:
    shown = lockmap("why", "x_fault", "--map", map_file, "--lock", "all").stdout
    assert "is not known to run with i_mmap held" in shown
    assert "may run with mmap_lock held" in shown


def test_what_only_assembly_defines_is_said_to_be(lockmap: Run, tmp_path: Path, tree: Path) -> None:
    named = (*CONTEXTS.functions, (5, 1, 62, 0, "asm_init"))
    put = (*CONTEXTS.callbacks, (1, 5, 1, 62))
    write_map(tmp_path / "a.db", make_data(tree), replace(CONTEXTS, functions=named, callbacks=put))
    shown = lockmap("why", "asm_init", "--map", tmp_path / "a.db").stdout
    assert shown.startswith(
        "drivers/x/x.c:62: asm_init\n  is not defined in C: assembly defines it"
    )
    assert "no call that the map knows" not in shown
    assert "ops.init: as 2 functions" in shown


def test_what_asserts_the_lock_is_said_to_be_called_with_it(
    lockmap: Run, tmp_path: Path, tree: Path
) -> None:
    alone = {"mmap_lock": ((4, 2, *UNREACHED, *UNREACHED),)}
    write_map(tmp_path / "b.db", make_data(tree), replace(CONTEXTS, contexts=alone))
    shown = lockmap("why", "x_init", "--map", tmp_path / "b.db").stdout
    assert "  is only called with mmap_lock held for writing: it asserts that" in shown
