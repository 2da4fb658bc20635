"""Where the data files that ship with lockmap lie, and how they are read.

``queries/`` stands at the top of the repository and inside the wheel as
``lockmap/queries``; both layouts are found here and nowhere else.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TypeVar

import msgspec

from lockmap.errors import DataError

T = TypeVar("T")

_PACKAGE = Path(__file__).resolve().parent


def queries_dir() -> Path:
    """The folder of ``.scm`` and ``.toml`` files: in the wheel, else in the checkout."""
    for folder in (_PACKAGE / "queries", _PACKAGE.parent / "queries"):
        if folder.is_dir():
            return folder
    raise DataError(
        f"the data files of lockmap are missing: no queries/ beside {_PACKAGE}",
        hint="reinstall lockmap; the wheel ships them as lockmap/queries",
    )


def mini_dir() -> Path | None:
    """The miniature kernel: in the wheel, else in the checkout; None where it was removed."""
    for folder in (_PACKAGE / "mini", _PACKAGE.parent / "kernel_src" / "mini"):
        if folder.is_dir():
            return folder
    return None


def load_toml(path: Path, schema: type[T]) -> T:
    """Read one data file into *schema*.

    Raises DataError naming the file and the key (``$.api[3].op``) when the text
    is no TOML or does not fit the schema.
    """
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), schema)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 at byte {error.start}") from error
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"{path}: not valid TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise DataError(
            f"{path}: {error}", hint="docs/reference/queries.md has the keys"
        ) from error
