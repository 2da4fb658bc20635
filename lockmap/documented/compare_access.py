"""Rules about members, beside the accesses of them and the rule that these show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lockmap.documented.agreement import Agreement, Aspect, Site, Verdict, first_sites, held_text
from lockmap.documented.needs import INIT_ONLY, LEFT, NEVER, NOTHING, Group, Need, Needs
from lockmap.locks.held import Held
from lockmap.rules.thresholds import Thresholds

_KINDS: dict[Aspect, tuple[str, ...]] = {
    "read": ("read", "readwrite"),
    "write": ("write", "readwrite"),
}


@dataclass(frozen=True, slots=True)
class Touch:
    """An access, and what is held there for certain."""

    file: str
    line: int
    function: str
    kind: str
    phase: str
    held: Mapping[str, Held]

    @property
    def site(self) -> Site:
        """Where it is."""
        return self.file, self.line, self.function, held_text(self.held.items())


@dataclass(frozen=True, slots=True)
class Shown:
    """The rule of one kind of access that the accesses show, as ``lockmap rules`` has it."""

    text: str = "unclear"
    follow: int = 0
    told: int = 0

    @property
    def clear(self) -> bool:
        """Whether there is one."""
        return self.text != "unclear"

    @property
    def ways(self) -> tuple[tuple[Need, ...], ...]:
        """The needs; of several ways one is enough."""
        if self.text in {"unclear", NOTHING, INIT_ONLY}:
            return ()
        ways = self.text.split(" or ")
        return tuple(tuple(_need(part) for part in way.split(" + ")) for way in ways)

    def implies(self, group: Group) -> bool:
        """Whether who follows it meets one of *group*."""
        return bool(self.ways) and all(
            any(need.implied_by(held) for need in group for held in way) for way in self.ways
        )


def compare_access(
    aspect: Aspect, needs: Needs, touches: Sequence[Touch], shown: Shown, thresholds: Thresholds
) -> Agreement:
    """How the accesses of a member agree with what is asked for reading, or for writing it."""
    own = [t for t in touches if t.kind in _KINDS[aspect]]
    if aspect == "write" and not any(t.phase == "normal" for t in own):
        # As rules are inferred: functions that are given the address may write.
        own += [t for t in touches if t.kind == "address"]
    if needs.word in {INIT_ONLY, NEVER, LEFT, NOTHING}:
        return _of_word(aspect, needs.word, own, shown, thresholds)
    normal = [t for t in own if t.phase == "normal"]
    if not normal:
        if own:
            note = "only of objects that are not shared yet, or no longer"
            return Agreement(aspect, "agrees", follow=len(own), note=note)
        return Agreement(aspect, "never accessed")
    return _of_locks(aspect, needs, normal, shown, thresholds)


def _of_locks(
    aspect: Aspect, needs: Needs, touches: Sequence[Touch], shown: Shown, thresholds: Thresholds
) -> Agreement:
    told = [_met(needs, t) for t in touches]
    follow, broken = told.count(True), told.count(False)
    untold = len(told) - follow - broken
    sites = first_sites([t.site for t, met in zip(touches, told, strict=True) if met is False])

    def agreement(verdict: Verdict, note: str = "") -> Agreement:
        return Agreement(aspect, verdict, follow, broken, untold, note, sites)

    if not needs.locks:
        return agreement("not compared", "it names no lock that lockmap follows")
    if any(n.mode == "none" for case in needs.cases for group in case for n in group):
        return agreement(_by_count(follow, broken, thresholds))
    best = [_case(case, touches, shown, thresholds) for case in needs.cases]
    if any(weak == 0 and untold_ == 0 for _, weak, untold_ in best):
        if _stronger(needs, shown):
            return agreement("code stronger", f"nearly everywhere: {shown.text}")
        return agreement("agrees", _others(needs))
    if broken and not thresholds.few(broken, follow + broken):
        bare = [t for t, met in zip(touches, told, strict=True) if met is False and _bare(t, needs)]
        nothing_met = all(met == 0 for met, _, _ in best)
        enough = thresholds.enough(follow + broken, len(touches))
        if nothing_met and enough and thresholds.most(len(bare), follow + broken):
            return agreement("contradicts", "none of the locks is held")
        return agreement("code weaker")
    if _less(needs, shown):
        return agreement("code weaker", f"nearly everywhere, but no more: {shown.text}")
    if any(met and not weak for met, weak, _ in best):
        return agreement("agrees", "in part: not of all of the locks can be told")
    return agreement("not compared", "what is held there cannot be told")


def _others(needs: Needs) -> str:
    names = sorted({n.lock for c in needs.cases for g in c for n in g if not n.known})
    return f"{', '.join(names)}: not followed" if names else ""


def _case(
    case: Iterable[Group], touches: Sequence[Touch], shown: Shown, thresholds: Thresholds
) -> tuple[int, int, int]:
    """(groups that the code meets, does not meet, of which it cannot be told)."""
    met = weak = untold = 0
    for group in case:
        if not any(need.known for need in group):
            continue
        if shown.implies(group):
            met += 1
            continue
        answers = [_met(Needs(((group,),)), t) for t in touches]
        follow, broken = answers.count(True), answers.count(False)
        if broken and not thresholds.few(broken, follow + broken):
            weak += 1
        elif follow and follow + broken >= thresholds.told * len(touches):
            met += 1
        else:
            untold += 1
    return met, weak, untold


def _met(needs: Needs, touch: Touch) -> bool | None:
    """Whether *needs* are met there; who is given an address need not write."""
    met = needs.met(touch.held)
    return None if touch.kind == "address" and met is False else met


def _stronger(needs: Needs, shown: Shown) -> bool:
    """Whether the rule that accesses show asks for what *needs* does not."""
    asked = [n for case in needs.cases for group in case for n in group]
    return bool(shown.ways) and all(any(_beyond(held, asked) for held in way) for way in shown.ways)


def _less(needs: Needs, shown: Shown) -> bool:
    """Whether the rule that accesses show has a lock of *needs*, but not held for writing."""
    asked = {n.lock for c in needs.cases for g in c for n in g if n.mode == "write"}
    return len(needs.cases) == 1 and any(
        n.lock in asked and n.mode != "write" for way in shown.ways for n in way
    )


def _beyond(held: Need, asked: Iterable[Need]) -> bool:
    """Whether *held* is more than *asked* has of its lock, and says that reading will do."""
    same = [n for n in asked if n.lock == held.lock]
    return held.mode == "write" and bool(same) and all(n.mode == "read" for n in same)


def _bare(touch: Touch, needs: Needs) -> bool:
    return all(touch.held.get(lock) == "none" for lock in needs.locks)


def _by_count(follow: int, broken: int, thresholds: Thresholds) -> Verdict:
    told = follow + broken
    if not told:
        return "not compared"
    if thresholds.few(broken, told):
        return "agrees"
    return "contradicts" if thresholds.most(broken, told) else "code weaker"


def _of_word(
    aspect: Aspect, word: str, own: Sequence[Touch], shown: Shown, thresholds: Thresholds
) -> Agreement:
    later = [t for t in own if t.phase == "normal" and t.kind != "address"]
    sites = first_sites([t.site for t in later])
    new = sum(t.phase == "init" for t in own)
    if word == NEVER:
        if not later:
            return Agreement(aspect, "agrees", follow=0, note=f"no {aspect} of it")
        return Agreement(aspect, "code weaker", broken=len(later), sites=sites)
    if word == LEFT:
        left: Verdict = "code stronger" if shown.ways else "agrees"
        return Agreement(aspect, left, untold=len(own), note=f"shown: {shown.text}")
    if not own:
        return Agreement(aspect, "never accessed")
    if word == NOTHING:
        verdict: Verdict = "code stronger" if shown.ways else "not compared"
        verdict = "agrees" if shown.clear and not shown.ways else verdict
        return Agreement(aspect, verdict, shown.follow, 0, len(own), f"shown: {shown.text}")
    if shown.text == INIT_ONLY or thresholds.most(new, new + len(later)):
        return Agreement(aspect, "agrees", new, len(later), 0, "", sites)
    if new == 0 and shown.ways and thresholds.enough(len(later), len(own)):
        note = f"it is written while others know the object; shown: {shown.text}"
        return Agreement(aspect, "code weaker", new, len(later), 0, note, sites)
    note = f"of {len(later)} of {new + len(later)} places it cannot be told that the object is new"
    return Agreement(
        aspect, "not compared" if not new else "agrees", new, 0, len(later), note, sites
    )


def _need(text: str) -> Need:
    lock, _, mode = text.rpartition(" ")
    return Need(lock, mode)  # type: ignore[arg-type]
