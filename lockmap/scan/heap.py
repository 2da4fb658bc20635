"""Memory that was freed, given back to the system."""

from __future__ import annotations

import contextlib
import ctypes


def give_back() -> None:
    """Give back what was freed, where the C library has a call for it (glibc).

    Of arrays of some megabytes it keeps what was freed for others: a sixth of a gigabyte after
    each stage of the call graph of a kernel, while the next one takes more.
    """
    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
