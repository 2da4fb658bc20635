"""Many blobs through one ``git cat-file --batch``, in order, without a deadlock."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import suppress

from lockmap.errors import TreeError
from lockmap.tree.gitrun import neutral_environment

_WINDOW = 56
"""Requests under way.  A sha256 id and its newline take 65 bytes, and the smallest
pipe 4096: so many requests always fit, and writing never waits for git."""


class ReaderDied(TreeError):  # noqa: N818 (an event, handled by starting again)
    """git ended in the middle of an answer, as it does on a corrupt object."""


class BlobReader:
    """One running ``git cat-file --batch`` over the object store at *objects*.

    Raises TreeError when git is missing or cannot open the store.
    """

    def __init__(self, objects: str, object_format: str) -> None:
        with neutral_environment(objects, object_format) as environment:
            try:
                self._process = subprocess.Popen(
                    ["git", "cat-file", "--batch"],
                    env=environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                )
            except FileNotFoundError as error:
                raise TreeError(
                    "git is not installed", hint="install git, or scan an unpacked folder"
                ) from error
            # An answer, if only "0 missing", shows that git has read its directory,
            # which goes away here.
            try:
                self._ask(["0"])
                self._answer()
            except ReaderDied as error:
                self.close()
                raise TreeError(f"{objects}: git cannot read these objects") from error

    def read(self, ids: Sequence[str]) -> Iterator[bytes | None]:
        """The content of each blob, in order; None for one that is missing or no blob.

        Raises ReaderDied.  Leaving the iteration early ends the process.
        """
        asked = answered = 0
        try:
            while answered < len(ids):
                ahead = min(len(ids), answered + _WINDOW)
                if ahead > asked:
                    self._ask(ids[asked:ahead])
                    asked = ahead
                content = self._answer()
                answered += 1
                yield content
        finally:
            if answered < asked:
                self.close()

    def _ask(self, names: Sequence[str]) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(("\n".join(names) + "\n").encode("ascii"))
            self._process.stdin.flush()
        except (OSError, ValueError) as error:
            raise ReaderDied("git cat-file ended before its time") from error

    def _answer(self) -> bytes | None:
        """One answer: ``<id> <type> <size>`` and the content, or ``<id> missing``."""
        assert self._process.stdout is not None
        try:
            words = self._process.stdout.readline().split()
            if len(words) == 2:
                return None
            if len(words) != 3:
                raise ReaderDied("git cat-file ended before its time")
            content = self._process.stdout.read(int(words[2]) + 1)
        except ValueError as error:
            raise ReaderDied("the pipe to git cat-file is closed") from error
        if len(content) != int(words[2]) + 1:
            raise ReaderDied("git cat-file ended before its time")
        return content[:-1] if words[1] == b"blob" else None

    @property
    def alive(self) -> bool:
        """Whether it can be asked again."""
        return self._process.poll() is None

    def close(self) -> None:
        """End the process.  Safe to call twice."""
        self._process.terminate()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):  # what was buffered for a dead git is lost anyway
                    pipe.close()
        self._process.wait()
