"""What facts depend on besides the text they are of."""

from __future__ import annotations

from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version

from lockmap import __version__
from lockmap.data import queries_dir


def fingerprint() -> bytes:
    """Changes with lockmap, its data files and the grammar.

    Facts of another fingerprint are never used.
    """
    digest = blake2b(digest_size=16)
    digest.update(__version__.encode())
    for package in ("tree-sitter", "tree-sitter-c"):
        try:
            digest.update(f"{package}={version(package)}\n".encode())
        except PackageNotFoundError:
            digest.update(package.encode())
    folder = queries_dir()
    code = folder.parent / "lockmap" if (folder.parent / "lockmap").is_dir() else folder.parent
    for path in sorted([*folder.rglob("*.*"), *code.rglob("*.py")]):
        if path.suffix in {".toml", ".scm", ".py"}:
            data = path.read_bytes()
            digest.update(f"{path.name} {len(data)}\n".encode())
            digest.update(data)
    return digest.digest()
