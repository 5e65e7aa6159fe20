"""A cluster's active health check in the words of all products. Pure."""

from dataclasses import replace
from datetime import timedelta
from typing import Literal

from poise.balancers.envoy.document import Node, Text
from poise.balancers.envoy.tree import duration, get, number, text
from poise.model.topology import HealthCheck


def health_check(check: Node | None, places: Text) -> HealthCheck | None:
    """The check of a cluster, as it is for an endpoint that says nothing of its own."""
    if check is None:
        return None
    http = get(check, "http_health_check")
    kind: Literal["tcp", "http", "other"] = "http" if http is not None else "tcp" if get(check, "tcp_health_check") is not None else "other"
    return HealthCheck(
        kind=kind,
        interval=duration(check, "interval") or timedelta(0),
        fall=number(check, "unhealthy_threshold") or 1,
        rise=number(check, "healthy_threshold") or 1,
        method=(text(http, "method") or "GET") if http is not None else None,
        path=text(http, "path"),
        location=places.location(check.start, check.end),
        timeout=duration(check, "timeout"),
    )


def for_endpoint(check: HealthCheck | None, endpoint: Node | None) -> HealthCheck | None:
    """The check of one endpoint, which may send it elsewhere or switch it off (`health_check_config`)."""
    own = get(endpoint, "health_check_config")
    if check is None or own is None:
        return check
    if text(own, "disable_active_health_check") == "true":
        return None
    return replace(
        check,
        address=text(own, "address", "socket_address", "address"),
        port=number(own, "port_value") or number(own, "address", "socket_address", "port_value"),
    )
