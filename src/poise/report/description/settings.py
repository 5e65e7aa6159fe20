"""The times and limits that a reader asks for, by product: what each means and what holds where nobody wrote it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from poise.model.light import dataclass
from poise.model.topology import Listener, Route

NGINX_PROTOCOLS = ("proxy", "grpc", "fastcgi", "uwsgi", "scgi")


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table: the words of the product (`key`), what it means, and the product's own default in words."""

    meaning: str
    key: str
    default: str


# HAProxy's defaults: configuration manual 2.8, 4.2. nginx's: ngx_http_proxy_module, ngx_http_upstream_module. Envoy's: v3 API, 1.40.
POOL: Mapping[str, Sequence[Setting]] = {
    "haproxy": (
        Setting("connecting to a server may take", "timeout connect", "without limit"),
        Setting("a server may be silent for", "timeout server", "without limit"),
        Setting("a request may wait for a free server for", "timeout queue", "as `timeout connect`"),
        Setting("an open tunnel (WebSocket) may be silent for", "timeout tunnel", "as `timeout server`"),
        Setting("a failed connection is tried again", "retries", "3 times"),
        Setting("what is tried again", "retry-on", "connections that failed"),
        Setting("on another server", "option redispatch", "no: on the same"),
        Setting("connections to servers are shared", "http-reuse", "safe"),
    ),
    "nginx": (
        Setting("workers share their counts", "zone", "no: each worker for itself"),
        Setting("idle connections kept, by each worker", "keepalive", "none before nginx 1.29.7"),
        Setting("an idle connection is kept for", "keepalive_timeout", "60 s"),
    ),
    "envoy": (
        Setting("connecting to a server may take", "connect_timeout", "5 s"),
        Setting("connections at once, all servers together", "circuit_breakers.thresholds.0.max_connections", "1024"),
        Setting("requests waiting for a connection", "circuit_breakers.thresholds.0.max_pending_requests", "1024"),
        Setting("requests at once (HTTP/2)", "circuit_breakers.thresholds.0.max_requests", "1024"),
        Setting("retries at once", "circuit_breakers.thresholds.0.max_retries", "3"),
        Setting("below this part of healthy servers all get requests (%)", "common_lb_config.healthy_panic_threshold.value", "50"),
        Setting("taken out after that many 5xx in a row", "outlier_detection.consecutive_5xx", "no: answers are not watched"),
        Setting("taken out together at most (%)", "outlier_detection.max_ejection_percent", "10, where answers are watched"),
    ),
}
ROUTE: Mapping[str, Sequence[Setting]] = {
    "nginx": (
        Setting("connecting to a server may take", "*_connect_timeout", "60 s"),
        Setting("a server may be silent for", "*_read_timeout", "60 s"),
        Setting("what is tried on another server", "*_next_upstream", "error timeout"),
        Setting("attempts in all", "*_next_upstream_tries", "each server once"),
        Setting("attempts may take together", "*_next_upstream_timeout", "without limit"),
    ),
    "envoy": (
        Setting("the whole answer may take", "timeout", "15 s"),
        Setting("what is tried again", "retry_policy.retry_on", "nothing"),
        Setting("retries", "retry_policy.num_retries", "1, where something is tried again"),
        Setting("an attempt may take", "retry_policy.per_try_timeout", "as the whole"),
    ),
}
LISTENER: Mapping[str, Sequence[Setting]] = {
    "haproxy": (
        Setting("clients at once", "maxconn", "as many as the process takes"),
        Setting("a client may be silent for", "timeout client", "without limit"),
        Setting("a request's headers may take", "timeout http-request", "as `timeout client`"),
        Setting("an idle client is kept for", "timeout http-keep-alive", "as `timeout http-request`"),
    ),
    "nginx": (),
    "envoy": (
        Setting("a stream may be silent for", "hcm.stream_idle_timeout", "5 min"),
        Setting("an idle client is kept for", "hcm.common_http_protocol_options.idle_timeout", "1 h"),
        Setting(
            "requests of a client at once (HTTP/2)",
            "hcm.http2_protocol_options.max_concurrent_streams",
            "1024 (before 1.36: without limit)",
        ),
    ),
}


def rows(settings: Sequence[Setting], options: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Meaning, the product's word and value of each setting of one object."""
    for each in settings:
        written = options.get(each.key)
        yield each.meaning, each.key, _value(each, written)


def route_rows(settings: Sequence[Setting], ways: Iterable[tuple[Listener, Route]]) -> Iterator[tuple[str, str, str]]:
    """The same of the routes to a pool: one value where all have it, else each with its routes."""
    routes = list(ways)
    for each in settings:
        found: dict[str, list[str]] = {}
        for listener, route in routes:
            where = listener.name if route.condition is None else route.condition
            found.setdefault(_value(each, _of_route(each.key, route)), []).append(where)
        if len(found) < 2:
            yield each.meaning, each.key, next(iter(found), _value(each, None))
        else:
            yield each.meaning, each.key, "; ".join(f"{value}: {_some(where)}" for value, where in found.items())


def _of_route(key: str, route: Route) -> str | None:
    names = [f"{protocol}{key[1:]}" for protocol in NGINX_PROTOCOLS] if key.startswith("*") else [key]
    return next((route.options[name] for name in names if name in route.options), None)


def _value(setting: Setting, written: str | None) -> str:
    if written is None:
        return f"{setting.default} (not written)"
    return written or "yes"


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
