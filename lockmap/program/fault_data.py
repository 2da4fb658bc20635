"""What ``queries/faults.toml`` says: calls that take a lock without naming it."""

from __future__ import annotations

from functools import cache
from typing import Literal

import msgspec

from lockmap.data import load_toml, queries_dir
from lockmap.errors import DataError


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One kind of hidden acquisition."""

    lock: str
    """The name of its specification."""
    mode: Literal["read", "write"]
    what: str
    """What takes it, in words."""
    functions: tuple[str, ...]
    """Functions and macros during which it happens."""
    off: tuple[str, ...] = ()
    """Functions after which it does not happen …"""
    on: tuple[str, ...] = ()
    """… until one of these is called."""


class FaultData(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file as a whole."""

    fault: tuple[Fault, ...] = ()

    def of(self, lock: str) -> tuple[Fault, ...]:
        """The hidden acquisitions of *lock*."""
        return tuple(fault for fault in self.fault if fault.lock == lock)


@cache
def load_faults() -> FaultData:
    """``queries/faults.toml``.  Raises DataError when it is not valid."""
    path = queries_dir() / "faults.toml"
    data = load_toml(path, FaultData)
    for number, fault in enumerate(data.fault):
        if not fault.functions:
            raise DataError(f"{path.name}: fault[{number}].functions: none is named")
    return data
