"""Known ways to fail, one a file: the layer, what it looks like, what speaks for and against it, the remedy. Pure."""

from poise.faults import (
    connection_pool,
    database_connections,
    database_locked,
    database_slow,
    deep_health_check,
    dns_answer_wrong,
    frequent_reloads,
    listener_certificate,
    listener_maxconn,
    load_balancer_busy,
    load_balancer_down,
    network_delay,
    network_loss,
    none,
    outside,
    reload_cuts_connections,
    restart_without_drain,
    retry_storm,
    server_down,
    server_errors,
    server_left_in_drain,
    server_maxconn,
    server_slow,
    server_timeout,
    server_unchecked,
    servers_slow_all,
    source_behind_nat,
    stale_backend,
    surge,
    tls_certificate,
    traffic_pinned,
    uneven_weights,
    wrong_health_check,
    wrong_route,
)
from poise.faults.by_hand import by_hand
from poise.faults.unit import FaultUnit
from poise.model.diagnosis import Hypothesis
from poise.model.plan import Plan
from poise.model.sample import Window

FAULTS: tuple[FaultUnit, ...] = (
    load_balancer_down,
    load_balancer_busy,
    listener_certificate,
    reload_cuts_connections,
    wrong_route,
    uneven_weights,
    frequent_reloads,
    traffic_pinned,
    server_left_in_drain,
    source_behind_nat,
    server_maxconn,
    listener_maxconn,
    server_timeout,
    retry_storm,
    wrong_health_check,
    deep_health_check,
    server_unchecked,
    stale_backend,
    server_down,
    server_slow,
    server_errors,
    restart_without_drain,
    servers_slow_all,
    connection_pool,
    tls_certificate,
    database_locked,
    database_slow,
    database_connections,
    network_delay,
    network_loss,
    dns_answer_wrong,
    surge,
    outside,
    none,
)
"""In the order of the request's way: load balancer, application, database, network, demand, outside, and nothing at all."""


def plan_for(hypothesis: Hypothesis, window: Window) -> Plan:
    """The plan of the fault that the hypothesis names. Raises KeyError for a fault that is not in FAULTS."""
    units = {unit.FAULT.name: unit for unit in FAULTS}
    unit = units[hypothesis.fault]
    return by_hand(hypothesis, window) or unit.plan(hypothesis, window)
