"""What a HAProxy configuration uses that came after the version it is judged by. Pure."""

from collections.abc import Iterator, Mapping

from poise.balancers.haproxy.keywords import SECTIONS_SINCE
from poise.balancers.haproxy.later import since_when
from poise.balancers.haproxy.lower.algorithms import LATER_ALGORITHMS
from poise.balancers.haproxy.lower.versions import vocabulary
from poise.model.location import Location
from poise.model.topology import Topology
from poise.rules.version import numbers

# Rules whose actions are words of a version, and how many words stand before the action.
_RULES = {"http-request": 0, "http-response": 0, "http-after-response": 0, "tcp-request": 1, "tcp-response": 1}
Found = tuple[str, str, Location, str | None]


def newer(topology: Topology, judged: str) -> Iterator[Found]:
    """Each such word, the version that brought it, where it stands, and its pool; each place once."""
    seen: set[Location] = set()
    for found in _words(topology, judged):
        if found[2] not in seen:
            seen.add(found[2])
            yield found


def _words(topology: Topology, judged: str) -> Iterator[Found]:
    known = vocabulary(judged)
    version = numbers(judged)[:2]
    for kind, since in SECTIONS_SINCE.items():
        if kind in topology.places and version < numbers(since):
            yield f"section {kind}", since, topology.places[kind], None
    for name in topology.options:
        if name not in known.global_ and (came := since_when(name, "global")):
            yield name, came, topology.places[name], None
    for listener in topology.listeners:
        yield from ((*found, None) for found in _proxy(listener.options, listener.places, judged))
        for bind in listener.binds:
            for name in bind.options:
                if name not in known.bind_values and name not in known.bind_flags and (came := since_when(name, "bind value", "bind flag")):
                    yield name, came, bind.places[name], None
    for each in topology.pools:
        yield from ((*found, each.name) for found in _proxy(each.options, each.places, judged))
        algorithm = each.algorithm
        brought = LATER_ALGORITHMS.get(algorithm.name)
        if brought and algorithm.location and version < brought:
            yield f"balance {algorithm.name}", ".".join(map(str, brought)), algorithm.location, each.name
        for server in each.servers:
            for name in server.options:
                if name not in known.server_values and name not in known.server_flags:
                    came = since_when(name, "server value", "server flag")
                    if came:
                        yield name, came, server.places[name], each.name


def _proxy(options: Mapping[str, str], places: Mapping[str, Location], judged: str) -> Iterator[tuple[str, str, Location]]:
    known = vocabulary(judged)
    for name, text in options.items():
        at = _RULES.get(name)
        if at is not None:
            for number, line in enumerate(text.split("\n")):
                words = line.split(None, 2)
                action = words[at] if len(words) > at else ""
                kind = " ".join([name, *words[:at]])
                if action not in known.actions.get(kind, (action,)) and (since := since_when(action, kind)):
                    yield f"{kind} {action}", since, places.get(f"{name}.{number}") or places[name]
        elif name.startswith("option "):
            word = name.removeprefix("option ")
            if word not in known.options and (since := since_when(word, "option")):
                yield name, since, places[name]
        elif " " not in name and name not in known.proxy and (since := since_when(name, "proxy")):
            yield name, since, places[name]
