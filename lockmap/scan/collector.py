"""The cycle collector, told that there is little for it to find."""

from __future__ import annotations

import gc


def rarely_collect() -> None:
    """Let the cycle collector run seldom.

    Facts are many small objects without cycles; looking for some takes much of the time.
    """
    gc.set_threshold(500_000, 50, 50)
