"""The text of a requirement, and when it is met."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockmap.documented.needs import Need, Needs, parse_needs

_NEED = st.builds(
    Need, st.sampled_from(["mmap_lock", "vma_lock"]), st.sampled_from(["read", "write", "either"])
) | st.builds(Need, st.sampled_from(["[page_table_lock]", "[a b]"]), st.just("either"))
_GROUP = st.lists(_NEED, min_size=1, max_size=3, unique=True).map(tuple)
_CASE = st.lists(_GROUP, min_size=1, max_size=3).map(tuple)
_NEEDS = st.lists(_CASE, min_size=1, max_size=3).map(lambda cases: Needs(tuple(cases)))


@given(_NEEDS)
def test_the_text_of_a_requirement_is_that_requirement(needs: Needs) -> None:
    assert parse_needs(needs.text) == needs


@pytest.mark.parametrize("text", ["init only", "never", "left to others", "none", ""])
def test_words_that_are_no_locks(text: str) -> None:
    assert parse_needs(text).text == text


@pytest.mark.parametrize("text", ["mmap_lock", "mmap_lock held", "a write + b", "(a write"])
def test_what_is_no_requirement_is_refused(text: str) -> None:
    if text == "(a write":
        assert parse_needs(text).text == "a write"
    else:
        with pytest.raises(ValueError, match="not a lock"):
            parse_needs(text)


@pytest.mark.parametrize(
    ("text", "mmap", "vma", "met"),
    [
        ("mmap_lock write", "write", "unknown", True),
        ("mmap_lock write", "read", "unknown", False),
        ("mmap_lock write", "either", "none", None),
        ("mmap_lock read", "either", "none", True),
        ("mmap_lock none", "read", "none", False),
        ("mmap_lock write + vma_lock write", "read", "unknown", False),
        ("mmap_lock write + vma_lock write", "write", "unknown", None),
        ("(mmap_lock read | vma_lock read)", "none", "read", True),
        ("(mmap_lock read | vma_lock read)", "none", "unknown", None),
        ("mmap_lock read or mmap_lock none", "none", "none", True),
        ("mmap_lock read + [page_table_lock]", "read", "none", True),
    ],
)
def test_when_it_is_met(text: str, mmap: str, vma: str, met: bool | None) -> None:
    held = {"mmap_lock": mmap, "vma_lock": vma}
    assert parse_needs(text).met(held) is met  # type: ignore[arg-type]
