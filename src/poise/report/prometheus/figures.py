"""Which series of which exporter tell what: the rules speak of figures, an exporter gives each its name and labels.

HAProxy's names are those of its own exporter (`http-request use-service prometheus-exporter`; looked at on 2.6 and 2.8), Envoy's those
of `/stats/prometheus` (1.40; figures per endpoint only with `track_cluster_stats: {per_endpoint_stats: true}`), poise's those of
`poise watch`. nginx's own exporter knows nothing of servers and upstreams: there is none for it here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Of = Literal["server", "pool", "listener", "load-balancer"]
# What an object's name is called in recorded series, whatever the exporter calls it.
LABELS: Mapping[Of, tuple[str, ...]] = {
    "server": ("pool", "server"),
    "pool": ("pool",),
    "listener": ("listener",),
    "load-balancer": (),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One series of an exporter: its `metric` and the `labels` that it must have."""

    metric: str
    of: Of
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Exporter:
    """What one exporter tells. `names` gives its label for pool, server and listener, `apart` the label that tells load balancers apart."""

    name: str
    names: Mapping[str, str]
    figures: Mapping[str, Figure]
    apart: str = "instance"

    def selector(self, figure: str, match: str, named: Mapping[str, str] | None = None) -> str:
        """The series of that figure, narrowed by `match` (`job="edge"`, "" for none) and by the `named` objects, by our label."""
        one = self.figures[figure]
        wanted = {**one.labels, **{self.names.get(label, label): value for label, value in (named or {}).items()}}
        inside = ",".join([f"{label}={quoted(value)}" for label, value in wanted.items()] + ([match] if match else []))
        return f"{one.metric}{{{inside}}}" if inside else one.metric


def quoted(text: str) -> str:
    """As a string of PromQL: names of servers hold what their owner wrote."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


HAPROXY = Exporter(
    "HAProxy's own exporter",
    {"pool": "proxy", "listener": "proxy", "server": "server"},
    {
        # Not `loadbalanced_total`: attempts stand still while requests wait in a queue.
        "server_requests": Figure("haproxy_server_sessions_total", "server"),
        "server_errors": Figure("haproxy_server_http_responses_total", "server", {"code": "5xx"}),
        # 1 for a server without a check too, 0 in maintenance and drain.
        "server_up": Figure("haproxy_server_status", "server", {"state": "UP"}),
        # What was set, not what slow start makes of it.
        "server_weight": Figure("haproxy_server_uweight", "server"),
        "server_in_flight": Figure("haproxy_server_current_sessions", "server"),
        "server_limit": Figure("haproxy_server_limit_sessions", "server"),
        "server_retries": Figure("haproxy_server_retry_warnings_total", "server"),
        "server_queue": Figure("haproxy_server_current_queue", "server"),
        "pool_queue": Figure("haproxy_backend_current_queue", "pool"),
        "pool_errors": Figure("haproxy_backend_http_responses_total", "pool", {"code": "5xx"}),
        "pool_answers": Figure("haproxy_backend_http_responses_total", "pool"),
        "listener_in_flight": Figure("haproxy_frontend_current_sessions", "listener"),
        "listener_limit": Figure("haproxy_frontend_limit_sessions", "listener"),
        "load_balancer_in_flight": Figure("haproxy_process_current_connections", "load-balancer"),
        "load_balancer_limit": Figure("haproxy_process_max_connections", "load-balancer"),
    },
)
ENVOY = Exporter(
    "Envoy's /stats/prometheus",
    {"pool": "envoy_cluster_name", "server": "envoy_endpoint_address"},
    {
        "server_requests": Figure("envoy_cluster_endpoint_rq_total", "server"),
        "server_errors": Figure("envoy_cluster_endpoint_rq_error", "server"),
        "server_up": Figure("envoy_cluster_endpoint_healthy", "server"),
        "server_in_flight": Figure("envoy_cluster_endpoint_rq_active", "server"),
        "pool_queue": Figure("envoy_cluster_upstream_rq_pending_active", "pool"),
        "pool_errors": Figure("envoy_cluster_upstream_rq_xx", "pool", {"envoy_response_code_class": "5"}),
        "pool_answers": Figure("envoy_cluster_upstream_rq_xx", "pool"),
        "pool_panic": Figure("envoy_cluster_lb_healthy_panic", "pool"),
        "pool_refused_updates": Figure("envoy_cluster_update_rejected", "pool"),
    },
)
POISE = Exporter(
    "poise watch",
    {"pool": "pool", "server": "server", "listener": "listener"},
    {
        "server_requests": Figure("poise_server_requests_total", "server"),
        "server_errors": Figure("poise_server_responses_5xx_total", "server"),
        "server_up": Figure("poise_server_serving", "server"),
        "server_weight": Figure("poise_server_weight", "server"),
        "server_in_flight": Figure("poise_server_in_flight", "server"),
        "server_limit": Figure("poise_server_maxconn", "server"),
        "server_retries": Figure("poise_server_retries_total", "server"),
        "server_queue": Figure("poise_server_queue", "server"),
        "pool_queue": Figure("poise_pool_queue", "pool"),
        "pool_panic": Figure("poise_pool_panic_total", "pool"),
        "listener_in_flight": Figure("poise_listener_sessions", "listener"),
        "listener_limit": Figure("poise_listener_session_limit", "listener"),
    },
    "load_balancer",
)
