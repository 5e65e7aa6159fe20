"""Envoy's statistics and the metrics that they are. Pure."""

from collections.abc import Mapping

POOL: Mapping[str, str] = {
    # What clients got an answer to, be it Envoy's own: those that a breaker refuses were never sent to a server.
    "upstream_rq_completed": "requests_total",
    "upstream_rq_total": "tries_total",
    "upstream_rq_5xx": "responses_5xx_total",
    "upstream_rq_active": "in_flight",
    "upstream_rq_pending_active": "queue",
    "upstream_rq_retry": "retries_total",
    "upstream_rq_retry_overflow": "retries_refused_total",
    "upstream_rq_timeout": "timeouts_total",
    "upstream_rq_per_try_timeout": "try_timeouts_total",
    "upstream_rq_pending_overflow": "requests_refused_total",
    "upstream_cx_active": "connections",
    "upstream_cx_overflow": "connections_refused_total",
    "upstream_cx_connect_fail": "connection_errors_total",
    "upstream_cx_connect_timeout": "connection_timeouts_total",
    "upstream_cx_none_healthy": "none_healthy_total",
    "lb_healthy_panic": "panic_total",
    "membership_total": "servers",
    "membership_healthy": "servers_up",
    "membership_degraded": "servers_degraded",
    "membership_excluded": "servers_excluded",
    "membership_change": "membership_changes_total",
    "outlier_detection.ejections_active": "servers_ejected",
    "outlier_detection.ejections_enforced_total": "ejections_total",
    "outlier_detection.ejections_overflow": "ejections_refused_total",
    "health_check.attempt": "checks_total",
    "health_check.failure": "check_failures_total",
}
# 1 while the breaker refuses; `remaining` only with track_remaining.
BREAKERS: Mapping[str, str] = {
    f"circuit_breakers.{priority}.{name}": f"{'' if priority == 'default' else 'high_priority_'}{metric}"
    for priority in ("default", "high")
    for name, metric in {
        "cx_open": "connections_breaker_open",
        "rq_pending_open": "queue_breaker_open",
        "rq_open": "requests_breaker_open",
        "rq_retry_open": "retries_breaker_open",
        "remaining_cx": "connections_remaining",
        "remaining_pending": "queue_remaining",
        "remaining_rq": "requests_remaining",
        "remaining_retries": "retries_remaining",
    }.items()
}
# Of endpoints (below a cluster), clusters (cds), listeners (lds) and routes (rds). A file that is watched counts in the same way.
DISCOVERY: Mapping[str, str] = {
    "update_attempt": "discovery_attempts_total",
    "update_success": "discovery_updates_total",
    "update_failure": "discovery_failures_total",
    "update_rejected": "discovery_rejected_total",
    "init_fetch_timeout": "discovery_timeouts_total",
    "assignment_stale": "discovery_stale_total",
    "update_time": "discovery_updated_ms",
    "version": "discovery_version",
}
LISTENER: Mapping[str, str] = {
    "downstream_cx_active": "sessions",
    "downstream_cx_total": "sessions_total",
    "downstream_cx_overflow": "sessions_over_listener_limit_total",
    "downstream_global_cx_overflow": "sessions_over_global_limit_total",
    "downstream_cx_overload_reject": "sessions_refused_overload_total",
    "no_filter_chain_match": "sessions_unmatched_total",
}
PROCESS: Mapping[str, str] = {
    "server.live": "live",
    "server.state": "state",
    "server.uptime": "uptime_seconds",
    "server.total_connections": "sessions",
    "server.parent_connections": "sessions_of_parent",
    "server.concurrency": "threads",
    "server.hot_restart_epoch": "hot_restart_epoch",
    "server.memory_allocated": "memory_bytes",
    "server.days_until_first_cert_expiring": "certificate_days",
    "control_plane.connected_state": "control_plane_connected",
}
# What tells that another configuration was taken.
MANAGERS: Mapping[str, str] = {
    "cluster_manager.active_clusters": "pools",
    "cluster_manager.warming_clusters": "pools_warming",
    "cluster_manager.cluster_added": "pools_added_total",
    "cluster_manager.cluster_modified": "pools_modified_total",
    "cluster_manager.cluster_removed": "pools_removed_total",
    "listener_manager.total_listeners_active": "listeners",
    "listener_manager.total_listeners_warming": "listeners_warming",
    "listener_manager.listener_added": "listeners_added_total",
    "listener_manager.listener_modified": "listeners_modified_total",
    "listener_manager.listener_removed": "listeners_removed_total",
    "listener_manager.listener_create_failure": "listeners_refused_total",
}
