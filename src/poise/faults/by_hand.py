"""What a person does about the load balancer's own faults where it has no commands that change it while it runs: nginx, Envoy.

nginx takes weights, limits and states from its files alone, at a reload, and its open source has no active checks. Envoy takes clusters
from a file at its start, from a watched file or a management server while it runs; its admin interface changes none of them.
"""

from collections.abc import Mapping

from poise.model.diagnosis import Hypothesis
from poise.model.plan import Plan
from poise.model.sample import Window
from poise.model.topology import Topology

# fault: what is written, by product.
WRITTEN: Mapping[str, Mapping[str, str]] = {
    "uneven-weights": {
        "nginx": "give the servers of upstream {pool} the weights that are wanted (`weight=` of each `server`, 1 where none is written)",
        "envoy": "give the endpoints of cluster {pool} the weights that are wanted (load_balancing_weight, 1 where none is written)",
    },
    "traffic-pinned": {
        "nginx": "take `down` from the servers of upstream {pool}; or replace ip_hash or `hash` by round robin or least_conn, or hash "
        "something that varies among clients",
        "envoy": "take health_status and weights that pin the traffic from the endpoints of cluster {pool}; or replace RING_HASH or MAGLEV "
        "by ROUND_ROBIN or LEAST_REQUEST, or hash something that varies among clients",
    },
    "server-maxconn": {
        "nginx": "raise `max_conns` of the servers of upstream {pool}",
        "envoy": "raise the circuit breakers of cluster {pool} (max_connections, max_pending_requests, max_requests)",
    },
    "listener-maxconn": {
        "nginx": "raise worker_connections, and worker_rlimit_nofile with it",
        "envoy": "raise the limit of connections: envoy.resource_limits.listener.NAME.connection_limit, or the overload manager's",
    },
    "wrong-health-check": {
        "nginx": "raise max_fails and fail_timeout of the servers of upstream {pool}: they were set aside for failures that are none",
        "envoy": "correct health_checks of cluster {pool} (port, path, expected statuses)",
    },
}
TAKEN = {
    "nginx": "Then nginx -t && nginx -s reload (or systemctl reload nginx).",
    "envoy": "A watched file or a management server is taken at once, a bootstrap at a restart: envoy --mode validate -c {file} first.",
}
DOWN = {
    "nginx": "start nginx again (systemctl start nginx); if it refuses its files, nginx -t says the line.",
    "envoy": "start Envoy again; if it refuses its file, envoy --mode validate -c {file} says why.",
}
BEGIN = {"nginx": "systemctl status nginx; journalctl -u nginx -n 50", "envoy": "systemctl status envoy; journalctl -u envoy -n 50"}


def by_hand(hypothesis: Hypothesis, window: Window) -> Plan | None:
    """The plan for another product than HAProxy, None where the fault's own plan holds."""
    topology = _topology(hypothesis, window)
    if topology is None or topology.product not in TAKEN:
        return None
    product, file = topology.product, topology.file
    if hypothesis.fault == "load-balancer-down":
        advice = f"load balancer team: {DOWN[product].format(file=file)} Begin with: {BEGIN[product]}"
    elif product == "envoy" and hypothesis.component in {f"listener {listener.name}" for listener in topology.listeners}:
        return None  # the fault's own plan knows the listener's limit
    elif hypothesis.fault in WRITTEN:
        pool = hypothesis.component.partition(" ")[2]
        written = WRITTEN[hypothesis.fault][product].format(pool=pool)
        advice = f"In {_where(topology, pool)}: {written}. {TAKEN[product].format(file=file)}"
    else:
        return None
    confirm = ("shares of the servers, which should be the wanted ones", "success ratio and p99 of clients at their normal for 5 s")
    return Plan(hypothesis.fault, hypothesis.component, (), {}, "poise changes nothing here", confirm, advice)


def _where(topology: Topology, pool: str) -> str:
    found = topology.pool(pool)
    return f"{found.location.file}:{found.location.line}" if found is not None else topology.file


def _topology(hypothesis: Hypothesis, window: Window) -> Topology | None:
    name = hypothesis.component.partition(" ")[2].partition("/")[0]
    return next((t for t in window.topologies if t.pool(name) is not None), next(iter(window.topologies), None))
