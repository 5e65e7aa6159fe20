"""Why an Envoy host gets no traffic while nothing is down but what the file says. Pure."""

from poise.balancers.envoy.priorities import UNAVAILABLE, levels, locality_weighted
from poise.model.topology import Pool, Server


def why_idle(pool: Pool, server: Server) -> str:
    """In a few words; empty where it is another reason than those that decide before the algorithm does."""
    if server.health in UNAVAILABLE:
        return f"health_status {server.health}"
    known = pool.once("levels", lambda pool: levels(pool, None))
    if all(each is not server for level in known for each in level.servers):
        return "its address stands there twice, and EDS's first line counts"
    for level in known:
        if all(each is not server for each in level.servers):
            continue
        if not level.fit + level.worn:
            return f"priority {server.priority}: only when too few hosts of the priorities before it are healthy"
        if server.health == "DEGRADED":
            return "health_status DEGRADED: only what the healthy hosts cannot carry"
    if locality_weighted(pool):
        weights = {locality.name: locality.weight for locality in pool.localities if locality.priority == server.priority}
        if not weights.get(server.locality or ""):
            return "its locality has no load_balancing_weight, and localities share by that"
    return ""
