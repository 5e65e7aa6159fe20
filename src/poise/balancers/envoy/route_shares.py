"""Which part of an Envoy route's requests each cluster gets: weighted clusters, `runtime_fraction`, and mirrors. Pure.

Routes are asked in order and the first that matches decides. Envoy draws one number for a request, and every fraction and every weight is
asked of that number (measured with 1.40): a fraction of 10 % and behind it one of 20 % leave the second 10 %, and weights of 50/50 behind a
fraction of 50 % leave the first cluster nothing. So the parts are counted over all numbers that fractions and weights together tell apart.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter

from poise.balancers.envoy.draw import Drawing, Fraction, drawn
from poise.model.forecast import RouteShare
from poise.model.light import dataclass
from poise.model.topology import Listener, Route, Topology

# As options of a route: lower/routes.py.
FRACTION = "match.runtime_fraction"
_SIZES = {"HUNDRED": 100, "TEN_THOUSAND": 10_000, "MILLION": 1_000_000, "0": 100, "1": 10_000, "2": 1_000_000}
# What a condition asks that it does not tell whole: two that read alike may be different.
_VAGUE = re.compile(r" (?:header|query|grpc|tls_context|dynamic_metadata|filter_state|cookies)\b|connect_matcher|extensions\.")
# Prefixes of a path that are looked for; no route has a longer one.
MOST_CHARACTERS = 1000
EVERYTHING = "* prefix /"
NOBODY = "no route takes them: Envoy answers 404"


@dataclass(frozen=True, slots=True)
class _Action:
    """One route as it stands in the file: `routes` are its clusters. `asked` is its condition without the fraction.

    `mirrors` are the clusters that get copies; `keys` the runtime keys that may change a part; `unknown` says why its parts are not known.
    """

    routes: Sequence[Route]
    asked: str
    drawing: Drawing
    mirrors: Sequence[str]
    keys: Sequence[str]
    unknown: str | None

    @property
    def total(self) -> bool:
        """Whether it leaves none of the requests that it is asked of."""
        return self.drawing.fraction is None


def route_shares(topology: Topology) -> tuple[RouteShare, ...]:
    """One row for each cluster of each kind of requests, in the file's order, and one for each mirror."""
    # Settings of the runtime in the file itself, which outrank the defaults that stand at the routes.
    layers = frozenset(path.partition("static_layer")[2].strip("[].") for path in topology.options if "static_layer" in path)
    return tuple(row for listener in topology.listeners for row in _listener(listener, layers))


def _listener(listener: Listener, layers: frozenset[str]) -> Iterator[RouteShare]:
    # The clusters of one split are routes of their own, with one place of the list that they stand in.
    groups = groupby(listener.routes, key=lambda route: route.places.get("weighted_clusters.clusters") or route.location)
    actions = [_action(list(group), layers) for _, group in groups]
    by_asked: dict[str, list[tuple[int, _Action]]] = {}
    for place, action in enumerate(actions):
        by_asked.setdefault(action.asked, []).append((place, action))
    for each in by_asked:
        name = None if len(by_asked) == 1 and each == EVERYTHING else each
        met = sorted((found for wider in _wider(each) for found in by_asked.get(wider, ())), key=itemgetter(0))
        for number, row in enumerate(_rows_of([action for _, action in met], each), 1):
            yield from _told(listener, name if number == 1 else f"{each} #{number}", row)


def _rows_of(met: Sequence[_Action], asked: str) -> Iterator[list[_Action]]:
    """The actions that requests of this condition meet in order. What stands behind one that takes all is another filter chain's."""
    row: list[_Action] = []
    for action in met:
        row.append(action)
        if action.total:
            if any(each.asked == asked for each in row):
                yield row
            row = []
    if any(each.asked == asked for each in row):
        yield row


def _action(routes: Sequence[Route], layers: frozenset[str]) -> _Action:
    first = routes[0]
    unknown, keys = None, []
    fraction = _fraction(first.options, FRACTION) if "runtime_fraction" in (first.condition or "") else None
    if fraction is None and "runtime_fraction" in (first.condition or ""):
        unknown, fraction = "its runtime_fraction is not a number", Fraction(0, 1)
    keys = [key for key in (first.options.get(f"{FRACTION}.runtime_key"), first.options.get("weighted_clusters.runtime_key_prefix")) if key]
    header = first.options.get("weighted_clusters.header_name")
    if header and len(routes) > 1:
        unknown = f"a number in the header `{header}` of each request chooses"
    mirrors, copied = [], []
    for path, cluster in first.options.items() if any("request_mirror" in path for path in first.options) else ():
        found = re.fullmatch(r"(request_mirror_policies\.\d+)\.cluster", path)
        if found:
            mirrors.append(cluster)
            keys += [key for key in (first.options.get(f"{found[1]}.runtime_fraction.runtime_key"),) if key]
            copied.append(_fraction(first.options, f"{found[1]}.runtime_fraction") or Fraction(1, 1))
    for key in keys:
        if any(path == key or path.startswith(f"{key}.") for path in layers):
            unknown = f"a static layer of the runtime sets `{key}`"
    weights = [route.weight or 0 for route in routes] if len(routes) > 1 else [1]
    asked = (first.condition or EVERYTHING).replace(" runtime_fraction", "")
    return _Action(routes, asked, Drawing(fraction, weights, copied), mirrors, keys, unknown)


def _fraction(options: Mapping[str, str], path: str) -> Fraction | None:
    size = _SIZES.get(options.get(f"{path}.default_value.denominator", "HUNDRED"))
    number = options.get(f"{path}.default_value.numerator", "0")
    if size is None or not re.fullmatch(r"\d{1,10}", number) or f"{path}.default_value.numerator" not in options:
        return None
    return Fraction(min(int(number), size), size)


def _wider(asked: str) -> Sequence[str]:
    """The conditions that all requests of `asked` meet: itself, and for the same domains every prefix of its path."""
    domains, kind, path = (*asked.split(" ")[:3], "", "")[:3]
    longest = min(len(path), MOST_CHARACTERS) if kind in ("prefix", "path") else 0
    return tuple(dict.fromkeys((asked, f"{domains} prefix /", *(f"{domains} prefix {path[:size]}" for size in range(1, longest + 1)))))


def _told(listener: Listener, name: str | None, row: Sequence[_Action]) -> Iterator[RouteShare]:
    """The rows of the requests that meet this condition, and no other that does not follow from it."""
    if len(row) == 1 and row[0].total and len(row[0].routes) == 1:
        share, why = (1.0, "nothing else takes any") if name is None else (None, "how many requests these are is not in the file")
        yield from _clusters(listener, name, row[0], (share,), why)
        alone = drawn([row[0].drawing])
        yield from _mirrors(listener, name, row[0], alone.mirrors[0] if alone else (), f"copies{_may_change(row)}")
        return
    unknown = next((action.unknown for action in row if action.unknown), None)
    if any(times > 1 and _VAGUE.search(asked) for asked, times in Counter(action.asked for action in row).items()):
        unknown = "several routes ask something that poise does not keep, a header's value say"
    made = None if unknown else drawn([action.drawing for action in row])
    if made is None:
        why = unknown or "its weights and fractions have no number that poise could count with"
        for action in row:
            yield from _clusters(listener, name, action, [None] * len(action.routes), why)
        return
    may = _may_change(row)
    for action, clusters, mirrors in zip(row, made.clusters, made.mirrors, strict=True):
        yield from _clusters(listener, name, action, clusters, f"drawn for each request{may}")
        yield from _mirrors(listener, name, action, mirrors, f"copies{may}")
    if made.left:
        at = row[-1].routes[-1].location
        yield RouteShare(listener.name, name, None, made.left, NOBODY, "envoy", at.file, at.line)


def _may_change(row: Sequence[_Action]) -> str:
    keys = dict.fromkeys(f"`{key}`" for action in row for key in action.keys)
    return f"; the runtime may change it ({', '.join(keys)})" if keys else ""


def _clusters(listener: Listener, name: str | None, action: _Action, shares: Sequence[float | None], why: str) -> Iterator[RouteShare]:
    for route, share in zip(action.routes, shares, strict=True):
        pool = route.pool or route.target
        if pool:
            yield RouteShare(listener.name, name, pool, share, why, "envoy", route.location.file, route.location.line)


def _mirrors(listener: Listener, name: str | None, action: _Action, shares: Sequence[float], why: str) -> Iterator[RouteShare]:
    at = action.routes[0].location
    for pool, share in zip(action.mirrors, shares, strict=True) if shares else ():
        yield RouteShare(listener.name, name, pool, share, why, "envoy", at.file, at.line, mirrored=True)
