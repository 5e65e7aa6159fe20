"""Which part of a HAProxy listener's requests each pool gets where chance decides: `use_backend canary if { rand(100) lt 10 }`. Pure.

Rules are asked in order and the first that holds decides (configuration manual, `use_backend`). Each `rand` draws anew, also where one acl
is asked twice: `a` and then `!a` leave a quarter to the default (measured with 2.6 and 2.8); a number that `set-var` keeps is one draw for
all rules. What else conditions ask (paths, hosts) no file can tell, so shares are told for each kind of requests that they tell apart.
"""

from collections.abc import Iterator, Mapping
from itertools import product
from math import prod

from poise.balancers.haproxy.chance import Chances, Reader, cells, drawn_variables
from poise.balancers.haproxy.criteria import condition
from poise.model.forecast import RouteShare
from poise.model.light import dataclass
from poise.model.topology import Listener, Route, Topology

# Rules asked in all, of one listener: more would take seconds, and then nothing is told of its shares.
MOST_ASKED = 200_000
# So many conditions are named in `unless a or b`.
MOST_NAMED = 3
# Products of parts such as 1/10 are not exact in binary.
DIGITS, NOTHING = 12, 1e-9
NOBODY = "no rule takes them and there is no default_backend: HAProxy answers 503"


@dataclass(frozen=True, slots=True)
class _Rule:
    """A rule; `named` where a request makes the backend's name: then the rule leads there only if there is one of that name."""

    route: Route
    asked: Chances
    named: str | None


def route_shares(topology: Topology) -> tuple[RouteShare, ...]:
    """One row for each pool of each kind of requests, in the order of the rules."""
    return tuple(row for listener in topology.listeners for row in _Rows(listener).rows())


class _Rows:
    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        sizes = drawn_variables(listener)
        reader = Reader(sizes)
        self.rules = [
            _Rule(
                route,
                reader.chances(condition(route.condition, listener.options)),
                f"{{ backend {route.pool} exists }}" if "%[" in route.pool else None,
            )
            for route in listener.routes
        ]
        self.cells = cells(sizes, [rule.asked for rule in self.rules])
        last = listener.routes[-1] if listener.routes else None
        self.default = last if last is not None and last.condition is None else None

    def rows(self) -> Iterator[RouteShare]:
        if not any(0 < term.drawn < 1 or term.variables for rule in self.rules for term in rule.asked.terms):
            yield from self._undrawn()
            return
        kinds = self._kinds()
        asked = len(kinds) * len(self.rules) * prod(len(each) for each in self.cells.values())
        if asked > MOST_ASKED:
            why = "its rules tell so many kinds of requests apart that poise does not reckon with what they draw"
            yield from (self._row(rule.route, rule.route.condition, None, why) for rule in self.rules)
            return
        for given, told in kinds.items():
            yield from self._kind(given, told, alone=len(kinds) == 1)

    def _undrawn(self) -> Iterator[RouteShare]:
        """No rule draws: all go to one pool, or it depends on what they ask for."""
        first = True
        for rule in self.rules:
            holds = rule.asked.probability(frozenset(), {})
            open_ = rule.named is not None or any(term.asked is not None for term in rule.asked.terms)
            if not open_ and holds == 1.0:
                why = "nothing else takes any" if first else "how many are left by the conditions above is not in the file"
                yield self._row(rule.route, None if first else "else", 1.0 if first else None, why)
                return
            if open_:
                first = False
                yield self._row(rule.route, rule.route.condition, None, "how many requests meet the condition is not in the file")

    def _kinds(self) -> Mapping[frozenset[str], str | None]:
        """The kinds of requests that conditions tell apart: those that meet one of them, and those that meet none. With their names."""
        asked = {branch: None for rule in self.rules for branch in rule.asked.branches}
        found: dict[frozenset[str], str | None] = {}
        single: dict[str, None] = {}
        for branch in asked:
            met = dict.fromkeys(term.asked for term in branch if term.asked is not None and not term.negated)
            if met:
                found.setdefault(frozenset(met), f"if {' '.join(met)}")
            single |= dict.fromkeys(term.asked for term in branch if term.asked is not None)
        single |= dict.fromkeys(rule.named for rule in self.rules if rule.named is not None)
        for name in single:
            found.setdefault(frozenset((name,)), f"if {name}")
        found[frozenset()] = None if not single else f"unless {' or '.join(single)}" if len(single) <= MOST_NAMED else "else"
        return found

    def _kind(self, given: frozenset[str], told: str | None, alone: bool) -> Iterator[RouteShare]:
        got: dict[str | None, tuple[float, Route]] = {}
        left = 0.0
        for numbers in product(*self.cells.values()):
            held = {name: number for name, (number, _) in zip(self.cells, numbers, strict=True)}
            still = prod(part for _, part in numbers)
            for rule in self.rules:
                taken = still * rule.asked.probability(given, held)
                if not taken:
                    continue
                still -= taken
                # Where there is no backend of the name that a request makes, no other rule is asked (measured with 2.6 and 2.8).
                to = rule.route if rule.named is None or rule.named in given else self.default
                if to is None:
                    left += taken
                    continue
                before, first = got.get(to.pool, (0.0, to))
                got[to.pool] = before + taken, first
            left += still
        drawn = len(got) + (left > NOTHING) > 1
        for share, route in got.values():
            if drawn or alone:
                yield self._row(route, told, share, "drawn by chance for each request" if drawn else "nothing else takes any")
            else:
                yield self._row(route, told, None, "how many requests these are is not in the file")
        if left > NOTHING and drawn:
            at = self.listener.location
            yield RouteShare(self.listener.name, told, None, round(left, DIGITS), NOBODY, "haproxy", at.file, at.line)

    def _row(self, route: Route, told: str | None, share: float | None, why: str) -> RouteShare:
        share = share if share is None else round(share, DIGITS)
        return RouteShare(self.listener.name, told, route.pool, share, why, "haproxy", route.location.file, route.location.line)
