"""A git repository of our own, empty at first and gone at the end, to apply patches in.

It holds the few files that the patches name, as objects and in an index; there is
no work tree.  git runs with nothing of the user's configuration, attributes or
hooks, and in no repository of the user.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from lockmap.errors import PatchError
from lockmap.patch.difference import Differ
from lockmap.patch.linemap import LineMap
from lockmap.tree.gitblobs import BlobReader
from lockmap.tree.gitrun import safe_environment

_CONFIG = """\
[core]
	repositoryformatversion = 0
	bare = true
	autocrlf = false
	safecrlf = false
	fsmonitor = false
	fsync = none
	looseCompression = 0
	hooksPath = /dev/null
	attributesFile = /dev/null
	excludesFile = /dev/null
	pager = cat
[gc]
	auto = 0
[apply]
	whitespace = nowarn
"""

FILE_MODES = ("100644", "100755")


class Scratch:
    """One such repository; a context manager that removes it.

    *seconds* bounds each call of git: PatchError when it takes longer.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._folder = tempfile.TemporaryDirectory(prefix="lockmap-patch-")  # mode 0700
        top = Path(self._folder.name)
        for name in ("refs", "objects", "home"):
            (top / name).mkdir()
        (top / "HEAD").write_text("ref: refs/heads/none\n", encoding="ascii")
        (top / "config").write_text(_CONFIG, encoding="ascii")
        self.objects = top / "objects"
        self._environment = safe_environment(
            GIT_DIR=str(top),
            GIT_INDEX_FILE=str(top / "index"),
            GIT_CONFIG_GLOBAL=os.devnull,
            GIT_CEILING_DIRECTORIES=str(top.parent),
            GIT_ATTR_NOSYSTEM="1",
            HOME=str(top / "home"),
            XDG_CONFIG_HOME=str(top / "home"),
            TMPDIR=str(top),
        )
        self._reader: BlobReader | None = None
        self._differ: Differ | None = None

    def __enter__(self) -> Scratch:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the processes and remove the folder.  Safe to call twice."""
        for helper in (self._reader, self._differ):
            if helper is not None:
                helper.close()
        self._reader = self._differ = None
        with suppress(FileNotFoundError):
            self._folder.cleanup()

    def git(self, *arguments: str, text: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Run git with *text* on standard input.  Raises PatchError when it takes too long."""
        try:
            return subprocess.run(
                ["git", *arguments],
                cwd=self._folder.name,
                env=self._environment,
                input=text,
                capture_output=True,
                timeout=self.seconds,
                check=False,
            )
        except FileNotFoundError as error:
            raise PatchError("git is not installed", hint="patches are applied by git") from error
        except subprocess.TimeoutExpired as error:
            raise PatchError(
                f"git {arguments[0]} took more than {self.seconds:g} seconds; given up"
            ) from error

    def store(self, kind: str, content: bytes) -> str:
        """Write an object as git does, and return its id.

        Without a process: a series of patches would start hundreds.
        """
        whole = f"{kind} {len(content)}\0".encode("ascii") + content
        name = hashlib.sha1(whole, usedforsecurity=False).hexdigest()
        path = self.objects / name[:2] / name[2:]
        try:
            if not path.exists():
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(zlib.compress(whole, 0))
        except OSError as error:
            raise PatchError(
                f"{self.objects}: {error.strerror}",
                hint="patches are applied in a temporary folder; TMPDIR names another place",
            ) from error
        return name

    def put(self, files: Mapping[str, bytes], mode: str) -> dict[str, tuple[str, str]]:
        """Put files into the index, and return what it holds for them: path -> (mode, id)."""
        entries = {path: (mode, self.store("blob", content)) for path, content in files.items()}
        records = b"".join(
            f"{mode} {blob}\t".encode("ascii") + os.fsencode(path) + b"\0"
            for path, (_, blob) in entries.items()
        )
        done = self.git("update-index", "--add", "-z", "--index-info", text=records)
        if done.returncode:
            raise PatchError(f"git cannot hold these files: {first_line(done.stderr)}")
        return entries

    def entries(self) -> dict[str, tuple[str, str]]:
        """What the index holds: path -> (mode, id)."""
        done = self.git("ls-files", "--stage", "-z")
        if done.returncode:
            raise PatchError(f"git cannot list the patched files: {first_line(done.stderr)}")
        found: dict[str, tuple[str, str]] = {}
        for record in done.stdout.split(b"\0")[:-1]:
            head, _, path = record.partition(b"\t")
            mode, blob, _ = head.decode("ascii").split()
            found[os.fsdecode(path)] = mode, blob
        return found

    def read(self, blobs: list[str]) -> Iterator[bytes]:
        """The contents of *blobs*, in order."""
        if self._reader is None:
            self._reader = BlobReader(str(self.objects), "sha1")
        for content in self._reader.read(blobs):
            if content is None:
                raise PatchError("git lost an object that it has just written")
            yield content

    def line_maps(self, pairs: list[tuple[str, str]]) -> list[LineMap]:
        """What changed from the first to the second blob of each pair, in order."""
        if not pairs:
            return []
        if self._differ is None:
            self._differ = Differ(self._environment, self._folder.name, self.seconds)
        before, after = (self._tree([pair[side] for pair in pairs]) for side in (0, 1))
        return self._differ.compare(before, after, len(pairs))

    def _tree(self, blobs: list[str]) -> str:
        """A tree object whose files are the *blobs*, named by their place."""
        content = b"".join(
            f"100644 {number:08}\0".encode("ascii") + bytes.fromhex(blob)
            for number, blob in enumerate(blobs)
        )
        return self.store("tree", content)


def first_line(stderr: bytes) -> str:
    """What git complained of first, without its prefix."""
    lines = stderr.decode("utf-8", "backslashreplace").strip().splitlines() or ["no reason given"]
    return lines[0].removeprefix("fatal: ").removeprefix("error: ")
