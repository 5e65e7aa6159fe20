"""What a fault looks at: named observables of the stack, each with what was expected, what was observed, and how abnormal that is."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime

from poise.model.memo import Memo
from poise.model.needs import Needs
from poise.model.sample import Event, Stack
from poise.model.topology import Topology

# How often each sign shows in an incident of unknown cause: the denominator of every likelihood ratio. Rare signs (a weight that does
# not give the wanted shares) say much, common ones (clients are slow) little. Judged from the table "fault by observable" of 22 faults
# on a real stack: a sign that decides one or two faults has 1–2 in 22, one that half of them share a half.
BACKGROUND: Mapping[str, float] = {
    "weights": 0.06,
    "file weights": 0.08,
    "shares": 0.15,
    "unexplained shares": 0.10,
    "hash pins": 0.05,
    "maintenance": 0.05,
    "servers down": 0.06,
    "pool down": 0.04,
    "checks refused": 0.3,
    "connection errors": 0.15,
    "pool queue": 0.15,
    "server limit": 0.05,
    "limit lowered": 0.05,
    "server errors": 0.12,
    "errors everywhere": 0.20,
    "one saturated": 0.15,
    "all saturated": 0.20,
    "own time one": 0.08,
    "own time all": 0.10,
    "database time": 0.25,
    "lock waits": 0.06,
    "statement time": 0.12,
    "active sessions": 0.15,
    "connections": 0.05,
    "database errors": 0.12,
    "time before the database": 0.12,
    "time before the application": 0.15,
    "time before the load balancer": 0.12,
    "client errors": 0.5,
    "client latency": 0.6,
    "demand": 0.08,
    "above peak": 0.05,
    "sessions": 0.06,
    "accept queue": 0.06,
    "load balancer silent": 0.04,
    "clients cut off": 0.15,
    "clients refused": 0.06,
    "nothing arrives": 0.06,
    "retries": 0.12,
    "time limit": 0.04,
    "unreached": 0.06,
    "applications silent": 0.07,
    "health flaps": 0.05,
    "tls to servers": 0.3,
    "attempts": 0.1,
    "crowded by weight": 0.07,
    "unseen failures": 0.12,
    "arrivals as ever": 0.35,
    "several err": 0.3,
    "turned away": 0.04,
    "pool limit": 0.06,
    "narrow limit": 0.06,
    "pool refuses": 0.08,
    "pool limit lowered": 0.05,
    "connections fell": 0.06,
    "waits with free slots": 0.08,
    "silent and erring": 0.04,
    "clients disagree": 0.12,
    "late by timeouts": 0.2,
    "failures at reloads": 0.05,
    "reloads often": 0.04,
    "names resolved": 0.2,
    "address moved": 0.04,
    "few out": 0.06,
    "restarts in turn": 0.05,
    "moved between pools": 0.04,
    "process busy": 0.06,
    "certificate ended": 0.04,
    "answers cut": 0.08,
    "queue cut": 0.06,
    "nobody found": 0.08,
} | {
    f"{side} {what}": rate
    for side in ("servers", "database", "client")
    for what, rate in (
        ("ping", 0.09),
        ("steady delay", 0.07),
        ("connect", 0.07),
        ("losses", 0.06),
        ("failures", 0.07),
        ("direct ping", 0.10),
    )
}


@dataclass(frozen=True, slots=True)
class Sign:
    """One observable of one component. `degree` 0–1 is how abnormal it is: 0 as expected, 1 surely not, 0.5 cannot be told.

    `expected` and `observed` carry the unit that `observable` names; `source` says where the figures come from.
    """

    name: str
    component: str
    observable: str
    expected: float | str | None
    observed: float | str | None
    degree: float
    source: str


@dataclass(frozen=True, slots=True)
class Observation:
    """All signs by name, then component, with what is needed to name candidates and changes. `onset` is None where nothing changed."""

    signs: Mapping[str, Mapping[str, Sign]]
    stack: Stack
    onset: datetime | None = None
    changes: tuple[Event, ...] = ()
    topologies: tuple[Topology, ...] = ()
    needs: Needs = field(default_factory=Needs)
    memo: Memo = field(default_factory=Memo, init=False, compare=False, repr=False)

    @property
    def count(self) -> int:
        """How many signs were measured."""
        return sum(map(len, self.signs.values()))

    def sign(self, name: str, component: str) -> Sign | None:
        """That sign of that component, None if it was not measured."""
        return self.signs.get(name, {}).get(component)

    def worst(self, name: str, among: Set[str] | None = None) -> Sign | None:
        """The most abnormal sign of that name, of those components or of all; None if none was measured."""
        named = self.signs.get(name, {})
        if among is None:
            return self.memo.of(name, (named,), lambda: max(named.values(), key=lambda s: s.degree, default=None))
        worst: Sign | None = None
        for component in named.keys() & among:
            sign = named[component]
            # Of equal ones the first by name, so that the same one is named each time, whatever order a set has today.
            if worst is None or sign.degree > worst.degree or (sign.degree == worst.degree and sign.component < worst.component):
                worst = sign
        return worst

    def showing(self, name: str, above: float = 0.5) -> Iterable[str]:
        """The components that show that sign: it is more abnormal than `above`."""
        return (component for component, sign in self.signs.get(name, {}).items() if sign.degree > above)

    def having(self, name: str) -> Iterable[str]:
        """The components of which that sign was measured."""
        return self.signs.get(name, {})
