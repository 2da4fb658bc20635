"""Functions that are also called from where no call is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lockmap.program.callbacks import Callback
from lockmap.program.calls import BY_HAND, BY_MEMBER, Calls
from lockmap.program.code import Code, Ids
from lockmap.program.owners import Owners
from lockmap.program.resolve import Links
from lockmap.program.structs import hash_of
from lockmap.syntax.outlining.memory import ARGUMENT, MEMBER_CALL, POINTER_CALL


def entries(
    code: Code, links: Links, calls: Calls, callbacks: Sequence[Callback], owners: Owners
) -> Ids:
    """The items that may be called from elsewhere than *calls* tell.

    What stands in a member of which some call is not told, or none is found; what is named
    otherwise than in a call and not followed.  What they must hold is not known.  *links*:
    which functions references name.
    """
    followed = {calls.members[n] for n in np.unique(calls.detail[calls.kind == BY_MEMBER]).tolist()}
    open_ = _open_fields(code, owners)
    put = {c.item for c in callbacks}
    found = {
        c.item
        for c in callbacks
        if (c.struct, c.field) not in followed or hash_of(c.field) in open_
    }
    owner = code.refs["owner"][links.source].astype(np.int64)
    argument = code.refs["kind"][links.source] == ARGUMENT
    hand = calls.kind == BY_HAND
    pairs = calls.caller[hand] * len(code.items) + calls.callee[hand]
    given = np.isin(owner * len(code.items) + links.target, pairs)
    found.update(links.target[argument & ~given].tolist())
    found.update(set(links.target[~argument].tolist()) - put)
    return np.array(sorted(found), dtype=np.int64)


def _open_fields(code: Code, owners: Owners) -> frozenset[int]:
    """The names (hashes) of members through which calls are made whose struct is not told."""
    refs = code.refs
    called = np.isin(refs["kind"], (MEMBER_CALL, POINTER_CALL)) & (owners.struct == 0)
    names = np.where(refs["kind"] == MEMBER_CALL, refs["hash"], owners.field)[called]
    return frozenset(np.unique(names).tolist())
