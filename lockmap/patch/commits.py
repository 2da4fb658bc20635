"""A range of commits as a series: one patch for each, as a maintainer would apply them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lockmap.errors import PatchError
from lockmap.patch.difference import DiffTree
from lockmap.patch.model import Limits, Note, Patch, Series
from lockmap.tree.git import GitSource, open_git
from lockmap.tree.gitrun import error_text, neutral_environment, run_git, run_quietly
from lockmap.tree.selection import load_selection
from lockmap.tree.source import printable

_FORMAT = "--format=%H%n%P%n%an <%ae>%n%s"


def read_range(path: str, span: str, *, limits: Limits | None = None) -> Series:
    """The commits *span* (``base..head``; no head is HEAD) of the repository at *path*.

    They are those from head back along first parents to what base holds: a merge is
    one patch, with all that it brought.  ``Series.base`` is the commit that the
    first of them changes.  The repository is only read; nothing it configures is
    run.  Raises TreeError for an unknown revision, PatchError for an empty range.
    """
    limits = limits or Limits()
    base, head = _ends(path, span)
    with _reading(head) as environment:
        commits = _commits(head, base.revision, environment, limits)
        if not commits:
            raise PatchError(
                f"{printable(span)}: no commit in this range",
                hint="the range BASE..HEAD goes from the older to the newer commit",
            )
        if any(not parents for _, parents, _, _ in commits):
            raise PatchError(f"{printable(span)}: it begins with a first commit, which has no base")
        options = ("-M", f"--relative={head.prefix}") if head.prefix else ("-M",)
        trees = DiffTree(environment, environment["GIT_DIR"], limits.seconds, options)
        try:
            left = limits.input_bytes
            patches: list[Patch] = []
            for number, (commit, parents, author, subject) in enumerate(commits, 1):
                text = _bounded(trees.lines(commit, parents[0]), commit, left, limits)
                left -= len(text)
                patches.append(Patch(number, subject, author, "", text, commit))
        finally:
            trees.close()
    kept = [patch for patch in patches if patch.text]
    empty = [patch for patch in patches if not patch.text]
    notes = tuple(Note("skipped", p.origin[:12], "a commit that changes no file") for p in empty)
    return Series(tuple(kept), commits[0][1][0], notes)


def _ends(path: str, span: str) -> tuple[GitSource, GitSource]:
    base, dots, head = span.partition("..")
    if not dots or not base or head.startswith("."):
        raise PatchError(
            f"{printable(span)}: not a range", hint="give BASE..HEAD, as in v6.12..my-branch"
        )
    selection = load_selection()
    root = os.path.abspath(path)  # noqa: PTH100 (a relative object store hangs on it)
    return open_git(root, base, selection), open_git(root, head or "HEAD", selection)


@contextmanager
def _reading(source: GitSource) -> Iterator[dict[str, str]]:
    """The environment to read the history that *source* is from."""
    with neutral_environment(source.objects, source.object_format) as environment:
        done = run_git(source.root, "rev-parse", "--git-path", "shallow")
        shallow = Path(source.root, os.fsdecode(done.stdout.rstrip(b"\n")))
        if done.returncode == 0 and shallow.is_file():  # where the history was cut off
            shutil.copyfile(shallow, Path(environment["GIT_DIR"], "shallow"))
        yield environment


def _commits(
    head: GitSource, base: str, environment: dict[str, str], limits: Limits
) -> list[tuple[str, list[str], str, str]]:
    """Id, parents, author and subject of each commit, the oldest first."""
    done = run_quietly(
        ["git", "log", "--first-parent", "--reverse", "-z", "--no-color", _FORMAT,
         f"--max-count={limits.patches + 1}", head.revision, f"^{base}", "--"],
        environment,
    )  # fmt: skip
    if done.returncode:
        raise PatchError(f"{head.label}: {printable(error_text(done))}")
    found: list[tuple[str, list[str], str, str]] = []
    for record in done.stdout.decode("utf-8", "replace").split("\0"):
        if record:
            commit, parents, author, subject = ([*record.split("\n"), "", "", ""])[:4]
            found.append((commit, parents.split(), author, subject))
    if len(found) > limits.patches:
        raise PatchError(
            f"more than {limits.patches} commits in this range; not read",
            hint="give a later base",
        )
    return found


def _bounded(lines: Iterator[bytes], commit: str, left: int, limits: Limits) -> bytes:
    parts: list[bytes] = []
    size = 0
    for line in lines:
        size += len(line)
        if size > min(left, limits.patch_bytes):
            raise PatchError(f"commit {commit[:12]}: its diff is too big; not read")
        parts.append(line)
    return b"".join(parts)
