"""Words of interest are found where they stand alone, and nowhere else."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from lockmap.syntax.lex import places
from lockmap.syntax.naming import names_any, where_named

WORDS = frozenset({b"mmap_lock", b"mm", b"vma"})
TEXTS = st.lists(
    st.sampled_from([b"mm", b"vma", b"mmap_lock", b"_", b"x", b"7", b" ", b"->", b"(", b"\n"])
).map(b"".join)


def test_words_are_found_whole_and_in_order() -> None:
    named = where_named(b"mm->mmap_lock; mmap; my_mm; mm", WORDS)
    assert (named.starts, named.words) == ([0, 4, 28], [b"mm", b"mmap_lock", b"mm"])
    assert named.between(1, 28) == [b"mmap_lock"]
    assert named.among(frozenset({b"mm"})).starts == [0, 28]


def test_more_places_than_are_found_in_one_go_are_all_found() -> None:
    named = where_named(b"mm " * 100_000, WORDS)
    assert named.starts == list(range(0, 300_000, 3))


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_both_searches_find_what_a_pattern_with_word_boundaries_finds(text: bytes) -> None:
    for word in WORDS:
        expected = [m.start() for m in re.finditer(rb"(?<!\w)%s(?!\w)" % word, text)]
        assert list(places(text, word)) == expected
        assert where_named(text, frozenset({word})).starts == expected
        assert names_any(text, frozenset({word})) == bool(expected)


def test_a_search_may_be_limited() -> None:
    assert list(places(b"mm mm mm", b"mm", 1, 7)) == [3]
    assert list(places(b"mm", b"")) == []
