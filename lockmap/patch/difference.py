"""The lines that changed between many pairs of texts, by one running ``git diff-tree``."""

from __future__ import annotations

import re
import secrets
import subprocess
import threading
from contextlib import suppress
from typing import IO

from lockmap.errors import PatchError
from lockmap.patch.linemap import Change, LineMap

_HUNK = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_COMMAND = (
    "git", "diff-tree", "--stdin", "-r", "-p", "-U0", "--text", "--no-renames", "--no-color",
    "--no-ext-diff", "--no-textconv", "--no-indent-heuristic", "--diff-algorithm=myers",
    "--src-prefix=a/", "--dst-prefix=b/",
)  # fmt: skip


class Differ:
    """The process; it compares two trees whose files are named ``00000000`` and so on.

    A line that names no trees is given back as it is, which shows where an answer
    ends: git has done so since ``--stdin`` is there.  *seconds* bounds one answer.
    """

    def __init__(self, environment: dict[str, str], folder: str, seconds: float) -> None:
        self._seconds = seconds
        self._process = subprocess.Popen(
            _COMMAND,
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def compare(self, before: str, after: str, count: int) -> list[LineMap]:
        """The line map of each of the *count* files of both trees (ids)."""
        # Nobody can put a line into a file that was drawn after it was written.
        end = f"end {secrets.token_hex(16)}"
        ask, answer = self._process.stdin, self._process.stdout
        assert ask is not None
        assert answer is not None
        watch = threading.Timer(self._seconds, self._process.kill)
        watch.start()
        try:
            ask.write(f"{before} {after}\n{end}\n".encode("ascii"))
            ask.flush()
            return _read(answer, end.encode("ascii") + b"\n", count)
        except OSError as error:
            raise PatchError("git diff-tree ended before its time") from error
        finally:
            watch.cancel()

    def close(self) -> None:
        """End the process.  Safe to call twice."""
        self._process.terminate()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        self._process.wait()


def _read(answer: IO[bytes], end: bytes, count: int) -> list[LineMap]:
    changes: list[list[Change]] = [[] for _ in range(count)]
    within = 0
    while (line := answer.readline()) != end:
        if not line:
            raise PatchError("git diff-tree ended before its time")
        # Lines of the texts begin with a space, +, - or a backslash.
        if line.startswith(b"diff --git a/"):
            within = int(line[13:21])
        elif (found := _HUNK.match(line)) is not None:
            old, removed, new, added = (int(n) if n is not None else 1 for n in found.groups())
            # With nothing on a side, git names the line before.
            changes[within].append(Change(old + (not removed), removed, new + (not added), added))
    return [LineMap(tuple(found)) for found in changes]
