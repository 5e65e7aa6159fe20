"""How Envoy's clusters, routes and listeners say things: durations, numbers, retries, breakers, outlier detection. Pure."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

from poise.balancers.envoy.settings import Settings, entries, has
from poise.model.light import dataclass
from poise.model.location import Location
from poise.model.regexp import regexp
from poise.model.topology import Listener, Pool, Route, Topology
from poise.rules.places import by_place
from poise.rules.spans import envoy_span
from poise.rules.version import at_least

HTTP_OPTIONS = "typed_extension_protocol_options[envoy.extensions.upstreams.http.v3.HttpProtocolOptions]"
# A route without `timeout` waits so long for the whole answer, retries included (route_components.proto).
ROUTE_TIMEOUT = timedelta(seconds=15)
CONNECT_TIMEOUT = timedelta(seconds=5)
# Source: circuit_breaker.proto.
BREAKERS = {"max_connections": 1024.0, "max_pending_requests": 1024.0, "max_requests": 1024.0, "max_retries": 3.0}
# Values that retry_on knows; every other one is dropped without a word (checked with 1.40). Source: the router filter's page.
HTTP_CONDITIONS = (
    "5xx", "gateway-error", "reset", "reset-before-request", "connect-failure", "envoy-ratelimited", "retriable-4xx", "refused-stream",
    "retriable-status-codes", "retriable-headers", "http3-post-connect-failure",
)  # fmt: skip
GRPC_CONDITIONS = ("cancelled", "deadline-exceeded", "internal", "resource-exhausted", "unavailable")
# Nothing has reached the application in these cases.
UNSENT = ("connect-failure", "refused-stream", "reset-before-request", "envoy-ratelimited", "http3-post-connect-failure")
# From this version on the first ejection too must keep within max_ejection_percent (version history of 1.28.0, measured with 1.40).
PERCENT_HOLDS_FROM = "1.28"
# Words of a route's condition that the value asked for follows.
NAMED = ("header", "query", "prefix", "path", "path_separated_prefix", "safe_regex")
_NUMBER = regexp(r"-?\d{1,15}(\.\d{1,15})?")


def times(one: timedelta, count: int) -> timedelta:
    """`one` so many times; a hundred years at most, since a file may hold any number."""
    most = timedelta(days=36525)
    return one * count if count <= 0 or one <= most / count else most


def number(options: Mapping[str, str], path: str, default: float) -> float:
    """The number at that path, `default` where nobody wrote one."""
    text = options.get(path)
    return float(text) if text and _NUMBER.fullmatch(text) else default


def place(pool: Pool, *paths: str) -> Location:
    """Where the first of these paths that is written stands, else the pool's header. A path may be that of a message or a list."""
    return next((pool.places[path] for path in paths if path in pool.places), pool.location)


def ways(pool: Pool, topology: Topology, http: bool = True) -> Iterator[tuple[Listener, Route]]:
    """The routes of HTTP listeners that lead to the pool, or those of TCP proxies."""
    return ((listener, route) for listener, route in topology.routes_to(pool.name) if (listener.mode == "http") == http)


def shared(topology: Topology, path: str, wrong: Callable[[Pool, Route], object]) -> Iterator[tuple[Location, Route, tuple[Pool, ...]]]:
    """Each place where the setting at `path` is wrong for HTTP routes, with the first route and all pools that it is wrong for.

    A retry policy of a virtual host rules every route in it: it is one mistake, not one for each.
    """
    among = (route for listener in topology.listeners if listener.mode == "http" for route in listener.routes)
    return by_place(topology, among, lambda route: at(route, path), wrong)


def at(route: Route, *paths: str) -> Location:
    """Where the first of these settings that is written stands, else the route."""
    return next((route.places[path] for path in paths if path in route.places), route.location)


def several(pool: Pool) -> bool:
    """Whether a request has another server to go to, as far as one can know."""
    return len(pool.servers) > 1 or pool.discovered


def retries(route: Route) -> tuple[tuple[str, ...], int]:
    """When a failed attempt of this route is repeated, the words that Envoy knows alone, and how often at most. Nothing: never."""
    words = [word.strip() for word in route.options.get("retry_policy.retry_on", "").split(",")]
    most = int(number(route.options, "retry_policy.num_retries", 1))
    known = tuple(word for word in words if word in HTTP_CONDITIONS or word in GRPC_CONDITIONS)
    if not entries(route.options, "retry_policy.retriable_status_codes"):
        known = tuple(word for word in known if word != "retriable-status-codes")
    return (known, most) if known and most > 0 else ((), 0)


def route_timeout(route: Route) -> timedelta | None:
    """How long the route waits for the whole answer, retries included; None for ever (`timeout: 0s`)."""
    written = envoy_span(route.options.get("timeout"))
    return (ROUTE_TIMEOUT if written is None else written) or None


def threshold(pool: Pool, route: Route | None = None) -> str | None:
    """The path of the circuit breaker in force for the route's priority (DEFAULT without one); None where Envoy's defaults are."""
    wanted = _priority(route.options.get("priority")) if route else "DEFAULT"
    own = entries(pool.options, "circuit_breakers.thresholds")
    return next((path for path in own if _priority(pool.options.get(f"{path}.priority")) == wanted), None)


def _priority(written: str | None) -> str:
    return {"1": "HIGH", "HIGH": "HIGH"}.get(written or "", "DEFAULT")


def limit(pool: Pool, name: str, route: Route | None = None) -> float:
    """What a circuit breaker allows: `max_connections`, `max_pending_requests`, `max_requests` (1024 each) or `max_retries` (3)."""
    path = threshold(pool, route)
    return number(pool.options, f"{path}.{name}", BREAKERS[name]) if path else BREAKERS[name]


def retry_budget(pool: Pool, route: Route) -> float | None:
    """How many retries there may be for a hundred requests, None without a budget; `max_retries` then counts no more."""
    path = f"{threshold(pool, route)}.retry_budget"
    return number(pool.options, f"{path}.budget_percent.value", 20) if has(pool.options, path) else None


def spoken(pool: Pool) -> str:
    """What servers are spoken to in: "HTTP/2" or "HTTP/1" where that is fixed, "either" where clients or the handshake decide."""
    if has(pool.options, f"{HTTP_OPTIONS}.explicit_http_config.http2_protocol_options") or has(pool.options, "http2_protocol_options"):
        return "HTTP/2"
    kinds = ("auto_config", "use_downstream_protocol_config", "explicit_http_config.http3_protocol_options")
    return "either" if any(has(pool.options, f"{HTTP_OPTIONS}.{kind}") for kind in kinds) else "HTTP/1"


def only_grpc(route: Route) -> bool:
    """Whether the route is for gRPC alone (`match: {grpc: {}}`)."""
    words = (route.condition or "").split()
    # The domains come first; what follows these words is a name.
    return any(word == "grpc" and words[number - 1] not in NAMED for number, word in enumerate(words) if number > 1)


def checks(pool: Pool) -> tuple[str, ...]:
    """The paths of the cluster's active health checks."""
    return entries(pool.options, "health_checks")


@dataclass(frozen=True, slots=True)
class Outlier:
    """What outlier detection can do in a pool. `percent` may be out at once; `enforced` are the detectors that may take a server out."""

    percent: float
    enforced: tuple[str, ...]
    too_few: bool

    @property
    def ejects(self) -> bool:
        """Whether any failure can take any server out."""
        return bool(self.enforced) and not self.too_few


# Detector, how often it is enforced (per cent, default), and what it waits for. Defaults: outlier_detection.proto.
_COUNTED = (
    ("consecutive_5xx", "enforcing_consecutive_5xx", 100),
    ("consecutive_gateway_failure", "enforcing_consecutive_gateway_failure", 0),
    ("consecutive_local_origin_failure", "enforcing_consecutive_local_origin_failure", 100),
)
_COMPARED = (
    ("success_rate", "enforcing_success_rate", 100),
    ("failure_percentage", "enforcing_failure_percentage", 0),
)
# So many failures in a row never come before something else ends the incident.
NEVER = 1000


def outlier(pool: Pool, topology: Topology) -> Outlier | None:
    """What outlier detection does in this pool; None where there is none."""
    options, own = pool.options, "outlier_detection"
    if not has(options, own):
        return None
    enforced = []
    for name, enforcing, default in _COUNTED:
        if name == "consecutive_local_origin_failure" and options.get(f"{own}.split_external_local_origin_errors") != "true":
            continue
        if number(options, f"{own}.{enforcing}", default) > 0 and number(options, f"{own}.{name}", 5) < NEVER:
            enforced.append(name)
    for name, enforcing, default in _COMPARED:
        enough = pool.discovered or len(pool.servers) >= number(options, f"{own}.{name}_minimum_hosts", 5)
        if number(options, f"{own}.{enforcing}", default) > 0 and enough:
            enforced.append(name)
    percent = number(options, f"{own}.max_ejection_percent", 10)
    one = options.get(f"{own}.always_eject_one_host") == "true"
    strict = not pool.discovered and not one and at_least(topology, PERCENT_HOLDS_FROM)
    few = strict and len(pool.servers) > 0 and 100 / len(pool.servers) > percent
    return Outlier(percent, tuple(enforced), few)


def noticed(pool: Pool, topology: Topology) -> bool:
    """Whether anything takes a dead server of this pool out of rotation."""
    found = outlier(pool, topology)
    return any(server.check is not None for server in pool.servers) or (found is not None and found.ejects)


def tls_contexts(pool: Pool) -> tuple[str, ...]:
    """The paths of the TLS contexts that servers are spoken to in, below wrappers of other transport sockets too."""
    types = pool.options.named("@type") if isinstance(pool.options, Settings) else tuple(pool.options)
    return tuple(path.removesuffix(".@type") for path in types if pool.options.get(path, "").endswith(".UpstreamTlsContext"))
