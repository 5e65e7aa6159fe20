"""Files of resources that are read without the bootstrap: what they hold is judged as far as it goes, and told what is missing. Pure."""

from collections.abc import Iterator, Sequence

from poise.balancers.envoy.lower.clusters import lower_endpoints
from poise.balancers.envoy.lower.listeners import lower_table
from poise.balancers.envoy.lower.resources import Resource, Resources
from poise.model.brief import brief
from poise.model.could_not import CouldNot
from poise.model.topology import Listener, Pool

MOST_NAMES = 6
WHOLE = "Give poise the bootstrap that names this file, or `/config_dump?include_eds` of the running Envoy"


def with_resources_alone(
    found: Resources, listeners: Sequence[Listener], pools: Sequence[Pool]
) -> tuple[tuple[Listener, ...], tuple[Pool, ...], tuple[CouldNot, ...]]:
    """The listeners and pools with those of endpoints that no cluster here asks for, and of routes that no listener here does."""
    named = {pool.name for pool in pools} | {pool.options.get("eds_cluster_config.service_name", "") for pool in pools}
    orphans = list({each.name: each for each in found.endpoints if each.name not in named}.values())
    asked = {name for each in listeners for key, name in each.options.items() if key.endswith("rds.route_config_name")}
    tables = [each for each in found.routes if each.name not in asked]
    listeners = (*listeners, *(lower_table(each) for each in tables))
    pools = (*pools, *(lower_endpoints(each) for each in orphans))
    return listeners, pools, tuple(_missing(listeners, pools, orphans, tables))


def _missing(
    listeners: Sequence[Listener], pools: Sequence[Pool], orphans: Sequence[Resource], tables: Sequence[Resource]
) -> Iterator[CouldNot]:
    if orphans:
        said = f"the cluster of the endpoints {_names([each.name for each in orphans])} is not read with them"
        yield _told(orphans[0], f"{said}: its algorithm is taken for round robin, and its checks, limits and timeouts are not judged")
    if tables:
        said = f"the listener of the routes {_names([each.name for each in tables])} is not read with them"
        yield _told(tables[0], f"{said}: its addresses, filters and timeouts are not judged")
    known = {pool.name for pool in pools}
    routes = [route for each in listeners for route in each.routes if route.pool and route.pool not in known]
    if routes:
        said = f"the clusters {_names([route.pool for route in routes])} that routes lead to are not read with them"
        reason = f"{said}: whether they are there, and what the routes do to their servers, is not judged. {WHOLE}"
        yield CouldNot(routes[0].location.file, brief(reason), routes[0].location.line)


def _told(resource: Resource, reason: str) -> CouldNot:
    return CouldNot(resource.places.file, brief(f"{reason}. {WHOLE}"), resource.places.line(resource.node.start))


def _names(names: Sequence[str]) -> str:
    known = [f"`{name}`" for name in dict.fromkeys(names)]
    return ", ".join(known[:MOST_NAMES]) + (f" and {len(known) - MOST_NAMES} more" if len(known) > MOST_NAMES else "")
