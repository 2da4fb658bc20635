"""Growing a control-flow graph: steps, loose ends, and the jumps tied at the end."""

from __future__ import annotations

from dataclasses import dataclass, field

from lockmap.facts.model import ExprT, Step

End = tuple[int, int]
"""A loose end: (step, which of its successors)."""


@dataclass(slots=True)
class _Draft:
    kind: str
    line: int
    expr: ExprT | None
    label: str
    next: list[int]
    cases: list[tuple[ExprT, ...] | None]
    guard: int


@dataclass(slots=True)
class Graph:
    """Steps under construction.  ``scopes`` is the stack of guards that hold now."""

    drafts: list[_Draft] = field(default_factory=list)
    scopes: list[int] = field(default_factory=list)
    labels: dict[str, tuple[int, tuple[int, ...]]] = field(default_factory=dict)
    jumps: list[tuple[list[End], str, tuple[int, ...]]] = field(default_factory=list)

    def add(
        self,
        kind: str,
        line: int,
        ends: list[End],
        expr: ExprT | None = None,
        *,
        label: str = "",
        ways: int = 1,
        guard: int = -1,
    ) -> int:
        """A new step reached from *ends*, with *ways* successors to be tied."""
        index = len(self.drafts)
        self.drafts.append(_Draft(kind, line, expr, label, [-1] * ways, [], guard))
        self.tie(ends, index)
        return index

    def tie(self, ends: list[End], index: int) -> None:
        """Let every loose end go on at step *index*."""
        for step, slot in ends:
            self.drafts[step].next[slot] = index

    def leave(self, ends: list[End], keep: int, line: int) -> list[End]:
        """Let go of every guard above the first *keep*, innermost first."""
        for guard in reversed(self.scopes[keep:]):
            ends = [(self.add("leave", line, ends, guard=guard), 0)]
        return ends

    def label(self, name: str, line: int, ends: list[End]) -> list[End]:
        """Place a label here."""
        index = self.add("eval", line, ends)
        self.labels[name] = (index, tuple(self.scopes))
        return [(index, 0)]

    def jump(self, ends: list[End], name: str) -> None:
        """Send *ends* to a label that may come later."""
        self.jumps.append((ends, name, tuple(self.scopes)))

    def case(
        self, switch: int, values: tuple[ExprT, ...] | None, ends: list[End], line: int
    ) -> list[End]:
        """A case of step *switch*, also reached by falling through from *ends*."""
        draft = self.drafts[switch]
        draft.next.append(-1)
        draft.cases.append(values)
        index = self.add("eval", line, [*ends, (switch, len(draft.next) - 1)])
        return [(index, 0)]

    def finish(self, ends: list[End], line: int) -> tuple[Step, ...]:
        """Tie the jumps, end the function at *ends*, and freeze the steps reached."""
        for sources, name, scopes in self.jumps:
            target = self.labels.get(name)
            if target is None:  # a label in another reading, or in a macro
                self.add("return", line, sources, label=f"goto {name}")
                continue
            index, kept = target
            self.scopes = list(scopes)
            common = sum(1 for a, b in zip(scopes, kept, strict=False) if a == b)
            self.tie(self.leave(sources, common, line), index)
        if ends or not self.drafts:
            self.add("return", line, ends)
        end = self.add("return", line, [])
        for draft in self.drafts:
            draft.next = [end if n < 0 else n for n in draft.next]
        return tuple(
            Step(
                d.kind,
                d.line,
                () if d.kind == "return" else tuple(d.next),
                d.expr,
                d.label,
                tuple(d.cases),
                d.guard,
            )
            for d in self.drafts
        )
