"""HAProxy's own exporter (`http-request use-service prometheus-exporter`); names and labels looked at on 2.6 and 2.8."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from poise.exporters.metric import Column, Exporter, Labelled, Measured, Table, by_table
from poise.model.sample import ComponentKind
from poise.model.series import Series

SECONDS = 1000.0
FIVE = {"code": "5xx"}
# `sessions_total` and not `loadbalanced_total`: attempts stand still while requests wait in a queue.
TABLE: Table = {
    "haproxy_server_sessions_total": (Column("server", "requests_total"),),
    "haproxy_server_http_responses_total": (Column("server", "responses_5xx_total", labels=FIVE),),
    "haproxy_server_current_sessions": (Column("server", "in_flight"),),
    "haproxy_server_current_queue": (Column("server", "queue"),),
    "haproxy_server_weight": (Column("server", "effective_weight"),),
    "haproxy_server_uweight": (Column("server", "weight"),),
    "haproxy_server_response_time_average_seconds": (Column("server", "response_ms", SECONDS),),
    "haproxy_server_connect_time_average_seconds": (Column("server", "connect_ms", SECONDS),),
    "haproxy_server_queue_time_average_seconds": (Column("server", "queue_ms", SECONDS),),
    "haproxy_server_check_duration_seconds": (Column("server", "check_ms", SECONDS),),
    "haproxy_server_retry_warnings_total": (Column("server", "retries_total"),),
    "haproxy_server_redispatch_warnings_total": (Column("server", "redispatches_total"),),
    "haproxy_server_connection_errors_total": (Column("server", "connection_errors_total"),),
    "haproxy_server_response_errors_total": (Column("server", "response_errors_total"),),
    "haproxy_server_check_failures_total": (Column("server", "check_failures_total"),),
    "haproxy_server_limit_sessions": (Column("server", "maxconn"),),
    "haproxy_server_status": tuple(
        Column("server", metric, labels={"state": state})
        for state, metric in (("UP", "up"), ("NOLB", "up"), ("DRAIN", "up"), ("MAINT", "maintenance"), ("DRAIN", "drain"))
    ),
    "haproxy_server_check_status": tuple(Column("server", "check_refused", labels={"state": s}) for s in ("L4CON", "L4TOUT")),
    "haproxy_backend_current_queue": (Column("pool", "queue"),),
    "haproxy_backend_queue_time_average_seconds": (Column("pool", "queue_ms", SECONDS),),
    "haproxy_backend_limit_sessions": (Column("pool", "limit"),),
    "haproxy_backend_sessions_total": (Column("pool", "requests_total"),),
    "haproxy_backend_http_responses_total": (Column("pool", "responses_5xx_total", labels=FIVE),),
    "haproxy_backend_current_sessions": (Column("pool", "in_flight"),),
    "haproxy_backend_response_time_average_seconds": (Column("pool", "response_ms", SECONDS),),
    "haproxy_backend_retry_warnings_total": (Column("pool", "retries_total"),),
    "haproxy_backend_redispatch_warnings_total": (Column("pool", "redispatches_total"),),
    "haproxy_backend_connection_errors_total": (Column("pool", "connection_errors_total"),),
    "haproxy_backend_active_servers": (Column("pool", "servers_up"),),
    "haproxy_backend_backup_servers": (Column("pool", "servers_up"),),
    "haproxy_frontend_current_sessions": (Column("listener", "sessions"),),
    "haproxy_frontend_limit_sessions": (Column("listener", "session_limit"),),
    "haproxy_frontend_http_requests_total": (Column("listener", "requests_total"),),
    "haproxy_frontend_http_responses_total": (Column("listener", "responses_5xx_total", labels=FIVE),),
    "haproxy_frontend_sessions_total": (Column("listener", "sessions_total"),),
    "haproxy_process_current_connections": (Column("load-balancer", "sessions"),),
    "haproxy_process_max_connections": (Column("load-balancer", "session_limit"),),
    "haproxy_process_uptime_seconds": (Column("load-balancer", "uptime_seconds"),),
    "haproxy_process_idle_time_percent": (Column("load-balancer", "idle_percent"),),
}
# Before 2.4 the status was one number without a label: 0 DOWN, 1 UP, 2 MAINT, 3 DRAIN, 4 NOLB (README of its exporter).
NUMBERED: Mapping[str, tuple[float, ...]] = {"up": (1, 3, 4), "maintenance": (2,), "drain": (3,)}
STATUS = "haproxy_server_status"


def read(found: Sequence[Labelled]) -> Iterable[Measured]:
    """Servers, pools, listeners and the process. The exporter's own frontend is told as any other."""
    yield from by_table(found, TABLE, _named)
    for one in found:
        if one.name == STATUS and "state" not in one.labels:
            for metric, numbers in NUMBERED.items():
                state = Series(one.series.seconds, np.isin(one.series.values, numbers).astype(np.float64))
                name = f"{one.label('proxy')}/{one.label('server')}"
                yield Measured(one.label("instance"), "server", name, metric, state, one.label("proxy"))


def _named(one: Labelled, kind: ComponentKind) -> tuple[str, str | None] | None:
    proxy = one.label("proxy")
    if kind == "load-balancer":
        return "", None
    return (f"{proxy}/{one.label('server')}", proxy) if kind == "server" else (proxy, None)


HAPROXY = Exporter("HAProxy's own exporter", ("haproxy_",), tuple(TABLE), read)
