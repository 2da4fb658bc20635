"""The folder of a site: ours or empty, and replaced as a whole."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lockmap.errors import LockmapError
from lockmap.escape import visible

MARK = ".lockmap-site"
"""A file that says that a folder is ours."""
_MARK_TEXT = "lockmap docs writes this folder: source/ and html/ in it are replaced.\n"
SOURCE, HTML = "source", "html"


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where a build writes; nothing of an older one is there."""

    source: Path
    html: Path
    doctrees: Path


@contextmanager
def site_folder(folder: Path) -> Iterator[Workplace]:
    """Places to build in; what is there in the end takes the place of an older site.

    An older site stays as it is if the body raises.  Raises ``LockmapError`` for a folder that
    holds something else, or cannot be written.
    """
    try:
        _claim(folder)
        work = folder / ".new"
        _remove(work)
        work.mkdir()
    except OSError as error:
        raise LockmapError(
            f"cannot write {visible(str(folder))}: {error.strerror}", "name another --output"
        ) from error
    places = Workplace(work / SOURCE, work / HTML, work / "doctrees")
    try:
        places.source.mkdir()
        yield places
        for name in (SOURCE, HTML):
            _remove(folder / name)
            (work / name).replace(folder / name)
    except OSError as error:
        raise LockmapError(
            f"cannot write {visible(str(error.filename or folder))}: {error.strerror}",
            "name another --output",
        ) from error
    finally:
        _remove(work)


def _claim(folder: Path) -> None:
    """Make it, or see that it is ours."""
    if folder.is_dir():
        if not (folder / MARK).is_file() and any(folder.iterdir()):
            raise LockmapError(
                f"{visible(str(folder))} is not empty, and no site of lockmap",
                "name a new folder, or an empty one",
            )
    elif folder.exists() or folder.is_symlink():
        raise LockmapError(f"{visible(str(folder))} is no folder", "name a new one")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_text(_MARK_TEXT, encoding="utf-8")


def _remove(path: Path) -> None:
    """A folder with all in it; of a link, only the link."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.is_dir():
        shutil.rmtree(path)
