"""Text of a scanned tree as HTML that shows just this text."""

from __future__ import annotations

from markupsafe import Markup, escape

from lockmap.escape import visible


def safe(text: str) -> Markup:
    """As HTML that shows just this."""
    return escape(visible(text))


def escaped(html: str) -> Markup:
    """HTML of ours whose every part is escaped; ``Markup.format`` takes ten times as long."""
    return Markup(html)  # noqa: S704 (what this function is for)


def breakable(text: str) -> Markup:
    """As HTML, with places where a narrow screen may break a path or a long name."""
    return escaped(str(safe(text)).replace("/", "/<wbr>").replace("_", "_<wbr>"))
