"""Functions compiled to machine code: for the passes over every byte of a kernel.

They are plain Python over numpy arrays; ``NUMBA_DISABLE_JIT=1`` runs them as such.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

_F = TypeVar("_F", bound=Callable[..., Any])
_HERE = Path(__file__).parent
# Options that numba has and its stubs lack.
_njit: Any = numba.njit
_config: Any = numba.config


def _kept_in() -> Path:
    """Where compiled code is kept: beside Python's own, by the content of all that it may hold.

    numba itself only sees whether a function's own file has changed, not those of the
    functions that were compiled into it.
    """
    digest = blake2b(numba.__version__.encode(), digest_size=8)
    for path in sorted(_HERE.rglob("*.py")):
        digest.update(path.read_bytes())
    return _HERE / "__pycache__" / f"compiled-{digest.hexdigest()}"


# Where this folder cannot be written, numba falls back to one of the user's.
_config.CACHE_DIR = str(_kept_in())


def forget_compiled() -> None:
    """Remove what is kept on disk: it is damaged.  The next call compiles anew."""
    shutil.rmtree(_config.CACHE_DIR, ignore_errors=True)


def compiled(function: _F) -> _F:
    """*function*, compiled at its first call and kept on disk for later processes."""
    return cast(_F, _njit(cache=True, nogil=True)(function))


# Without the reference counts of arrays, which took a third of the time: each call of a
# function counts every array that it is handed.
def lean(function: _F) -> _F:
    """As ``compiled``, for a function that makes no array and returns none."""
    return cast(_F, _njit(cache=True, nogil=True, _nrt=False)(function))


def inlined(function: _F) -> _F:
    """As ``lean``, only to be called by others that are compiled."""
    return cast(
        _F,
        _njit(cache=True, nogil=True, _nrt=False, no_cpython_wrapper=True, no_cfunc_wrapper=True)(
            function
        ),
    )
