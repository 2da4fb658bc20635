"""The program around the commands: start-up, errors, exit codes, pipes, completion."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import Result

from lockmap import __version__
from lockmap.cli.main import COMMANDS, cli

Run = Callable[..., Result]
PROGRAM = [sys.executable, "-c", "from lockmap.cli.main import main; main()"]
HEAVY = {"tree_sitter", "networkx", "rich", "numpy", "msgspec", "sqlite3"}


def loaded_by(*words: str) -> set[str]:
    """The packages that a run of lockmap imports."""
    program = (
        "import sys\nfrom lockmap.cli.main import cli\n"
        "try:\n    cli.main(sys.argv[1:], prog_name='lockmap')\n"
        "finally:\n    print('\\n', *sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, text=True, check=False
    )
    return {name.partition(".")[0] for name in done.stderr.split()}


def test_help_and_version_load_nothing_heavy() -> None:
    assert loaded_by("--help") & HEAVY == set()
    assert loaded_by("--version") & HEAVY == set()


def test_a_query_loads_neither_parser_nor_graph_nor_terminal_library(map_file: Path) -> None:
    for command in ("sites", "sections", "contracts", "diagnostics"):
        assert loaded_by(command, str(map_file)) & HEAVY == {"sqlite3"}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_says_what_the_command_says(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert command.name == name
    # click drops the full stop of a first sentence.
    assert command.get_short_help_str(limit=200).rstrip(".") == COMMANDS[name].help.rstrip(".")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_help_has_examples_of_itself(lockmap: Run, name: str) -> None:
    result = lockmap(name, "--help")
    assert result.exit_code == 0
    lines = [line.strip() for line in result.stdout.partition("Examples:\n")[2].splitlines()]
    assert lines[0].startswith(f"lockmap {name}")


def test_help_lists_every_command(lockmap: Run) -> None:
    for words in (["--help"], ["-h"]):
        shown = lockmap(*words).stdout
        assert all(f"  {name} " in shown for name in COMMANDS)


def test_version(lockmap: Run) -> None:
    assert lockmap("--version").stdout == f"lockmap, version {__version__}\n"


def test_an_error_has_a_message_a_hint_and_exit_code_2(lockmap: Run, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    result = lockmap("sites", tmp_path / "notes.txt")
    assert result.exit_code == 2
    assert result.stderr == (
        f"lockmap: error: {tmp_path}/notes.txt is not a map of lockmap\n"
        "hint: make a new map with: lockmap scan TREE\n"
    )


def test_ctrl_c_is_exit_130(lockmap: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("lockmap.cli.listing.find_map", interrupt)
    result = lockmap("sites")
    assert (result.exit_code, result.stderr) == (130, "lockmap: interrupted\n")


def test_a_defect_is_not_swallowed(lockmap: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("lockmap.cli.listing.find_map", fail)
    assert isinstance(lockmap("sites").exception, ZeroDivisionError)


@pytest.mark.parametrize("form", ["table", "jsonl", "csv"])
def test_a_reader_that_goes_away_is_no_error(map_file: Path, form: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*PROGRAM, "sites", map_file, "--format", form],
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


def on_a_terminal(*words: str, **environment: str) -> str:
    """What a run writes to a terminal."""
    master, slave = pty.openpty()
    clean = {k: v for k, v in os.environ.items() if k not in {"NO_COLOR", "FORCE_COLOR"}}
    settings = {"TERM": "xterm-256color", "COLUMNS": "120"} | environment
    with subprocess.Popen(
        [*PROGRAM, *words], stdin=slave, stdout=slave, stderr=slave, env=clean | settings
    ) as process:
        os.close(slave)
        shown = b""
        try:
            while part := os.read(master, 65536):
                shown += part
        except OSError:
            # Linux reports the closed end of a terminal as an error.
            pass
        process.wait()
    os.close(master)
    return shown.decode()


@pytest.mark.parametrize("words", [("sites",), ("sections",), ("show", "grow", "--map")])
def test_colour_is_for_terminals_and_can_be_turned_off(
    map_file: Path, words: tuple[str, ...]
) -> None:
    coloured = on_a_terminal(*words, str(map_file))
    assert "\x1b[3" in coloured or "\x1b[1;3" in coloured
    assert "grow" in coloured
    assert "\x1b[3" not in on_a_terminal(*words, str(map_file), NO_COLOR="1")
    assert "\x1b[" not in on_a_terminal(*words, str(map_file), TERM="dumb")


def test_a_terminal_of_few_characters_gets_escapes(map_file: Path) -> None:
    done = subprocess.run(
        [*PROGRAM, "sites", map_file, "--path", "ü"],
        capture_output=True,
        env=os.environ | {"PYTHONIOENCODING": "ascii", "LC_ALL": "C"},
        check=False,
    )
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(lockmap: Run, shell: str) -> None:
    result = lockmap("completion", shell)
    assert result.exit_code == 0
    assert "_LOCKMAP_COMPLETE" in result.stdout


def test_completing_a_command_loads_none() -> None:
    words = {"_LOCKMAP_COMPLETE": "bash_complete", "COMP_WORDS": "lockmap s", "COMP_CWORD": "1"}
    done = subprocess.run(
        PROGRAM, capture_output=True, text=True, env=os.environ | words, check=False
    )
    assert done.stdout.split() == ["plain,scan", "plain,sites", "plain,sections", "plain,show"]


def test_locks_lists_the_default_first(lockmap: Run) -> None:
    result = lockmap("locks", "--format", "jsonl")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith('{"lock":"mmap_lock"')
    assert "mm_struct.mmap_sem (until v5.8)" in result.stdout


@pytest.mark.parametrize("module", ["lockmap", "lockmap.cli.main"])
def test_it_runs_as_a_module_too(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", module, "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("lockmap, version ")
