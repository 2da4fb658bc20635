"""Differences between trees, many of them by one running ``git diff-tree``."""

from __future__ import annotations

import re
import secrets
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress

from lockmap.errors import PatchError
from lockmap.patch.linemap import Change, LineMap

PLAIN = (
    "--no-color", "--no-ext-diff", "--no-textconv", "--src-prefix=a/", "--dst-prefix=b/",
)  # fmt: skip
"""What makes git's output the same whatever is configured, and runs no program."""

_HUNK = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_LINES = ("-U0", "--text", "--no-renames", "--no-indent-heuristic", "--diff-algorithm=myers")


class DiffTree:
    """The process, in *folder* with *options*; *seconds* bounds one answer.

    A line that names no trees is given back as it is, which shows where an answer
    ends: git has done so since ``--stdin`` is there.
    """

    def __init__(
        self, environment: dict[str, str], folder: str, seconds: float, options: tuple[str, ...]
    ) -> None:
        self._seconds = seconds
        try:
            self._process = subprocess.Popen(
                ["git", "diff-tree", "--stdin", "-r", "-p", "--no-commit-id", *PLAIN, *options],
                cwd=folder,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except FileNotFoundError as error:
            raise PatchError("git is not installed", hint="patches are applied by git") from error

    def lines(self, before: str, after: str) -> Iterator[bytes]:
        """The diff from one tree to another, line by line.

        To name a commit and then a parent gives what the commit did.  Raises
        PatchError when git ends, as it does when an object is not there, or takes
        too long.  To leave the iteration early ends the process.
        """
        # Nobody can put a line into a file that was drawn after it was written.
        end = f"end {secrets.token_hex(16)}\n".encode("ascii")
        ask, answer = self._process.stdin, self._process.stdout
        assert ask is not None
        assert answer is not None
        watch = threading.Timer(self._seconds, self._process.kill)
        watch.start()
        complete = False
        try:
            ask.write(f"{before} {after}\n".encode("ascii") + end)
            ask.flush()
            while (line := answer.readline()) != end:
                if not line:
                    raise PatchError(
                        "git diff-tree gave no answer: an object is missing, or time is up",
                        hint="`git fsck` tells whether the repository is complete",
                    )
                yield line
            complete = True
        except (OSError, ValueError) as error:
            raise PatchError("git diff-tree ended before its time") from error
        finally:
            watch.cancel()
            if not complete:
                self.close()

    def close(self) -> None:
        """End the process.  Safe to call twice."""
        self._process.terminate()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        self._process.wait()


class Differ:
    """Line maps of many pairs of texts."""

    def __init__(self, environment: dict[str, str], folder: str, seconds: float) -> None:
        self._trees = DiffTree(environment, folder, seconds, _LINES)

    def compare(self, before: str, after: str, count: int) -> list[LineMap]:
        """The map of each of the *count* files of both trees, named ``00000000`` and so on."""
        changes: list[list[Change]] = [[] for _ in range(count)]
        within = 0
        for line in self._trees.lines(before, after):
            # Lines of the texts begin with a space, +, - or a backslash.
            if line.startswith(b"diff --git a/"):
                within = int(line[13:21])
            elif (found := _HUNK.match(line)) is not None:
                old, removed, new, added = (int(n) if n is not None else 1 for n in found.groups())
                # With nothing on a side, git names the line before.
                changes[within].append(
                    Change(old + (not removed), removed, new + (not added), added)
                )
        return [LineMap(tuple(found)) for found in changes]

    def close(self) -> None:
        """End the process.  Safe to call twice."""
        self._trees.close()
