"""Drafts as a series: what is a patch, in which order, and what was left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lockmap.errors import PatchError
from lockmap.patch.draft import Draft
from lockmap.patch.model import Limits, Note, Patch, Series


def in_series(drafts: Sequence[Draft], notes: Iterable[Note], limits: Limits) -> Series:
    """The patches among *drafts* as numbered in their subjects, else as they came.

    Replies, covers and older versions are left out and told.  Raises PatchError
    when nothing remains, or two different patches have the same number.
    """
    told = list(notes)
    found = list(_with_diff(_once(drafts, told), told))
    found = list(_newest(found, told))
    if not found:
        raise PatchError(
            "no patch in it" + (f": {told[0].path}: {told[0].message}" if told else ""),
            hint="give a diff, a mail or mbox with one, or a folder of them",
        )
    if len(found) > limits.patches:
        raise PatchError(f"{len(found)} patches; more than {limits.patches} are not read")
    ordered = _ordered(found, told)
    patches = [
        Patch(number, d.subject, d.author, d.message_id, d.text, d.origin)
        for number, d in enumerate(ordered, 1)
    ]
    base = next((draft.base for draft in drafts if draft.base), "")
    return Series(tuple(patches), base, tuple(told))


def _once(drafts: Iterable[Draft], notes: list[Note]) -> list[Draft]:
    """Each mail once: a mailbox may have the copy of a list as well."""
    seen: dict[str, bytes] = {}
    kept: list[Draft] = []
    for draft in drafts:
        if draft.message_id and draft.message_id in seen:
            notes.append(Note("skipped", _name(draft), "the same mail again"))
            continue
        seen[draft.message_id] = draft.text
        kept.append(draft)
    return kept


def _with_diff(drafts: list[Draft], notes: list[Note]) -> Iterable[Draft]:
    told = {note.path for note in notes}
    alone = len(drafts) == 1
    for draft in drafts:
        if draft.has_diff and (alone or not draft.is_reply) and not draft.is_cover:
            yield draft
        elif draft.is_cover:
            notes.append(Note("skipped", _name(draft), "a cover letter"))
        elif draft.is_reply and draft.has_diff:
            notes.append(Note("skipped", _name(draft), "a reply with a diff in it"))
        elif _name(draft) not in told:
            notes.append(Note("skipped", _name(draft), "no diff in it"))


def _newest(drafts: list[Draft], notes: list[Note]) -> Iterable[Draft]:
    """Without the older versions of the same series, or of the same single patch."""
    numbered = max((d.numbering.version for d in drafts if d.numbering.total), default=1)
    single: dict[str, int] = {}
    for draft in drafts:
        if not draft.numbering.total:
            version = draft.numbering.version
            single[draft.subject] = max(version, single.get(draft.subject, 1))
    for draft in drafts:
        numbering = draft.numbering
        newest = numbered if numbering.total else single[draft.subject]
        if numbering.version == newest:
            yield draft
        else:
            notes.append(Note("skipped", _name(draft), f"there is a version {newest} of it"))


def _ordered(drafts: list[Draft], notes: list[Note]) -> list[Draft]:
    """Series by series as they came, each in the order of its numbers."""
    groups: dict[tuple[int, int], dict[int, Draft]] = {}
    for at, draft in enumerate(drafts):
        numbering = draft.numbering
        # A patch without a number is a series of its own.
        key = (numbering.total, 0) if numbering.total else (0, at)
        group = groups.setdefault(key, {})
        other = group.setdefault(numbering.place, draft)
        if other is not draft:
            raise PatchError(
                f"two patches are numbered {numbering.place}/{numbering.total}: "
                f"{_name(other)!r} and {_name(draft)!r}",
                hint="give one series at a time",
            )
    for (total, _), group in groups.items():
        for place in range(1, total + 1):
            if place not in group and len(group) > 1:
                message = f"patch {place}/{total} is not there"
                notes.append(Note("missing", _name(next(iter(group.values()))), message))
    return [group[place] for group in groups.values() for place in sorted(group)]


def _name(draft: Draft) -> str:
    return draft.title or draft.origin
