"""Patches applied in memory, one on top of the other, by git."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lockmap.errors import PatchError
from lockmap.patch.base import Base
from lockmap.patch.explain import why_not
from lockmap.patch.model import Applied, Limits, Note, Patch
from lockmap.patch.overlay import Patched
from lockmap.patch.scratch import FILE_MODES, Scratch
from lockmap.patch.sections import Section, read_sections, without_context
from lockmap.tree.source import Source, printable

_OFFSET = re.compile(r"Hunk #(\d+) succeeded at (\d+) \(offset (-?\d+) lines?\)")
_REDUCED = re.compile(r"Context reduced to \((\d+)/(\d+)\) to apply fragment at (\d+)")

_Entries = dict[str, tuple[str, str]]


class Applier:
    """A tree to apply patches to, and what they have made of it so far.

    A context manager: it holds a temporary folder and two processes.  *strip* is
    the number of leading folders to take off the names, as in ``git apply -p``.
    """

    def __init__(self, source: Source, *, strip: int = 1, limits: Limits | None = None) -> None:
        self.source = source
        self.strip = strip
        self.limits = limits or Limits()
        self._base = Base(source, self.limits)
        self._scratch = Scratch(self.limits.seconds)
        self._entries: _Entries = {}
        self._files: dict[str, bytes | None] = {}

    def __enter__(self) -> Applier:
        return self

    def __exit__(self, *_: object) -> None:
        self._scratch.close()

    def tree(self) -> Patched:
        """The tree with all patches so far."""
        return Patched(self.source, dict(self._files))

    def apply(self, patch: Patch) -> Applied:
        """Apply one patch to what the ones before it left.

        Raises PatchError (DoesNotApply when it is sound but does not fit); then the
        tree is as it was before.
        """
        if len(patch.text) > self.limits.patch_bytes:
            raise PatchError(
                f"{patch.title}: {len(patch.text)} bytes; "
                f"patches over {self.limits.patch_bytes} bytes are not read"
            )
        text = patch.text if patch.text.endswith(b"\n") else patch.text + b"\n"
        try:
            return self._apply(patch, text)
        except PatchError as error:
            error.args = (f"{patch.title}: {error}",)
            raise

    def _apply(self, patch: Patch, text: bytes) -> Applied:
        sections = read_sections(text, self.limits)
        if not sections:
            raise PatchError("no diff in it", hint="a diff begins with `diff --git` or `---`")
        self._bring_in(sections)
        kept, notes = self._usable(sections)
        if not kept:
            return Applied(patch, {}, {}, {}, {}, tuple(notes))
        # The empty line keeps git from reading a header on into the next section.
        diff = b"\n".join(text[section.start : section.end] for section in kept)
        notes += self._run(diff, text, kept)
        before, self._entries = self._entries, self._scratch.entries()
        return self._result(patch, before, kept, notes)

    def _bring_in(self, sections: Iterable[Section]) -> None:
        """Put the files that the patch names, and that are not there yet, into the index."""
        paths = {path for section in sections for path in section.paths(self.strip)}
        files = self._base.fetch(sorted(paths))
        if files:
            self._entries = self._entries | self._scratch.put(files, FILE_MODES[0])
        self._base.settle(paths, files)

    def _usable(self, sections: Iterable[Section]) -> tuple[list[Section], list[Note]]:
        """The sections that git is to see, and a note about each other one."""
        kept: list[Section] = []
        notes: list[Note] = []
        for section in sections:
            path = section.shown(self.strip)
            refused = next(
                (
                    self._base.refused[path]
                    for path in sorted(section.paths(self.strip))
                    if path in self._base.refused
                ),
                "",
            )
            if section.kind == "binary":
                notes.append(Note("binary", path, "a binary change; left out"))
            elif section.kind == "symlink":
                notes.append(Note("symlink", path, "a symbolic link; neither made nor followed"))
            elif section.kind == "submodule":
                notes.append(Note("submodule", path, "a submodule, not a file; left out"))
            elif refused:
                notes.append(Note("unread", path, f"{refused}; the change of it is left out"))
            else:
                kept.append(section)
        return kept, notes

    def _run(self, diff: bytes, text: bytes, sections: list[Section]) -> list[Note]:
        """Apply *diff* to the index: exactly, else with less context.  Notes what git did."""
        numbered = without_context(sections)
        for flags in ((), ("--unidiff-zero",) if numbered else ("-C1",)):
            done = self._scratch.git(
                "apply", "--cached", "--verbose", f"-p{self.strip}", *flags, "-", text=diff
            )
            if done.returncode == 0:
                notes = list(_told(done.stderr, sections, self.strip))
                if "--unidiff-zero" in flags:
                    message = "the patch has no context: applied at the lines it names"
                    notes.append(Note("no-context", "", message))
                return notes
        raise why_not(self._scratch, self._base, diff, text, sections, self._entries, self.strip)

    def _result(
        self, patch: Patch, before: _Entries, sections: list[Section], notes: list[Note]
    ) -> Applied:
        after = self._entries
        touched = sorted(
            path for path in before.keys() | after.keys() if before.get(path) != after.get(path)
        )
        moved = _moves(sections, before, after, self.strip)
        changed: list[str] = []
        for path in touched:
            mode, old, new = after.get(path, ("",))[0], before.get(path), after.get(path)
            if mode and mode not in FILE_MODES:
                raise PatchError(f"{printable(path)}: git made something that is no file")
            if old and new and old[0] != new[0]:
                notes.append(Note("mode", printable(path), f"the mode is {mode[3:]} now"))
            if not (old and new and old[1] == new[1]):
                changed.append(path)
        empty = self._scratch.store("blob", b"")
        pairs = [
            (
                before.get(moved.get(path, ("", path))[1], ("", empty))[1],
                after.get(path, ("", empty))[1],
            )
            for path in changed
        ]
        maps = dict(zip(changed, self._scratch.line_maps(pairs), strict=True))
        there = [path for path in changed if path in after]
        contents = self._scratch.read([after[path][1] for path in there])
        files: dict[str, bytes | None] = dict.fromkeys(changed)
        files.update(zip(there, contents, strict=True))
        self._files.update(files)
        return Applied(
            patch,
            files,
            {new: old for new, (kind, old) in moved.items() if kind == "rename"},
            {new: old for new, (kind, old) in moved.items() if kind == "copy"},
            maps,
            tuple(notes),
        )


def apply_all(
    source: Source, patches: Iterable[Patch], *, strip: int = 1, limits: Limits | None = None
) -> Iterator[Applied]:
    """Each of *patches* on top of those before it.  Raises as ``Applier.apply``."""
    with Applier(source, strip=strip, limits=limits) as applier:
        for patch in patches:
            yield applier.apply(patch)


def _moves(
    sections: Iterable[Section], before: _Entries, after: _Entries, strip: int
) -> dict[str, tuple[str, str]]:
    """New path -> (``rename`` or ``copy``, old path), each old path one of *before*."""
    found: dict[str, tuple[str, str]] = {}
    for section in sections:
        if section.moves:
            kind = "rename" if b"rename to " in section.moves else "copy"
            old, new = section.old_path(strip), section.new_path(strip)
            if old not in before and old in found:  # moved twice by the same text
                kind, old = found[old]
            if old in before and new in after:
                found[new] = kind, old
    return found


def _told(stderr: bytes, sections: list[Section], strip: int) -> Iterator[Note]:
    """What git said of hunks that it did not find where they should be."""
    at = -1
    pending: Note | None = None
    for line in stderr.decode("utf-8", "replace").splitlines():
        reduced = _REDUCED.match(line)
        if pending is not None and reduced is None:
            yield pending
        if line.startswith("Checking patch "):
            at += 1
        elif not 0 <= at < len(sections):
            continue
        elif found := _OFFSET.match(line):
            message = f"applied at line {found[2]}, {found[3]} lines from where it says"
            pending = Note("offset", sections[at].shown(strip), message, int(found[1]))
            continue
        elif reduced is not None:
            # The offset that git told before counts the lines it left out: not said.
            number = pending.hunk if pending else _nearest(sections[at], int(reduced[3]))
            message = (
                f"applied at line {reduced[3]} with only {reduced[1]} lines of context before "
                f"and {reduced[2]} after"
            )
            yield Note("fuzz", sections[at].shown(strip), message, number)
        pending = None
    if pending is not None:
        yield pending


def _nearest(section: Section, line: int) -> int:
    """The number of the hunk that begins nearest to *line* of the new file."""
    order = range(len(section.hunks))
    return min(order, key=lambda at: abs(section.hunks[at].new - line), default=-1) + 1
