"""Which values the hash keys of Envoy's routes can take. Pure."""

from collections.abc import Iterable

from poise.balancers.envoy.settings import entries
from poise.model.topology import Route

HOST = (":authority", "host")
# Headers that take two values at best in ordinary traffic.
TWO = {":scheme": ("http", "https"), "x-forwarded-proto": ("http", "https"), ":method": ("GET", "POST")}


def distinct(routes: Iterable[Route]) -> frozenset[str] | None:
    """The values that the keys of these routes can take all together; None where there is no bound that the file tells."""
    found: set[str] = set()
    for route in routes:
        values = _of(route)
        if values is None:
            return None
        found |= values
    return frozenset(found)


def _of(route: Route) -> set[str] | None:
    """All policies of a route make one key: with one that can be anything the key can be anything."""
    values = {""}
    for path in entries(route.options, "hash_policy"):
        name = route.options.get(f"{path}.header.header_name", "").lower()
        one = _hosts(route) if name in HOST else TWO.get(name)
        if one is None or any(key.startswith(f"{path}.header.regex_rewrite") for key in route.options):
            return None
        values = {f"{before} {value}".strip() for before in values for value in one}
    return values


def _hosts(route: Route) -> tuple[str, ...] | None:
    """The host names that the route is for, None where one of them stands for many."""
    domains = (route.condition or "*").split(" ", 1)[0]
    return None if "*" in domains else tuple(dict.fromkeys(domain.partition(":")[0].lower() for domain in domains.split(",")))
