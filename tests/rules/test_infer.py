"""The rules that accesses show."""

from __future__ import annotations

from collections import Counter

import pytest

from lockmap.locks.held import Held, held_in, joined
from lockmap.rules.infer import infer, only_new
from lockmap.rules.thresholds import Thresholds

LOCKS = ("big", "small")
THRESHOLDS = Thresholds(share=0.9, fewest=3, told=0.5)
_WORDS: dict[str, Held] = {
    "-": "none",
    "R": "read",
    "W": "write",
    "E": "either",
    "?": "unknown",
}


def locks(text: str) -> list[tuple[Held, ...]]:
    """``9*RW 1*--``: nine accesses with big held for reading and small for writing, one bare."""
    found: list[tuple[Held, ...]] = []
    for word in text.split():
        times, _, held = word.rpartition("*")
        found += [tuple(_WORDS[c] for c in held)] * int(times or 1)
    return found


@pytest.mark.parametrize(
    ("accesses", "rule", "support"),
    [
        ("9*W- 9*W-", "big write", "18/18 of 18"),
        ("10*R-", "big read", "10/10 of 10"),
        ("5*R- 5*W-", "big either", "10/10 of 10"),
        ("5*R- 5*E-", "big either", "10/10 of 10"),
        ("9*W- 1*R-", "big write", "9/10 of 10"),
        ("8*W- 2*--", "unclear", "0/10 of 10"),
        ("10*WW", "big write + small write", "10/10 of 10"),
        ("10*RW", "big read + small write", "10/10 of 10"),
        ("10*--", "none", "10/10 of 10"),
        ("9*-- 1*W-", "none", "9/10 of 10"),
        ("6*W- 6*-W", "big write or small write", "12/12 of 12"),
        ("6*R- 6*-R", "big read or small read", "12/12 of 12"),
        ("6*R- 3*-R 3*WW", "big either or small either", "12/12 of 12"),
        ("18*R- 2*-R", "big read", "18/20 of 20"),
        ("54*R- 6*-R", "big read", "54/60 of 60"),
        ("53*R- 7*-R", "big read or small read", "60/60 of 60"),
        ("91*R- 7*-R 2*RR", "big read", "93/100 of 100"),
        ("88*R- 4*-R 8*RR", "big read or small read", "100/100 of 100"),
        ("88*R- 8*RR 4*--", "big read", "96/100 of 100"),
        ("5*W- 5*?-", "big write", "5/5 of 10"),
        ("4*W- 6*?-", "unclear", "0/4 of 10"),
        ("2*W-", "unclear", "0/2 of 2"),
        ("", "unclear", "0/0 of 0"),
        ("9*W? 1*--", "big write", "9/10 of 10"),
        ("18*W- 2*WW", "big write", "20/20 of 20"),
    ],
)
def test_the_rule_is_the_strictest_that_nearly_all_follow(
    accesses: str, rule: str, support: str
) -> None:
    found = infer(Counter(locks(accesses)), len(LOCKS), THRESHOLDS)
    assert found.text(LOCKS) == rule
    assert f"{found.follow:g}/{found.told:g} of {found.total:g}" == support


@pytest.mark.parametrize(
    ("accesses", "rule", "support"),
    [
        ("99*R- -R --", "big read or small read", "100/101 of 101"),
        ("99*R- RR --", "big read", "100/101 of 101"),
        ("99*R- ?R --", "big read", "99/100 of 101"),
        ("99*W- -R", "big write", "99/100 of 100"),
        ("99*-R R-", "small read", "99/100 of 100"),
        ("99*-- -R", "none", "99/100 of 100"),
    ],
)
def test_a_lock_made_to_relieve_another_will_do_where_one_access_holds_it_instead(
    accesses: str, rule: str, support: str
) -> None:
    found = infer(Counter(locks(accesses)), len(LOCKS), THRESHOLDS, instead=[(1, 0)])
    assert found.text(LOCKS) == rule
    assert f"{found.follow:g}/{found.told:g} of {found.total:g}" == support


@pytest.mark.parametrize(
    ("accesses", "broken"),
    [
        ("20*W- R- -- ?-", "R- -- "),
        ("20*R- W- -- E-", "--"),
        ("20*WW W- -W", "W- -W"),
        ("10*W- 10*-W -- ?- ?W", "--"),
        ("20*-- W-", ""),
        ("5*W- 5*--", ""),
    ],
)
def test_what_is_known_to_break_it(accesses: str, broken: str) -> None:
    found = infer(Counter(locks(accesses)), len(LOCKS), THRESHOLDS)
    assert [a for a in locks(accesses) if found.broken_by(a)] == locks(broken)


@pytest.mark.parametrize(
    ("state", "caller", "held"),
    [
        ("R", "none", "read"),
        ("W", "unknown", "write"),
        ("R/W", "none", "either"),
        ("H", "none", "either"),
        ("-", "write", "none"),
        ("c", "write", "write"),
        ("c", "unknown", "unknown"),
        ("-?", "none", "none"),
        ("-?", "write", "unknown"),
        ("R?", "none", "unknown"),
        ("x", "write", "unknown"),
    ],
)
def test_line_states_in_one_word(state: str, caller: Held, held: Held) -> None:
    assert held_in(state, caller) == held


def test_an_access_may_count_in_parts() -> None:
    found = infer({("write", "none"): 2.75, ("none", "none"): 0.25}, len(LOCKS), THRESHOLDS)
    assert (found.text(LOCKS), found.follow, found.told) == ("big write", 2.75, 3.0)


@pytest.mark.parametrize(
    ("new", "shared", "rule"), [(4, 0, "init only"), (9, 1, "init only"), (2, 0, ""), (4, 4, "")]
)
def test_a_field_that_is_written_only_in_new_objects(new: int, shared: int, rule: str) -> None:
    found = only_new(new, shared, THRESHOLDS)
    assert (found.text(LOCKS) if found else "") == rule


def test_ways_that_meet() -> None:
    assert joined(["read", "read"]) == "read"
    assert joined(["read", "write"]) == "either"
    assert joined(["read", "none"]) == "unknown"
    assert joined([]) == "unknown"
