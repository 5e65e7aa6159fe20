"""nginx-prometheus-exporter: `stub_status` of nginx, which knows nothing of servers, and the API of NGINX Plus, which does."""

from collections.abc import Iterable, Sequence

import numpy as np

from poise.exporters.metric import Column, Exporter, Labelled, Measured, Table, by_table
from poise.model.sample import ComponentKind
from poise.model.series import Series

STUB: Table = {
    "nginx_connections_active": (Column("load-balancer", "sessions"),),
    "nginx_connections_accepted": (Column("load-balancer", "accepts_total"),),
    "nginx_connections_handled": (Column("load-balancer", "handled_total"),),
    "nginx_http_requests_total": (Column("load-balancer", "requests_total"),),
    "nginx_connections_reading": (Column("load-balancer", "reading"),),
    "nginx_connections_writing": (Column("load-balancer", "writing"),),
    "nginx_connections_waiting": (Column("load-balancer", "waiting"),),
}
# Times of NGINX Plus are in milliseconds, a limit of 0 is none (the exporter's README, after ngx_http_api_module).
TABLE: Table = {
    "nginxplus_upstream_server_requests": (Column("server", "requests_total"),),
    "nginxplus_upstream_server_responses": (Column("server", "responses_5xx_total", labels={"code": "5xx"}),),
    "nginxplus_upstream_server_active": (Column("server", "in_flight"),),
    "nginxplus_upstream_server_limit": (Column("server", "maxconn"),),
    "nginxplus_upstream_server_response_time": (Column("server", "response_ms"),),
    "nginxplus_upstream_server_fails": (Column("server", "connection_errors_total"),),
    "nginxplus_connections_active": (Column("load-balancer", "sessions"),),
    "nginxplus_http_requests_total": (Column("load-balancer", "requests_total"),),
    "nginxplus_server_zone_requests": (Column("listener", "requests_total"),),
    "nginxplus_server_zone_responses": (Column("listener", "responses_5xx_total", labels={"code": "5xx"}),),
}
STATE = "nginxplus_upstream_server_state"
# up, draining, down (taken out by hand); unavail, checking and unhealthy are 4 to 6.
UP, DRAINING, DOWN = 1.0, 2.0, 3.0


def read_stub(found: Sequence[Labelled]) -> Iterable[Measured]:
    """The process alone."""
    return by_table(found, STUB, lambda _, __: ("", None))


def read(found: Sequence[Labelled]) -> Iterable[Measured]:
    """Servers of upstreams, zones as listeners, and the process."""
    yield from by_table(found, TABLE, _named)
    for one in found:
        if one.name == STATE:
            values, (name, pool) = one.series.values, _server(one)
            for metric, states in (("up", (UP, DRAINING)), ("drain", (DRAINING,)), ("maintenance", (DOWN,))):
                state = Series(one.series.seconds, np.isin(values, states).astype(np.float64))
                yield Measured(one.label("instance"), "server", name, metric, state, pool)


def _named(one: Labelled, kind: ComponentKind) -> tuple[str, str | None] | None:
    if kind == "load-balancer":
        return "", None
    return (one.label("server_zone"), None) if kind == "listener" else _server(one)


def _server(one: Labelled) -> tuple[str, str]:
    pool = one.label("upstream")
    return f"{pool}/{one.label('server')}", pool


NGINX = Exporter("nginx-prometheus-exporter (stub_status)", ("nginx_connections_", "nginx_http_"), tuple(STUB), read_stub)
NGINX_PLUS = Exporter("nginx-prometheus-exporter (NGINX Plus)", ("nginxplus_",), (*TABLE, STATE), read)
