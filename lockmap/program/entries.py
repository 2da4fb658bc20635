"""Functions that are also called from where no call is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from lockmap.program.callbacks import Callback
from lockmap.program.calls import BY_HAND, BY_MEMBER, Calls
from lockmap.program.code import Code, Ids
from lockmap.program.owners import Owners
from lockmap.program.resolve import Links
from lockmap.program.structs import hash_of
from lockmap.syntax.outlining.memory import ARGUMENT, MEMBER_CALL, POINTER_CALL, STATIC


def entries(
    code: Code,
    links: Links,
    calls: Calls,
    callbacks: Sequence[Callback],
    owners: Owners,
    exports: Iterable[str] = (),
) -> Ids:
    """The items that may be called from elsewhere than *calls* tell.

    What stands in a member of which some call is not told, or none is found; what is named
    otherwise than in a call and not followed.  What they must hold is not known.  *links*:
    which functions references name; *exports*: macros that name a function for others to
    call by its name.
    """
    followed = {calls.members[n] for n in np.unique(calls.detail[calls.kind == BY_MEMBER]).tolist()}
    open_ = _open_fields(code, owners)
    put = {c.item for c in callbacks}
    found = {
        c.item
        for c in callbacks
        if (c.struct, c.field) not in followed or hash_of(c.field) in open_
    }
    plain = np.isin(code.refs["context"][links.source], [hash_of(name) for name in exports])
    plain |= _out_of_sight(code, links)
    links = Links(links.source[~plain], links.target[~plain])
    owner = code.refs["owner"][links.source].astype(np.int64)
    argument = code.refs["kind"][links.source] == ARGUMENT
    hand = calls.kind == BY_HAND
    pairs = calls.caller[hand].astype(np.int64) * len(code.items) + calls.callee[hand]
    given = np.isin(owner * len(code.items) + links.target, pairs)
    found.update(links.target[argument & ~given].tolist())
    found.update(set(links.target[~argument].tolist()) - put)
    return np.array(sorted(found), dtype=np.int64)


def _out_of_sight(code: Code, links: Links) -> NDArray[np.bool_]:
    """Which references stand where the static function of a header that they name is not seen.

    A header beside its sources is for those of its folder: elsewhere its names, which a macro
    may paste or take for those of members, mean something else.
    """
    home = code.item_file[links.target]
    static = (code.items["flags"][links.target] & STATIC) != 0
    found = np.zeros(len(links.source), dtype=np.bool_)
    beside = static & (code.file_is_header & ~code.file_is_public)[home]
    for n in np.flatnonzero(beside).tolist():
        folder = code.files[int(home[n])].rpartition("/")[0]
        owner = int(code.refs["owner"][links.source[n]])
        found[n] = not code.file(owner).startswith(f"{folder}/" if folder else "")
    return found


def _open_fields(code: Code, owners: Owners) -> frozenset[int]:
    """The names (hashes) of members through which calls are made whose struct is not told.

    ``int (*fault)(int)`` in the definition of a struct looks like a call, and is none.
    """
    refs = code.refs
    called = np.isin(refs["kind"], (MEMBER_CALL, POINTER_CALL)) & (owners.struct == 0)
    called &= code.is_callable[refs["owner"].astype(np.int64)]
    names = np.where(refs["kind"] == MEMBER_CALL, refs["hash"], owners.field)[called]
    return frozenset(np.unique(names).tolist())
