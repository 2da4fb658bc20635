"""``lockmap``: the commands, loaded one at a time, and what becomes of errors.

Only the module of the command that runs is imported: a query answers faster than a
parser, a graph library or a terminal library could be loaded.
"""

from __future__ import annotations

import atexit
import os
import sys
from dataclasses import dataclass
from importlib import import_module
from typing import NoReturn

import click
from click.shell_completion import CompletionItem

from lockmap import __version__
from lockmap.cli.help import examples
from lockmap.errors import EXIT_INTERRUPTED, LockmapError
from lockmap.escape import visible

EXIT_BROKEN_PIPE = 141
"""The reader of our output has gone: 128 + SIGPIPE, as a shell shows it for any program."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A command: ``lockmap/cli/MODULE.py`` holds it as an object of the command's name."""

    name: str
    group: str
    help: str
    """First sentence of the command's own help; a test keeps them equal."""


_MAKE, _ANSWER, _ASK, _OTHER = "Make a map", "Get an answer", "List what it holds", "Other"

COMMANDS: dict[str, Entry] = {
    entry.name: entry
    for entry in (
        Entry("fetch", _MAKE, "Obtain a kernel to scan."),
        Entry("scan", _MAKE, "Map every use of the locks in a kernel tree."),
        Entry("sites", _ASK, "List every place that takes, tries, drops or asserts a lock."),
        Entry(
            "sections",
            _ASK,
            "List every critical section: where it starts, all that ends it, and its verdict.",
        ),
        Entry(
            "contracts",
            _ASK,
            "List what functions need of their caller's lock, take themselves, and do to it.",
        ),
        Entry(
            "accesses",
            _ASK,
            "List every access of a field of a struct, and how the lock is held there.",
        ),
        Entry(
            "rules",
            _ASK,
            "List the rules that accesses show: which locks a field is read and written under.",
        ),
        Entry(
            "functions",
            _ASK,
            "List the functions that may run under a lock, with the likeliest way to each.",
        ),
        Entry(
            "callbacks",
            _ASK,
            "List the functions that are put into members of structs, and where.",
        ),
        Entry(
            "why",
            _ANSWER,
            "Tell whether a function may run under a lock, by which way, and if not, why not.",
        ),
        Entry(
            "who",
            _ANSWER,
            "Tell which locks a field is accessed under, by whom, and where a rule is broken.",
        ),
        Entry(
            "driver", _ANSWER, "Tell all that a driver, a filesystem or a file does with a lock."
        ),
        Entry("docs", _ANSWER, "Make a site that says what a lock protects and who depends on it."),
        Entry("show", _ANSWER, "Print functions with the lock state in the margin of each line."),
        Entry(
            "graph",
            _ANSWER,
            "Export locks, sections, functions, callbacks, fields and files as a graph.",
        ),
        Entry(
            "doccheck",
            _ANSWER,
            "Check what the kernel documents of its locks against what its code does.",
        ),
        Entry(
            "diagnostics",
            _ASK,
            "List what the scan could not read, type or resolve: the limits of this map.",
        ),
        Entry(
            "doctor",
            _ASK,
            "Print what a map says of its own quality: gaps, contradictions, unexplained findings.",
        ),
        Entry("locks", _OTHER, "List the locks that lockmap knows."),
        Entry("completion", _OTHER, "Print the completion script for a shell."),
    )
}


class LazyGroup(click.Group):
    """A group that knows its commands by the table above."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        """Names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command, its module imported now."""
        if cmd_name not in COMMANDS:
            return None
        command = getattr(import_module(f"lockmap.cli.{cmd_name}"), cmd_name)
        assert isinstance(command, click.Command), cmd_name
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The list in ``--help``, from the table alone."""
        for group in (_MAKE, _ANSWER, _ASK, _OTHER):
            rows = [(entry.name, entry.help) for entry in COMMANDS.values() if entry.group == group]
            with formatter.section(group):
                formatter.write_dl(rows)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Commands from the table; options as click has them."""
        names = [
            CompletionItem(entry.name, help=entry.help)
            for entry in COMMANDS.values()
            if entry.name.startswith(incomplete)
        ]
        return names + click.Command.shell_complete(self, ctx, incomplete)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; an anticipated error becomes two lines and an exit code."""
        try:
            return super().invoke(ctx)
        except LockmapError as error:
            report(error)
            ctx.exit(error.exit_code)
        except BrokenPipeError:
            # Python would flush standard output once more at exit, and complain.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(EXIT_BROKEN_PIPE)
        except KeyboardInterrupt:
            click.echo("lockmap: interrupted", err=True)
            ctx.exit(EXIT_INTERRUPTED)


def report(error: LockmapError) -> None:
    """Say on standard error what went wrong and what to do."""
    click.echo(f"lockmap: error: {visible(str(error))}", err=True)
    if error.hint:
        click.echo(f"hint: {visible(error.hint)}", err=True)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=examples(
        "lockmap fetch 6.12                    obtain a kernel",
        "lockmap scan kernel_src/linux-6.12    map it",
        "lockmap sections --paths leaks        ask",
        "lockmap show mm/mmap.c:1700           see",
    )
    + "\n\nExit codes: 0 found; 1 nothing found; 2 wrong usage or unreadable input.",
)
@click.version_option(__version__, "-V", "--version", prog_name="lockmap")
def cli() -> None:
    """Map everything one lock protects in a Linux kernel tree, without building it."""


def main() -> None:
    """The ``lockmap`` program."""
    try:
        cli.main(prog_name="lockmap")
    except KeyboardInterrupt:
        # Before a command runs: while modules are imported or options are read.
        sys.exit(EXIT_INTERRUPTED)
    except SystemExit as end:
        if not isinstance(end.code, int | None):
            raise
        _leave(end.code or 0)


def _leave(code: int) -> NoReturn:
    """End the program without freeing its objects one by one: after a scan that takes seconds."""
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:  # nobody reads any more
        sys.exit(code)
    os._exit(code)


if __name__ == "__main__":
    main()
