"""The needs of a change whose configurations have a poise.toml of their own: each is held against the nearest, both sides against one."""

from collections.abc import Mapping, Sequence
from datetime import date

from poise.app.acceptances import Declared
from poise.app.needs_scopes import Scope, judged_apart, scopes
from poise.model.finding import Finding
from poise.model.light import dataclass
from poise.model.needs import Needs
from poise.model.topology import Topology
from poise.rules import RULES
from poise.rules.engine import judge, order
from poise.rules.layers import changes

Sides = tuple[tuple[Topology, ...], tuple[Topology, ...]]


@dataclass(frozen=True, slots=True)
class Held:
    """The configurations before and after that the first poise.toml is for, and those that have one nearer to them, by its scope."""

    first: Sides
    further: tuple[tuple[Scope, Sides], ...]

    @property
    def own(self) -> tuple[Mapping[str, Needs], Mapping[str, Needs]]:
        """By the file of a configuration before and after, its needs where they are not the first."""
        before, after = ({t.file: scope.needs for scope, sides in self.further for t in sides[at]} for at in (0, 1))
        return before, after


def held(given: str | Declared | None, beside: str | None, before: Sequence[Topology], after: Sequence[Topology]) -> Held:
    """Which needs are for what. What was before is held against the needs of what it became; what is removed, against the first."""
    _, further = scopes(given, beside, after or before)
    if not further:
        return Held((tuple(before), tuple(after)), ())
    became = {id(change.before): id(change.after) for change in changes(before, after)} if after else {id(t): id(t) for t in before}
    nearer = []
    for scope in further:
        inside = {id(topology) for topology in scope.topologies}
        was = tuple(t for t in before if became.get(id(t)) in inside)
        nearer.append((scope, (was, scope.topologies if after else ())))
    gone = [{id(t) for _, sides in nearer for t in sides[at]} for at in (0, 1)]
    old, new = (tuple(t for t in side if id(t) not in gone[at]) for at, side in enumerate((before, after)))
    return Held((old, new), tuple(nearer))


def found(needs: Needs, by: Held, before: Sequence[Topology], after: Sequence[Topology], today: date) -> tuple[Sequence[Finding], ...]:
    """The findings before and after, those of `after` with what rules about the change itself say."""
    if not by.further:
        return judge(before, needs, None, today).findings, judge(after, needs, None, today, before).findings
    rules = RULES.of({topology.product for topology in (*before, *after)})
    made: list[Sequence[Finding]] = []
    for at in (0, 1):
        held_by = ((needs, by.first), *((scope.needs, sides) for scope, sides in by.further))
        parts = [(sides[at], wanted, sides[0] if at else ()) for wanted, sides in held_by]
        own, between = judged_apart(parts, rules, today)
        made.append(sorted((finding for judged in (*own, between) for finding in judged.findings), key=order))
    return tuple(made)
