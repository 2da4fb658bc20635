"""What is still to be followed: steps reached in a state, the earliest in the text first."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush

from lockmap.locks.state import State


@dataclass(frozen=True, slots=True)
class Node:
    """A step reached in a state; ``parent`` leads back to the entry."""

    step: int
    state: State
    parent: Node | None
    signature: frozenset[tuple[object, object]]
    """That of the state: most steps leave the locks and facts alone, and pass it on."""


def reached(step: int, state: State, parent: Node | None) -> Node:
    before = parent.state if parent is not None else None
    if parent is not None and before is not None and before.is_alike(state):
        return Node(step, state, parent, parent.signature)
    return Node(step, state, parent, state.signature())


class Waiting:
    """Steps to go on from, the earliest in the text first.

    What leads to a step is then mostly known, and joined, before the step is looked at.
    """

    def __init__(self) -> None:
        self._order: list[int] = []
        self._nodes: dict[int, list[Node]] = {}

    def put(self, node: Node) -> None:
        """Queue *node*."""
        nodes = self._nodes.get(node.step)
        if nodes is None:
            nodes = self._nodes[node.step] = []
        if not nodes:
            heappush(self._order, node.step)
        nodes.append(node)

    def take(self) -> Node | None:
        """The next node; None when there is none."""
        while self._order:
            nodes = self._nodes[self._order[0]]
            if nodes:
                return nodes.pop(0)
            heappop(self._order)
        return None

    def drop(self, step: int, signature: object) -> None:
        """Forget the nodes of *step* whose locks are *signature*: they were joined."""
        nodes = self._nodes.get(step)
        if nodes:
            nodes[:] = [n for n in nodes if n.signature != signature]
