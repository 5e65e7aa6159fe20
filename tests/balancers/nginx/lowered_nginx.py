"""nginx configurations, lowered for tests."""

from poise.balancers.nginx.assemble import assemble
from poise.balancers.nginx.lower import lower
from poise.model.location import Location
from poise.model.topology import Pool, Route, Topology


def nothing(pattern: str, from_file: str) -> str:
    return f"{pattern} is not there"


def read(text: str, target: str | None = None) -> Topology:
    return lower(assemble("nginx.conf", text, nothing), target)


def whole(text: str, target: str | None = None) -> Topology:
    return read(f"events {{}}\nhttp {{\n{text}\n}}\n", target)


def reasons(topology: Topology) -> list[tuple[int | None, str]]:
    return [(entry.line, entry.reason) for entry in topology.could_not]


def cut(text: str, place: Location | None) -> str:
    assert place is not None
    return text.encode()[place.start : place.end].decode()


def the_pool(topology: Topology, name: str) -> Pool:
    found = topology.pool(name)
    assert found is not None
    return found


def routes(topology: Topology) -> list[Route]:
    return [route for listener in topology.listeners for route in listener.routes]
