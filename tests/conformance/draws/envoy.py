"""Envoy's pools."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

from tests.conformance.draws.members import Members, Shape, busy, crowded, few, idle, slow, weighted_slow
from tests.conformance.pool import Demand, Drawn, KeyedBy, Kind, Member
from tests.conformance.running import Addresses

LOADED: tuple[Shape, ...] = (slow, few, weighted_slow, busy, crowded, slow)
HTTP = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
ROUTER = '{name: r, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}'
LISTENER = """\
    - address: {{pipe: {{path: {socket}}}}}
      filter_chains:
        - filters:
            - name: hcm
              typed_config:
                "@type": {http}
                stat_prefix: {name}
                http_filters: [{router}]
                route_config: {{virtual_hosts: [{{name: v, domains: ["*"], routes: [{{match: {{prefix: /}}, {action}}}]}}]}}
"""
ROUTE = "route: {{cluster: {name}, timeout: 0s, hash_policy: [{{header: {{header_name: x-key}}}}]}}"
BREAKERS = "circuit_breakers: {thresholds: [{max_connections: 9999, max_pending_requests: 9999, max_requests: 9999}]}"


def drawn(chance: Random, at: Addresses, folder: Path, count: int) -> Iterator[Drawn]:
    """`count` pools of each algorithm."""

    def pool(
        algorithm: str,
        kind: Kind,
        groups: list[tuple[str, Members]],
        *settings: str,
        keyed_by: KeyedBy = "value",
        demand: Demand | None = None,
        overprovisioning: int | None = None,
    ) -> Drawn:
        nonlocal number
        number += 1
        name = f"p{number}"
        listening = at.at_once if demand is None else at.delayed
        lines = [
            f"    - name: {name}",
            "      type: STATIC",
            "      connect_timeout: 5s",
            *(f"      {line}" for line in (BREAKERS, *settings)),
        ]
        lines += ["      load_assignment:", f"        cluster_name: {name}", "        endpoints:"]
        if overprovisioning:
            lines.insert(-1, f"        policy: {{overprovisioning_factor: {overprovisioning}}}")
        for words, members in groups:
            hosts = ", ".join(_endpoint(listening[m.number], m) for m in members)
            lines.append(f"          - {{{words}lb_endpoints: [{hosts}]}}")
        everybody = tuple(m for _, members in groups for m in members)
        return Drawn(name, algorithm, kind, everybody, dict(enumerate(listening)), "\n".join(lines) + "\n", keyed_by, demand)

    number = 0
    for n in range(count):
        yield pool("ROUND_ROBIN", "in turn", [("", _present(idle(chance, False)))])
        yield pool("ROUND_ROBIN, priorities", "by chance", _priorities(chance), overprovisioning=chance.choice((None, 100, 200)))
        yield pool("ROUND_ROBIN, panic", "by chance", [("", _unhealthy(chance, 0.8))], *_threshold(chance, n))
        weighted = "common_lb_config: {locality_weighted_lb_config: {}}"
        yield pool("ROUND_ROBIN, localities", "by chance", _localities(chance), weighted)
        yield pool("RANDOM", "by chance", [("", _present(idle(chance, False)))], "lb_policy: RANDOM")
        sizes = chance.choice(("", "ring_hash_lb_config: {minimum_ring_size: 4096}", "ring_hash_lb_config: {hash_function: MURMUR_HASH_2}"))
        settings = ["lb_policy: RING_HASH", *([sizes] if sizes else [])]
        yield pool("RING_HASH", "by key", [("", _present(idle(chance, False)))], *settings)
        table = chance.choice(("", "maglev_lb_config: {table_size: 5003}"))
        yield pool("MAGLEV", "by key", [("", _present(idle(chance, False)))], "lb_policy: MAGLEV", *([table] if table else []))
    for n in range(count + count // 2):
        members, demand = LOADED[n % len(LOADED)](chance)
        settings = ["lb_policy: LEAST_REQUEST"]
        if n % len(LOADED) > 3:
            settings.append(f"least_request_lb_config: {{choice_count: {chance.choice((2, 3, 4))}}}")
        yield pool("LEAST_REQUEST", "by load", [("", members)], *settings, demand=demand)


def _endpoint(address: str, member: Member) -> str:
    host, port = address.split(":")
    words = [
        f"endpoint: {{address: {{socket_address: {{address: {host}, port_value: {port}}}}}}}",
        f"load_balancing_weight: {member.weight}",
    ]
    words += ["health_status: UNHEALTHY"] if member.off else []
    return f"{{{', '.join(words)}}}"


def _present(members: Members) -> Members:
    """Without those that are out: Envoy has no such mark."""
    return tuple(m for m in members if not m.off)


def _unhealthy(chance: Random, part: float, first: int = 0) -> Members:
    """Servers of which that part are not healthy, one at least is."""
    count = chance.randint(3, 4)
    return tuple(Member(first + n, chance.randint(1, 3), off=n > 0 and chance.random() < part) for n in range(count))


def _priorities(chance: Random) -> list[tuple[str, Members]]:
    first, second = _unhealthy(chance, 0.6), _unhealthy(chance, 0.3, 4)
    return [("", first), ("priority: 1, ", second)]


def _localities(chance: Random) -> list[tuple[str, Members]]:
    weights = [chance.randint(1, 90) for _ in range(2)]
    groups = (_unhealthy(chance, 0.3), tuple(replace(m, off=False) for m in _unhealthy(chance, 0.0, 4)))
    return [
        (f"locality: {{zone: z{n}}}, load_balancing_weight: {weight}, ", group)
        for n, (weight, group) in enumerate(zip(weights, groups, strict=True))
    ]


def _threshold(chance: Random, n: int) -> list[str]:
    return [f"common_lb_config: {{healthy_panic_threshold: {{value: {chance.choice((30, 70, 90))}}}}}"] if n % 2 else []


def configuration(pools: list[Drawn], at: Addresses, folder: Path, workers: int) -> str:
    """The whole bootstrap."""
    listeners = "".join(
        LISTENER.format(socket=f"{folder}/{p.name}.sock", http=HTTP, name=p.name, router=ROUTER, action=ROUTE.format(name=p.name))
        for p in pools
    )
    last = LISTENER.format(socket=f"{folder}/up.sock", http=HTTP, name="last", router=ROUTER, action="direct_response: {status: 200}")
    return f"static_resources:\n  listeners:\n{listeners}{last}  clusters:\n" + "".join(pool.text for pool in pools)
