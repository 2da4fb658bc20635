"""Why a patch does not apply: which hunk, at which line, and what the file has instead."""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from lockmap.errors import PatchError
from lockmap.patch.base import Base
from lockmap.patch.scratch import Scratch, first_line
from lockmap.patch.sections import Hunk, Section
from lockmap.tree.source import printable

_FAILED = re.compile(rb"error: patch failed: (.*):(\d+)")
_AT_LINE = re.compile(r" (?:at line \d+|\(line \d+\))$")
_COMMON = 50
"""A line that a file has more often tells nothing about the place."""
_SHOWN = 60


class DoesNotApply(PatchError):  # noqa: N818 (what the message begins with)
    """A sound patch that does not fit the tree.

    *path* is the file (printable), *hunk* counts from 1 in it, *line* is where in
    the file it should apply; both 0 when it is about the file as a whole.
    """

    def __init__(
        self, message: str, hint: str = "", path: str = "", hunk: int = 0, line: int = 0
    ) -> None:
        super().__init__(message, hint)
        self.path = path
        self.hunk = hunk
        self.line = line


def why_not(
    scratch: Scratch,
    base: Base,
    diff: bytes,
    text: bytes,
    sections: Sequence[Section],
    entries: Mapping[str, tuple[str, str]],
    strip: int,
) -> PatchError:
    """The error for a *diff* that git has refused; *text* is what *sections* point into."""
    check = ("apply", "--cached", "--check", f"-p{strip}")
    if scratch.git(*check, "-R", "-", text=diff).returncode == 0:
        return DoesNotApply(
            "already applied: the tree has these changes", hint="leave it out, or take another base"
        )
    wrong = _whole_files(base, sections, entries, strip)
    if wrong is not None:
        return wrong
    # Without --verbose git prints no text of the patch among its errors.
    stderr = scratch.git(*check, "-", text=diff).stderr
    failed = [(found[1], int(found[2])) for found in _FAILED.finditer(stderr)]
    for name, line in failed:
        for section in sections:
            old = section.old_path(strip)
            if os.fsencode(old) not in (name, name.strip(b'"')) and len(sections) > 1:
                continue
            for number, hunk in enumerate(section.hunks, 1):
                if hunk.old == line and old in entries:
                    [content] = scratch.read([entries[old][1]])
                    return _misfit(content, text, section, number, len(failed) - 1, strip)
    # Lines are those of what git was given, which is not the whole text.
    reason = _AT_LINE.sub("", printable(first_line(stderr)))
    return PatchError(f"git refuses it: {reason}")


def _whole_files(
    base: Base, sections: Sequence[Section], entries: Mapping[str, object], strip: int
) -> DoesNotApply | None:
    """A file that should be there and is not, or the other way round."""
    made = {section.new_path(strip) for section in sections if section.made or section.moves}
    for section in sections:
        old, new = section.old_path(strip), section.new_path(strip)
        if section.made and new in entries:
            path = printable(new)
            return DoesNotApply(f"{path} is to be made new, but the tree has it", path=path)
        if section.made or old in entries or old in made:
            continue
        path = printable(old) or section.shown(strip)
        other = _other_strip(base, sections, strip)
        if other is not None:
            return DoesNotApply(
                f"{path} is not in the tree, but with -p{other} instead of -p{strip} "
                "every file that it names is there",
                hint=f"apply it with -p{other}",
                path=path,
            )
        reason = base.absent.get(old, "")
        said = f" ({reason})" if reason and "o such file" not in reason else ""
        return DoesNotApply(
            f"{path} is not in the tree{said}",
            hint="is it a patch for this tree, and are those before it applied?",
            path=path,
        )
    return None


def _other_strip(base: Base, sections: Sequence[Section], strip: int) -> int | None:
    for level in range(4):
        if level == strip:
            continue
        olds = {section.old_path(level) for section in sections if not section.made}
        if olds and all(old and base.has(old) for old in sorted(olds)[:20]):
            return level
    return None


def _misfit(
    content: bytes, text: bytes, section: Section, number: int, more: int, strip: int
) -> DoesNotApply:
    """The error for a hunk whose lines are not where they should be."""
    hunk = section.hunks[number - 1]
    path = printable(section.old_path(strip))
    wanted = hunk.old_lines(text)
    there = _lines(content)
    message = f"hunk {number} of {path} at line {hunk.old}: the context is not there"
    message += f"; {_difference(there, wanted, hunk)}"
    if more:
        message += f" ({more} more file{'' if more == 1 else 's'} of it do not apply either)"
    return DoesNotApply(
        message,
        hint="is it a patch for this tree, and are those before it applied?",
        path=path,
        hunk=number,
        line=hunk.old,
    )


def _lines(content: bytes) -> list[bytes]:
    """The lines with their ends; a carriage return alone ends none."""
    parts = content.split(b"\n")
    ended = [part + b"\n" for part in parts[:-1]]
    return [*ended, parts[-1]] if parts[-1] else ended


def _difference(there: Sequence[bytes], wanted: Sequence[bytes], hunk: Hunk) -> str:
    """What the file has instead of the *wanted* lines, where most of them are."""
    start = _likely_start(there, wanted, hunk.old - 1)
    for at, line in enumerate(wanted):
        if start + at >= len(there):
            return f"the file ends at line {len(there)}, before `{_show(line)}`"
        found = there[start + at]
        if found == line:
            continue
        where = f"the file begins to differ at line {start + at + 1}"
        if found.rstrip(b"\r\n") == line.rstrip(b"\r\n"):
            if found.endswith(b"\r\n") != line.endswith(b"\r\n"):
                ends = "CRLF and the patch in LF" if b"\r" in found else "LF and the patch in CRLF"
                return f"{where}: its lines end in {ends}"
            return f"{where}: only one of both has a newline at the end"
        if found.split() == line.split():
            return f"{where}, in white space only: `{_show(found)}`"
        return f"{where}: it has `{_show(found)}`, the patch expects `{_show(line)}`"
    return f"the lines are at line {start + 1}, but other hunks or the end of the file forbid it"


def _likely_start(there: Sequence[bytes], wanted: Sequence[bytes], expected: int) -> int:
    """The line (from 0) at which most of *wanted* fits, the nearest to *expected*."""
    places: defaultdict[bytes, list[int]] = defaultdict(list)
    for at, line in enumerate(there):
        places[line].append(at)
    votes: Counter[int] = Counter()
    for at, line in enumerate(wanted):
        if line.strip() and len(places.get(line, ())) <= _COMMON:
            votes.update(place - at for place in places.get(line, ()) if place >= at)
    if not votes:
        return expected if 0 <= expected < len(there) else 0
    return max(votes, key=lambda start: (votes[start], -abs(start - expected)))


def _show(line: bytes) -> str:
    text = line.rstrip(b"\r\n").decode("utf-8", "surrogateescape").expandtabs()
    text = printable(text.strip())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
