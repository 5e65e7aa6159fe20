"""How Envoy's clusters, routes and listeners say things: durations, numbers, retries, breakers, outlier detection. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from poise.model.location import Location
from poise.model.topology import Listener, Pool, Route, Topology
from poise.rules.version import at_least

HTTP_OPTIONS = "typed_extension_protocol_options[envoy.extensions.upstreams.http.v3.HttpProtocolOptions]"
HASHES = ("RING_HASH", "MAGLEV")
# A route without `timeout` waits so long for the whole answer, retries included (route_components.proto).
ROUTE_TIMEOUT = timedelta(seconds=15)
CONNECT_TIMEOUT = timedelta(seconds=5)
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


def span(text: str | None) -> timedelta | None:
    """A duration as protobuf writes it, "0.25s"; None if it is not one."""
    found = re.fullmatch(r"(\d{1,11})(?:\.(\d{1,9}))?s", text or "")
    return timedelta(seconds=int(found[1]), microseconds=int((found[2] or "").ljust(6, "0")[:6])) if found else None


def number(options: Mapping[str, str], path: str, default: float) -> float:
    """The number at that path, `default` where nobody wrote one."""
    text = options.get(path, "")
    return float(text) if re.fullmatch(r"-?\d{1,15}(\.\d{1,15})?", text) else default


def has(options: Mapping[str, str], path: str) -> bool:
    """Whether anything is written at that path or below it."""
    return path in options or any(key.startswith((f"{path}.", f"{path}[")) for key in options)


def entries(options: Mapping[str, str], path: str) -> tuple[str, ...]:
    """The paths of a list's items: `thresholds.0`, `thresholds.1` …, in order."""
    found = {int(m[1]): m[0] for key in options if (m := re.match(rf"{re.escape(path)}\.(\d{{1,9}})(?=[.\[]|$)", key))}
    return tuple(found[index] for index in sorted(found))


def place(pool: Pool, *paths: str) -> Location:
    """Where the first of these paths that is written stands, else the pool's header. A path may be the beginning of one."""
    for path in paths:
        if path in pool.places:
            return pool.places[path]
        below = next((key for key in pool.places if key.startswith((f"{path}.", f"{path}["))), None)
        if below is not None:
            return pool.places[below]
    return pool.location


def ways(pool: Pool, topology: Topology, http: bool = True) -> Iterator[tuple[Listener, Route]]:
    """The routes of HTTP listeners that lead to the pool, or those of TCP proxies."""
    return ((listener, route) for listener, route in topology.routes_to(pool.name) if (listener.mode == "http") == http)


def spoken(pool: Pool) -> str:
    """What servers are spoken to in: "HTTP/2" or "HTTP/1" where that is fixed, "either" where clients or the handshake decide."""
    if has(pool.options, f"{HTTP_OPTIONS}.explicit_http_config.http2_protocol_options") or has(pool.options, "http2_protocol_options"):
        return "HTTP/2"
    kinds = ("auto_config", "use_downstream_protocol_config", "explicit_http_config.http3_protocol_options")
    return "either" if any(has(pool.options, f"{HTTP_OPTIONS}.{kind}") for kind in kinds) else "HTTP/1"


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
