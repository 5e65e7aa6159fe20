"""The figures of listeners and of the process. Pure."""

import re
from collections.abc import Mapping
from datetime import datetime

from poise.balancers.envoy.running.figures import DISCOVERY, LISTENER, MANAGERS, PROCESS
from poise.balancers.envoy.running.staleness import Staleness
from poise.balancers.envoy.running.statistics import Statistics, as_statistic
from poise.balancers.envoy.settings import ending
from poise.model.topology import Listener, Topology

Found = dict[tuple[str, str], float]
NO_CERTIFICATE = 2**32 - 1
_OF_LISTENER = re.compile(rf"listener\.(.+)\.({'|'.join(LISTENER)})")
_OF_REQUESTS = re.compile(r"listener\.(.+?)\.http\..+\.downstream_rq_(completed|5xx)")
_ROUTES_TAKEN = re.compile(r"http\..+\.rds\..+\.update_success")
_INNER = re.compile(r"(^|\.)(admin|worker_\d+|main_thread)(\.|$)")
REFUSED = ("sessions_over_listener_limit_total", "sessions_over_global_limit_total", "sessions_refused_overload_total")
REQUESTS = {"completed": "requests_total", "5xx": "responses_5xx_total"}


def listener_samples(answered: Statistics, topology: Topology) -> Found:
    """By listener and metric. A listener that no file names has the name that statistics give it (`0.0.0.0_80`)."""
    names = {statistic_name(listener): topology.listener_component(listener.name) for listener in topology.listeners}
    found: Found = {}
    for name, value in answered.values.items():
        if not name.startswith("listener."):
            continue
        plain = _OF_LISTENER.fullmatch(name)
        if plain is not None:
            if not _INNER.search(plain[1]):
                found[names.get(plain[1], plain[1]), LISTENER[plain[2]]] = value
            continue
        requests = _OF_REQUESTS.fullmatch(name)
        if requests is not None and not _INNER.search(requests[1]):
            key = (names.get(requests[1], requests[1]), REQUESTS[requests[2]])
            found[key] = found.get(key, 0.0) + value
    for name in {component for component, _ in found}:
        # Beyond a limit Envoy accepts connections and closes them at once.
        found[name, "refused_total"] = sum(found.get((name, metric), 0.0) for metric in REFUSED)
    for listener in topology.listeners:
        limit = _runtime(topology, f"envoy.resource_limits.listener.{listener.name}.connection_limit")
        name = topology.listener_component(listener.name)
        if limit is not None and limit.isdecimal() and (name, "sessions") in found:
            found[name, "session_limit"] = float(limit)
    return found


def statistic_name(listener: Listener) -> str:
    """What statistics call a listener: its `stat_prefix`, else its address."""
    return as_statistic(listener.options.get("stat_prefix") or (listener.binds[0].address if listener.binds else listener.name))


def process_samples(answered: Statistics, topology: Topology, load_balancer: str, staleness: Staleness, at: datetime) -> Found:
    """Of the process as a whole."""
    found: Found = {}
    for name, metric in {**PROCESS, **MANAGERS}.items():
        if (value := answered.values.get(name)) is not None:
            found[load_balancer, metric] = value
    if found.get((load_balancer, "certificate_days")) == NO_CERTIFICATE:
        del found[load_balancer, "certificate_days"]
    for prefix, what in (("cluster_manager.cds.", "pools_"), ("listener_manager.lds.", "listeners_")):
        for name, metric in DISCOVERY.items():
            if (value := answered.values.get(prefix + name)) is not None and name not in ("version", "update_time"):
                found[load_balancer, what + metric] = value
        failing = staleness.failing_seconds(prefix, at, answered.values)
        if failing == failing:  # noqa: PLR0124 - NaN is not itself
            found[load_balancer, f"{what}discovery_failing_seconds"] = failing
    routes = [name.removesuffix("update_success") for name in _routes_taken(answered)]
    stale = [seconds for head in routes if (seconds := staleness.failing_seconds(head, at, answered.values)) >= 0]
    if stale:
        found[load_balancer, "routes_discovery_failing_seconds"] = max(stale)
    limit = _limit(topology)
    if limit is not None:
        found[load_balancer, "session_limit"] = limit
    return found


def _limit(topology: Topology) -> float | None:
    path = ending(topology.options, "max_active_downstream_connections")
    text = topology.options.get(path) if path is not None else _runtime(topology, "overload.global_downstream_max_connections")
    return float(text) if text is not None and text.isdecimal() else None


def _runtime(topology: Topology, key: str) -> str | None:
    """A runtime value that the file itself sets, of the last layer that does."""
    found: str | None = None
    layer: Mapping[str, str] = topology.options
    for number in range(16):
        found = layer.get(f"layered_runtime.layers.{number}.static_layer[{key}]", found)
    return found


def changes(answered: Statistics) -> tuple[float, ...]:
    """Counters that rise whenever Envoy takes another configuration of clusters, listeners or routes."""
    counted = [name for name, metric in MANAGERS.items() if metric.endswith("_total")]
    counted += [f"{prefix}.update_success" for prefix in ("cluster_manager.cds", "listener_manager.lds")]
    return tuple(answered.values.get(name, 0.0) for name in [*counted, *sorted(_routes_taken(answered))])


def _routes_taken(answered: Statistics) -> list[str]:
    # Nearly all statistics are clusters'.
    return [name for name in answered.values if name.startswith("http.") and _ROUTES_TAKEN.fullmatch(name)]
