"""Check a site as a reader would by hand: every link leads somewhere, nothing comes from afar.

Also a program: ``python tests/website/check_links.py DIR`` for a site of any size.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urlsplit

_ID = re.compile(r'\bid="([^"]*)"')
_LINK = re.compile(
    r"<(?P<tag>[a-zA-Z]+)\b[^>]*?\s(?P<name>href|src|action|data)=\"(?P<url>[^\"]*)\""
)
_REMOTE = re.compile(r"url\(\s*['\"]?(?:https?:)?//|@import\s+(?:url\()?['\"]?(?:https?:)?//")
_FOLLOWED = frozenset({"a", "use", "form"})
"""Elements whose address is only fetched when somebody asks for it."""
LARGEST = 1_000_000
"""Bytes of a page."""


def problems(site: Path) -> Iterator[str]:
    """What is wrong, in words."""
    pages = {path.relative_to(site).as_posix(): path for path in site.rglob("*.html")}
    ids = {name: _ids(path) for name, path in pages.items()}
    existing = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    folded = {}
    for name in sorted(existing):
        if name.lower() in folded:
            yield f"{name}: the same as {folded[name.lower()]} where case does not count"
        folded[name.lower()] = name
    for name, path in sorted(pages.items()):
        text = path.read_text(encoding="utf-8")
        if path.stat().st_size > LARGEST:
            yield f"{name}: {path.stat().st_size:,} bytes"
        for tag, url in _links(text):
            yield from _wrong(name, tag, url, ids, existing)
        if _REMOTE.search(text):
            yield f"{name}: a style loads something from elsewhere"
    for path in sorted(site.rglob("*.css")):
        if _REMOTE.search(path.read_text(encoding="utf-8")):
            yield f"{path.relative_to(site)}: loads something from elsewhere"


def _ids(path: Path) -> frozenset[str]:
    return frozenset(map(unescape, _ID.findall(path.read_text(encoding="utf-8"))))


def _links(text: str) -> Iterator[tuple[str, str]]:
    for match in _LINK.finditer(text):
        yield match["tag"].lower(), unescape(match["url"])


def _wrong(
    page: str, tag: str, url: str, ids: dict[str, frozenset[str]], existing: set[str]
) -> Iterator[str]:
    parts = urlsplit(url)
    if parts.scheme or parts.netloc:
        if tag not in _FOLLOWED or parts.scheme not in {"http", "https"}:
            yield f"{page}: <{tag}> loads {url}"
        return
    target = page if not parts.path else _joined(page, unquote(parts.path))
    if target not in existing:
        yield f"{page}: <{tag}> leads to {url}, which is not there"
    elif parts.fragment and target in ids and unquote(parts.fragment) not in ids[target]:
        yield f"{page}: <{tag}> leads to {url}, and there is no such place"


def _joined(page: str, path: str) -> str:
    parts = page.split("/")[:-1]
    for part in path.split("/"):
        if part == "..":
            if not parts:
                return "../outside"
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


if __name__ == "__main__":
    found = list(problems(Path(sys.argv[1])))
    sys.stdout.write("\n".join([*found[:50], f"{len(found)} problems\n"]))
    sys.exit(bool(found))
