"""What was not measured of a layer, and what that costs in certainty. Pure."""

from collections.abc import Mapping, Sequence

from poise.model.fault import Layer
from poise.model.sample import ComponentKind, Window

# By layer: kind, metric, what it is, what cannot be told without it, and how it comes to be measured.
SIGHT: Mapping[Layer, Sequence[tuple[ComponentKind, str, str, str, str]]] = {
    "load-balancer": (
        (
            "server",
            "requests_total",
            "requests of each server",
            "uneven traffic cannot be told from a server that is slow by itself",
            "HAProxy's socket, nginx's log with $upstream_addr, Envoy's admin interface",
        ),
        ("server", "up", "states of the servers", "a check that is wrong looks like servers that are down", "as above"),
        ("pool", "queue", "the queue in the load balancer", "a limit that is too low looks like slow applications", "HAProxy or Envoy"),
        (
            "listener",
            "accept_queue",
            "connections that wait to be accepted",
            "a listener that is full is seen by clients alone: every inner figure stays green",
            "poise on the load balancer's own machine",
        ),
    ),
    "application": (
        (
            "application",
            "in_flight",
            "requests that each application works on",
            "a slow application cannot be told from a crowded one",
            "metrics of [watch.server] in poise.toml",
        ),
        (
            "application",
            "response_ms",
            "response time on the application's side",
            "time on the way looks like the application's",
            "as above",
        ),
        (
            "server",
            "responses_5xx_total",
            "errors of each server",
            "one failing server cannot be told from all",
            "the load balancer's figures",
        ),
    ),
    "database": (
        (
            "database",
            "statement_ms",
            "the statement mean on the database's own side",
            "a slow database cannot be told from a slow way to it",
            "dsn of [watch.database] in poise.toml, with pg_stat_statements",
        ),
        ("database", "lock_waits", "sessions that wait for a lock", "locks look like a slow database", "dsn of [watch.database]"),
        (
            "database",
            "connections",
            "connections against their limit",
            "a database that lets nobody in looks idle",
            "dsn of [watch.database]",
        ),
        (
            "application",
            "database_ms",
            "database time as applications see it",
            "nobody knows whether they feel it",
            "metrics of [watch.server]",
        ),
    ),
    "network": (
        (
            "hop",
            "ping_ms",
            "the first byte over each path",
            "delay on the way cannot be told from a slow far end",
            "poise probes the paths of servers in [watch.server] and of path in [watch.database]",
        ),
        ("hop", "retransmits_total", "retransmissions of each path", "loss looks like slowness, for whoever waits", "as above"),
    ),
}
OF_ALL = (
    "client",
    "p99_ms",
    "what clients feel",
    "nobody can say that they are harmed, nor that all is well",
    "client of [watch] in poise.toml",
)


def unseen(layer: Layer, window: Window) -> tuple[tuple[str, str, str], ...]:
    """What was not measured, what cannot be told without it, and how it would be."""
    kinds = {component.name: component.kind for component in window.stack.components}
    seen = {(kinds.get(name), metric) for name, metric in window.series}
    return tuple((what, cost, how) for kind, metric, what, cost, how in (*SIGHT.get(layer, ()), OF_ALL) if (kind, metric) not in seen)
