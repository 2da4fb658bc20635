"""Examples under a command's help, kept line by line."""

from __future__ import annotations


def examples(*lines: str) -> str:
    """An epilog for ``click.command``: click would fill the lines into one paragraph."""
    # A line with a backspace tells click to leave the paragraph alone.
    return "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines)])
