"""What rules ask of Envoy's clusters: where a setting stands, which hosts share, when panic begins. Pure."""

from collections.abc import Mapping, Sequence

from poise.balancers.envoy.priorities import locality_weighted, number, overprovisioning_percent, panic_percent
from poise.balancers.envoy.settings import Settings, ending, entries, has
from poise.model.locality import Locality
from poise.model.location import Location
from poise.model.topology import Pool, Route, Server, Topology

IN_TURN = ("ROUND_ROBIN", "LEAST_REQUEST", "RANDOM")
RUNTIME_PANIC = "upstream.healthy_panic_threshold"
# What Patroni and its like answer 200 to on one host of a cluster alone.
ROLES = ("primary", "master", "leader", "read-write", "standby-leader", "writable")
STANDBYS = ("replica", "read-only", "standby", "secondary", "synchronous", "sync", "asynchronous", "async")


def path_of(pool: Pool, *ends: str) -> str | None:
    """The path of the option that is, or ends in, one of `ends`: settings move into extensions without changing their names."""
    return next((path for end in ends if (path := ending(pool.options, end)) is not None), None)


def place(pool: Pool, path: str | None) -> Location:
    """Where that option stands, else the pool's header."""
    return pool.places.get(path, pool.location) if path is not None else pool.location


def health_can_change(pool: Pool) -> bool:
    """Whether anything can take a host of this pool for unhealthy: a check, outlier detection, the control plane."""
    return any(s.check is not None or s.health for s in pool.servers) or has(pool.options, "outlier_detection") or pool.discovery == "EDS"


def role_asked(pool: Pool, among: Sequence[str] = ROLES) -> str | None:
    """The path of a check that only hosts with a role pass, such as a database's `/primary`; None if it asks for none `among` these."""
    paths = (pool.options.get(f"{each}.http_health_check.path", "") for each in entries(pool.options, "health_checks"))
    return next((path for path in paths if path.partition("?")[0].strip("/").rpartition("/")[2].lower() in among), None)


def localities_by_priority(pool: Pool) -> tuple[tuple[Locality, ...], ...]:
    """The localities with hosts of each priority, the first priority first."""
    found: dict[int, list[Locality]] = {}
    for locality in pool.localities:
        if locality.servers:
            found.setdefault(locality.priority, []).append(locality)
    return tuple(tuple(found[priority]) for priority in sorted(found))


def compared(pool: Pool) -> Sequence[Server]:
    """The hosts whose weights are held against each other, in the group where they differ most; RANDOM ignores them.

    Hosts of one priority share, and where localities have weights of their own, those of one locality.
    """
    if pool.algorithm.name == "RANDOM":
        return ()
    groups: dict[tuple[int, str | None], list[Server]] = {}
    weighted = locality_weighted(pool)
    for server in pool.servers:
        # A weight of 0 is refused by Envoy, and reported as that.
        if server.weight > 0:
            groups.setdefault((server.priority, server.locality if weighted else None), []).append(server)
    return max(groups.values(), key=lambda group: max(s.weight for s in group) / min(s.weight for s in group), default=())


def panic(pool: Pool, topology: Topology) -> tuple[float, bool, Location]:
    """The panic threshold in percent, whether anybody wrote it, and where. The runtime's value outranks the cluster's."""
    runtime = _runtime(topology.options)
    if runtime is not None:
        return number(topology.options[runtime], panic_percent(pool)), True, topology.places.get(runtime, pool.location)
    path = path_of(pool, "healthy_panic_threshold.value", "healthy_panic_threshold")
    return panic_percent(pool), path is not None, place(pool, path)


def _runtime(options: Mapping[str, str]) -> str | None:
    """The path of the runtime's threshold, as one key or as a key for each word."""
    last = RUNTIME_PANIC.rpartition(".")[2]
    among = (*options.named(f"{last}]"), *options.named(last)) if isinstance(options, Settings) else tuple(options)
    return next((path for path in among if path in options and path.endswith((f"[{RUNTIME_PANIC}]", f".{RUNTIME_PANIC}"))), None)


def losses_until_panic(pool: Pool, threshold: float) -> int | None:
    """How many of the hosts may be unhealthy before Envoy sends requests to all of them; None where it never does.

    Panic begins only where hosts times the overprovisioning factor no longer cover everything (measured: at a threshold of 100 one of
    three is enough, one of four is not). For pools of one priority.
    """
    total, factor = len(pool.servers), overprovisioning_percent(pool)
    return next((k for k in range(1, total + 1) if factor * (total - k) // total < 100 and 100 * (total - k) / total < threshold), None)


def hash_path(route: Route) -> str | None:
    """The path of the route's first hash policy."""
    if not has(route.options, "hash_policy"):
        return None
    return next((path for path in route.options if path.startswith("hash_policy.")), None)
