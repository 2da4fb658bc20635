"""The C grammar, and a clear word when library and grammar do not fit."""

from __future__ import annotations

from functools import cache

import tree_sitter
import tree_sitter_c

from lockmap.errors import LockmapError


def check_abi(abi: int, oldest: int, newest: int) -> None:
    """Raise LockmapError unless the library (*oldest*..*newest*) reads a grammar of *abi*."""
    if oldest <= abi <= newest:
        return
    raise LockmapError(
        f"the installed tree-sitter reads grammars of ABI {oldest} to {newest}, "
        f"but tree-sitter-c has ABI {abi}",
        hint="pip install 'tree-sitter>=0.25,<0.27' 'tree-sitter-c>=0.23.5,<0.25'",
    )


@cache
def c_language() -> tree_sitter.Language:
    """The C grammar of this process.  Raises LockmapError when it does not fit the library."""
    try:
        language = tree_sitter.Language(tree_sitter_c.language())
    except (ValueError, TypeError) as error:
        raise LockmapError(
            f"tree-sitter cannot load the C grammar: {error}",
            hint="pip install 'tree-sitter>=0.25,<0.27' 'tree-sitter-c>=0.23.5,<0.25'",
        ) from error
    check_abi(
        language.abi_version,
        tree_sitter.MIN_COMPATIBLE_LANGUAGE_VERSION,
        tree_sitter.LANGUAGE_VERSION,
    )
    return language


@cache
def c_parser() -> tree_sitter.Parser:
    """The parser of this process (parsers hold no state between two texts)."""
    return tree_sitter.Parser(c_language())
