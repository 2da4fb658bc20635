"""lockmap: what one kernel lock really protects, who depends on it, and what can go."""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """``lockmap.open_map``, loaded when it is asked for: commands do without it."""
    if name == "open_map":
        return import_module("lockmap.api").open_map
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
