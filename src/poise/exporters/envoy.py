"""Envoy's `/stats/prometheus`, looked at on 1.40. Endpoints are in it only with `track_cluster_stats: {per_endpoint_stats: true}`."""

from collections.abc import Iterable, Sequence

from poise.exporters.metric import Column, Exporter, Labelled, Measured, Table, by_table, mean
from poise.model.sample import ComponentKind

TABLE: Table = {
    "envoy_cluster_endpoint_rq_total": (Column("server", "requests_total"),),
    "envoy_cluster_endpoint_rq_error": (Column("server", "responses_5xx_total"),),
    "envoy_cluster_endpoint_rq_active": (Column("server", "in_flight"),),
    "envoy_cluster_endpoint_rq_pending_active": (Column("server", "queue"),),
    "envoy_cluster_endpoint_cx_connect_fail": (Column("server", "connection_errors_total"),),
    "envoy_cluster_endpoint_healthy": (Column("server", "up"),),
    "envoy_cluster_upstream_rq_xx": (
        Column("pool", "requests_total"),
        Column("pool", "responses_5xx_total", labels={"envoy_response_code_class": "5"}),
    ),
    "envoy_cluster_upstream_rq_active": (Column("pool", "in_flight"),),
    "envoy_cluster_upstream_rq_pending_active": (Column("pool", "queue"),),
    "envoy_cluster_upstream_rq_retry": (Column("pool", "retries_total"),),
    "envoy_cluster_upstream_cx_connect_fail": (Column("pool", "connection_errors_total"),),
    "envoy_cluster_upstream_cx_none_healthy": (Column("pool", "none_healthy_total"),),
    "envoy_cluster_membership_total": (Column("pool", "servers"),),
    "envoy_cluster_membership_healthy": (Column("pool", "servers_up"),),
    "envoy_cluster_lb_healthy_panic": (Column("pool", "panic_total"),),
    "envoy_listener_downstream_cx_active": (Column("listener", "sessions"),),
    "envoy_listener_downstream_cx_total": (Column("listener", "sessions_total"),),
    "envoy_listener_http_downstream_rq_completed": (Column("listener", "requests_total"),),
    "envoy_listener_http_downstream_rq_xx": (Column("listener", "responses_5xx_total", labels={"envoy_response_code_class": "5"}),),
    "envoy_server_uptime": (Column("load-balancer", "uptime_seconds"),),
    "envoy_server_total_connections": (Column("load-balancer", "sessions"),),
}
# A histogram in milliseconds.
TIME_SUM, TIME_COUNT = "envoy_cluster_upstream_rq_time_sum", "envoy_cluster_upstream_rq_time_count"


def read(found: Sequence[Labelled]) -> Iterable[Measured]:
    """Endpoints as servers, clusters as pools, listeners by the address that statistics call them by, and the process."""
    yield from by_table(found, TABLE, _named)
    counts = {_key(one): one.series for one in found if one.name == TIME_COUNT}
    for one in found:
        if one.name == TIME_SUM and _key(one) in counts:
            of, pool = _key(one)
            yield Measured(of, "pool", pool, "response_ms", mean(one.series, counts[of, pool]))


def _key(one: Labelled) -> tuple[str, str]:
    return one.label("instance"), one.label("envoy_cluster_name")


def _named(one: Labelled, kind: ComponentKind) -> tuple[str, str | None] | None:
    if kind == "load-balancer":
        return "", None
    if kind == "listener":
        return one.label("envoy_listener_address"), None
    pool = one.label("envoy_cluster_name")
    return (f"{pool}/{one.label('envoy_endpoint_address')}", pool) if kind == "server" else (pool, None)


ENVOY = Exporter("Envoy's /stats/prometheus", ("envoy_",), (*TABLE, TIME_SUM, TIME_COUNT), read)
