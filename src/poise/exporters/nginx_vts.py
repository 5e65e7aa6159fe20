"""nginx-module-vts' own Prometheus page, and nginx-vts-exporter's older names of the same."""

from collections.abc import Iterable, Sequence

from poise.exporters.metric import Column, Exporter, Labelled, Measured, Table, by_table, mean
from poise.model.sample import ComponentKind

TOTAL, FIVE = {"code": "total"}, {"code": "5xx"}
TABLE: Table = {
    **{
        name: (Column("server", "requests_total", labels=TOTAL), Column("server", "responses_5xx_total", labels=FIVE))
        for name in ("nginx_vts_upstream_requests_total", "nginx_upstream_requests")
    },
    **{
        name: (Column("listener", "requests_total", labels=TOTAL), Column("listener", "responses_5xx_total", labels=FIVE))
        for name in ("nginx_vts_server_requests_total", "nginx_server_requests")
    },
    "nginx_vts_main_connections": (Column("load-balancer", "sessions", labels={"status": "active"}),),
    "nginx_server_connections": (Column("load-balancer", "sessions", labels={"status": "active"}),),
}
# Milliseconds since release 0.1.17 of the module, seconds in others: each by its name.
TIMES = {"nginx_vts_upstream_response_msecs_total": 1.0, "nginx_vts_upstream_response_seconds_total": 1000.0}
COUNTS = "nginx_vts_upstream_requests_total"


def read(found: Sequence[Labelled]) -> Iterable[Measured]:
    """Backends of upstreams as servers, hosts as listeners, and the process. Whether a server is up and what weight it has is not told."""
    yield from by_table(found, TABLE, _named)
    counts = {(o.label("instance"), _server(o)): o.series for o in found if o.name == COUNTS and o.labels.get("code") == "total"}
    for one in found:
        key = (one.label("instance"), _server(one))
        if one.name in TIMES and key in counts:
            yield Measured(key[0], "server", key[1][0], "response_ms", mean(one.series, counts[key], TIMES[one.name]), key[1][1])


def _named(one: Labelled, kind: ComponentKind) -> tuple[str, str | None] | None:
    if kind == "load-balancer":
        return "", None
    if kind == "listener":
        # `*` is the sum of all hosts.
        return None if one.label("host") == "*" else (one.label("host"), None)
    return _server(one)


def _server(one: Labelled) -> tuple[str, str]:
    pool = one.label("upstream")
    return f"{pool}/{one.label('backend')}", pool


NGINX_VTS = Exporter("nginx-module-vts", ("nginx_vts_", "nginx_upstream_", "nginx_server_"), (*TABLE, *TIMES), read)
