"""From what the user names to a tree that can be read, or a message that says why not."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from lockmap.errors import TreeError
from lockmap.tree.folder import FolderSource
from lockmap.tree.git import open_git
from lockmap.tree.selection import Selection, load_selection
from lockmap.tree.source import FileEntry, Source, printable
from lockmap.tree.version import KernelVersion, detect_version


def open_source(tree: str, rev: str | None = None, *, include: tuple[str, ...] = ()) -> Source:
    """The source for *tree*: a folder, or with *rev* a revision of a git repository.

    *include* takes back folders left out by default (``tools``; ``all`` for every
    one).  Any folder that holds at least one C file will do: a part of a kernel is
    a tree too.  Raises TreeError for everything else.
    """
    selection = load_selection().including(include)
    root = _existing_folder(tree)
    if rev is not None:
        source = open_git(root, rev, selection)
        if not source.holds_source():
            raise _no_source(source.label, selection)
        return source
    folder = FolderSource(root, selection)
    if _is_git_dir(root):
        raise TreeError(
            f"{printable(tree)}: a git repository without files checked out",
            hint="name a revision to read from it, as in --rev v6.12 or --rev HEAD",
        )
    if not any(isinstance(item, FileEntry) for item in folder.walk()):
        raise _nothing_found(folder, selection)
    return folder


def source_version(source: Source) -> KernelVersion | None:
    """The version in the top Makefile, or None for a part of a kernel or another project."""
    try:
        return detect_version(source.read)
    except TreeError:
        return None


def _existing_folder(tree: str) -> str:
    """The absolute path of *tree*, once it is known to be a folder that can be entered."""
    if "\0" in tree or not tree:
        raise TreeError("the tree's path is empty or holds a zero byte")
    shown = printable(tree)
    try:
        mode = Path(tree).stat().st_mode
    except OSError as error:
        hint = "`lockmap fetch 6.12` obtains a kernel" if isinstance(
            error, FileNotFoundError) else ""  # fmt: skip
        raise TreeError(f"{shown}: {error.strerror}", hint=hint) from error
    if not stat.S_ISDIR(mode):
        archive = shown.endswith((".tar", ".tar.xz", ".tar.gz", ".tar.bz2", ".tgz"))
        hint = f"unpack it with: lockmap fetch {shown}" if archive else ""
        raise TreeError(f"{shown}: not a folder", hint=hint or "give the top folder of a kernel")
    if not os.access(tree, os.R_OK | os.X_OK):
        raise TreeError(f"{shown}: Permission denied")
    return str(Path(tree).absolute())


def _is_git_dir(root: str) -> bool:
    """A bare repository, or the ``.git`` folder of a work tree."""
    top = Path(root)
    return all((top / part).exists() for part in ("HEAD", "objects", "refs"))


def _nothing_found(folder: FolderSource, selection: Selection) -> TreeError:
    top = Path(folder.root)
    names = sorted(os.listdir(folder.root))  # noqa: PTH208 (names, not paths)
    if not names:
        return TreeError(f"{folder.label}: the folder is empty", hint="give a kernel tree")
    if names == [".git"]:
        return TreeError(
            f"{folder.label}: a git work tree with nothing checked out",
            hint="name a revision to read, as in --rev v6.12 or --rev HEAD",
        )
    packed = [name for name in names if ".tar" in name and (top / name).is_file()]
    if packed:
        return TreeError(
            f"{folder.label}: holds a packed kernel, not an unpacked one",
            hint=f"unpack it with: lockmap fetch {printable(str(top / packed[0]))}",
        )
    return _no_source(folder.label, selection)


def _no_source(label: str, selection: Selection) -> TreeError:
    kinds = " or ".join(selection.suffixes)
    left_out = f" (left out: {', '.join(selection.excluded)})" if selection.excluded else ""
    return TreeError(
        f"{label}: no {kinds} file in it{left_out}",
        hint="give the top folder of a kernel, or a part of one such as mm/",
    )
