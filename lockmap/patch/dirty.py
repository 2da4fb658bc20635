"""What a work tree has that its HEAD has not, as one patch."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from pathlib import Path

from lockmap.errors import PatchError
from lockmap.patch.difference import PLAIN
from lockmap.patch.model import Limits, Note, Patch, Series
from lockmap.tree.git import GitSource, open_git
from lockmap.tree.gitrun import neutral_environment, run_git
from lockmap.tree.selection import load_selection
from lockmap.tree.source import printable

_HARMLESS = ("core.autocrlf", "core.eol", "core.fileMode", "core.symlinks", "core.ignoreCase")
"""Settings of the repository that say how its files are written; none names a program."""

_NAMED = 3


def read_dirty(path: str, *, limits: Limits | None = None) -> Series:
    """The changes of the work tree at *path* against its HEAD, staged or not.

    ``Series.base`` is the commit of HEAD.  New files that git does not track are
    not part of it, and told.  The repository is only read: git works on a copy of
    its index, and nothing it configures is run.  Raises PatchError when there is no
    work tree or no change in it, TreeError when it is no repository.
    """
    limits = limits or Limits()
    root = os.path.abspath(path)  # noqa: PTH100 (a relative object store hangs on it)
    head = open_git(root, "HEAD", load_selection())
    top = _ask(root, "rev-parse", "--show-toplevel")
    index = _ask(root, "rev-parse", "--git-path", "index")
    if not top or not index:
        raise PatchError(
            f"{printable(path)}: a repository without a work tree",
            hint="give a range of commits: --range BASE..HEAD",
        )
    with neutral_environment(head.objects, head.object_format) as environment:
        _copy_index(Path(root, index), Path(environment["GIT_DIR"]))
        environment |= {"GIT_WORK_TREE": top}
        settings = [
            part
            for name in _HARMLESS
            if (value := _ask(root, "config", "--get", name))
            for part in ("-c", f"{name}={value}")
        ]
        text = _output(
            ["git", *settings, "diff", "-M", "--relative", "--ignore-submodules=all", *PLAIN,
             head.revision, "--"], root, environment, limits,
        )  # fmt: skip
        notes = _untracked(root, environment, head, limits)
    if not text:
        raise PatchError(
            f"{printable(path)}: no change against HEAD"
            + (f"; {notes[0].message}" if notes else "")
        )
    patch = Patch(1, "changes that are not committed", "", "", text, printable(path))
    return Series((patch,), head.revision, notes)


def _copy_index(index: Path, folder: Path) -> None:
    """A copy for git to refresh; with its time, by which git knows what it must look at."""
    try:
        shutil.copy2(index, folder / "index")
        for shared in index.parent.glob("sharedindex.*"):  # the main part of a split index
            shutil.copy2(shared, folder / shared.name)
    except FileNotFoundError as error:
        raise PatchError(f"{printable(str(index))}: no index: nothing is checked out") from error
    except OSError as error:
        raise PatchError(f"{printable(str(index))}: {error.strerror}") from error


def _untracked(
    root: str, environment: dict[str, str], head: GitSource, limits: Limits
) -> tuple[Note, ...]:
    excluded = Path(root, _ask(root, "rev-parse", "--git-path", "info/exclude"))
    more = [f"--exclude-from={excluded}"] if excluded.is_file() else []
    listed = _output(
        ["git", "ls-files", "--others", "--exclude-standard", "-z", *more],
        root, environment, limits,
    )  # fmt: skip
    paths = [os.fsdecode(name) for name in listed.split(b"\0")[:-1]]
    taken = [path for path in paths if head.selection.takes_path(path)]
    if not taken:
        return ()
    shown = ", ".join(printable(path) for path in taken[:_NAMED])
    message = (
        f"{len(taken)} new files that git does not track are not looked at ({shown}"
        + (", ..." if len(taken) > _NAMED else "")
        + "); `git add -N` makes them part of the change"
    )
    return (Note("untracked", "", message),)


def _ask(root: str, *arguments: str) -> str:
    """The first line that git answers in the user's repository; empty when it refuses."""
    done = run_git(root, *arguments)
    return os.fsdecode(done.stdout).partition("\n")[0] if done.returncode == 0 else ""


def _output(command: list[str], root: str, environment: dict[str, str], limits: Limits) -> bytes:
    """What git prints, bounded in size and time."""
    with subprocess.Popen(
        command,
        cwd=root,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdout is not None
        watch = threading.Timer(limits.seconds, process.kill)
        watch.start()
        try:
            text = process.stdout.read(limits.patch_bytes + 1)
            if len(text) > limits.patch_bytes:
                process.kill()
                raise PatchError(f"the changes have over {limits.patch_bytes} bytes; not read")
            if process.wait():
                raise PatchError(f"{printable(root)}: git cannot tell what has changed")
        finally:
            watch.cancel()
    return text
