"""A cluster's active health check in the words of all products. Pure."""

from datetime import timedelta
from typing import Literal

from poise.balancers.envoy.document import Node, Text
from poise.balancers.envoy.tree import duration, get, number, text
from poise.model.topology import HealthCheck


def health_check(check: Node | None, endpoint: Node | None, places: Text) -> HealthCheck | None:
    """The check of one endpoint: `check` is the cluster's, `endpoint` may send it elsewhere (`health_check_config`) or switch it off."""
    if check is None:
        return None
    http, own = get(check, "http_health_check"), get(endpoint, "health_check_config")
    if text(own, "disable_active_health_check") == "true":
        return None
    kind: Literal["tcp", "http", "other"] = "http" if http is not None else "tcp" if get(check, "tcp_health_check") is not None else "other"
    return HealthCheck(
        kind=kind,
        interval=duration(check, "interval") or timedelta(0),
        fall=number(check, "unhealthy_threshold") or 1,
        rise=number(check, "healthy_threshold") or 1,
        method=(text(http, "method") or "GET") if http is not None else None,
        path=text(http, "path"),
        address=text(own, "address", "socket_address", "address"),
        port=number(own, "port_value") or number(own, "address", "socket_address", "port_value"),
        location=places.location(check.start, check.end),
        timeout=duration(check, "timeout"),
    )
