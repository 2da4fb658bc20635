"""``lockmap driver``: all that one driver or filesystem does with a lock."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result
from map.sample import CONTEXTS, make_data

from lockmap.map.write import write_map

Run = Callable[..., Result]

MM = """\
mm and mmap_lock
  1 file; 1 section
  1 function may run with it held (0 for reading, 1 for writing), 1 on every call that is known
  calls from where it is taken: 1 to 3: 1 function

Sections: 1 (1 leaks)
  mm/grow.c:4: grow: leaks: write on mm from line 4 to 10; read at 7; path 4 > 6 > 7 > 8 > 9

What functions need of their caller's lock, take, and do to it: 1
  mm/grow.c:14: drop: returns with the caller's read lock dropped

Fields that it touches (reads / writes, by how mmap_lock is held): 2
  field                for read  for write
  mm_struct.total_vm   -         1 / 1
  mm_struct.map_count  1 / 0     -          1 access against its rule

Accesses that break the rule of their field: 1
  mm/grow.c:8:11: grow: mm_struct.map_count: the rule for read

What the map says against itself: 1
  mm/grow.c:14: drop: parse-error: 1 region not understood
"""

X = """\
drivers/x and mmap_lock
  1 file; 0 sections
  1 function may run with it held (0 for reading, 1 for writing), 0 on every call that is known
  calls from where it is taken: 1 to 3: 1 function

What functions need of their caller's lock, take, and do to it: 1
  drivers/x/x.c:20: x_init: needs mmap_lock held for the call of helper on line 22

Callbacks that may run with it held: 1 of the 2 that are put into structs here
  ops.fault: 1 function, 2 calls away, held for writing
      write: mm/grow.c:4: grow > helper > x_fault
      drivers/x/x.c:60: x_fault
"""


@pytest.mark.parametrize(
    ("path", "shown"),
    [("mm", MM), ("mm/", MM), ("./mm", MM), ("drivers/x", X)],
)
def test_a_page_tells_all_that_is_done_with_the_lock(
    lockmap: Run, map_file: Path, path: str, shown: str
) -> None:
    result = lockmap("driver", path, "--map", map_file)
    assert (result.exit_code, result.stdout) == (0, shown)


def test_a_path_as_the_shell_sees_it_will_do(
    lockmap: Run, map_file: Path, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert lockmap("driver", tree / "mm", "--map", map_file).stdout == MM
    monkeypatch.chdir(tree / "mm")
    assert "mm/grow.c and mmap_lock\n" in lockmap("driver", "grow.c", "--map", map_file).stdout
    assert lockmap("driver", "mm", "--map", map_file).stdout == MM


def test_a_function_of_another_file_is_the_drivers_callback_too(
    lockmap: Run, tmp_path: Path, tree: Path
) -> None:
    lent = replace(CONTEXTS, callbacks=(*CONTEXTS.callbacks, (1, 2, 1, 62)))
    write_map(tmp_path / "l.db", make_data(tree), lent)
    shown = lockmap("driver", "drivers/x", "--map", tmp_path / "l.db").stdout
    assert "      drivers/x/x.c:62: helper of mm/grow.c\n" in shown


@pytest.mark.parametrize(
    ("path", "hint"),
    [("x", "did you mean drivers/x?"), ("drivers/y", "did you mean drivers/x"), ("zzz", "give a")],
)
def test_an_unknown_path_is_exit_1_with_the_closest(
    lockmap: Run, map_file: Path, path: str, hint: str
) -> None:
    result = lockmap("driver", path, "--map", map_file)
    assert (result.exit_code, result.stdout) == (1, "")
    assert hint in result.stderr


def test_all_locks_get_a_page_each(lockmap: Run, map_file: Path) -> None:
    shown = lockmap("driver", "mm", "--map", map_file, "--lock", "all").stdout
    assert shown.startswith("mm and i_mmap\n")
    assert shown.endswith(f"\n\n{MM}")


def test_long_lists_are_cut_and_say_so(lockmap: Run, map_file: Path) -> None:
    shown = lockmap("driver", "mm", "--map", map_file, "--most", "1").stdout
    assert "mm_struct.total_vm" in shown
    assert "  and 1 more field (--most 0)\n" in shown
    assert lockmap("driver", "mm", "--map", map_file, "--most", "0").stdout == MM


def test_json_has_the_same_with_keys(lockmap: Run, map_file: Path) -> None:
    result = lockmap("driver", "drivers/x", "--map", map_file, "--format", "jsonl")
    answer = json.loads(result.stdout)
    (member,) = answer["members"]
    assert (member["struct"], member["field"]) == ("ops", "fault")
    assert member["callbacks"][0]["function"] == "x_fault"
    assert [step["caller"] for step in member["ways"][0]["steps"]] == ["grow", "grow", "helper"]
    assert (answer["callbacks"], answer["put"]) == (1, 2)


def test_a_map_that_steers_the_terminal_is_harmless(
    lockmap: Run, tmp_path: Path, tree: Path
) -> None:
    evil = "\x1b[2J\x07\n\u202e"
    data = make_data(tree)
    hostile = replace(
        data,
        sections=tuple(replace(s, function=evil, object=evil) for s in data.sections),
        contracts=tuple(replace(c, function=evil, text=evil) for c in data.contracts),
        diagnostics=tuple(replace(d, kind=evil, message=evil) for d in data.diagnostics),
        accesses=tuple(replace(a, function=evil, struct=evil) for a in data.accesses),
    )
    contexts = replace(
        CONTEXTS,
        files=(f"mm/{evil}.c", "drivers/x/x.c"),
        hows=(evil, f"callback {evil}"),
        functions=tuple((*row[:4], evil) for row in CONTEXTS.functions),
        members=((evil, evil), (evil, "b")),
    )
    write_map(tmp_path / "evil.db", hostile, contexts)
    for path in ("mm", "drivers", evil):
        for form in ("text", "jsonl"):
            result = lockmap("driver", path, "--map", tmp_path / "evil.db", "--format", form)
            assert result.exit_code in {0, 1}
            assert all(char.isprintable() or char == "\n" for char in result.output)
