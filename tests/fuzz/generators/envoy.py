"""Envoy configurations from a seed: a tree that makes sense, written as YAML or JSON in one of the many ways in which it can be."""

import json
import re
from random import Random
from typing import Any

_POLICIES = "ROUND_ROBIN LEAST_REQUEST RANDOM RING_HASH MAGLEV CLUSTER_PROVIDED round_robin".split()
_TYPES = "STATIC STRICT_DNS LOGICAL_DNS EDS ORIGINAL_DST".split()
_API = "type.googleapis.com/envoy."
_SAFE = re.compile(r"[A-Za-z_/][A-Za-z0-9_./ -]*[A-Za-z0-9_./-]")
_WORDS = frozenset("y n yes no true false on off null".split())


def _address(dice: Random) -> Any:
    if dice.random() < 0.1:
        return {"pipe": {"path": "/run/x.sock"}}
    host = dice.choice((f"10.0.0.{dice.randrange(9)}", "127.0.0.1", "app.example.com", "::1", "0.0.0.0"))
    return {"socket_address": {"address": host, "port_value": dice.choice((80, 8080, 443, 0, 65535))}}


def _endpoint(dice: Random) -> Any:
    made: dict[str, Any] = {"endpoint": {"address": _address(dice)}}
    if dice.random() < 0.3:
        made["load_balancing_weight"] = dice.choice((1, 2, 10, 128, 0))
    if dice.random() < 0.1:
        made["health_status"] = dice.choice(("HEALTHY", "UNHEALTHY", "DRAINING", "DEGRADED"))
    if dice.random() < 0.05:
        made["metadata"] = {"filter_metadata": {"envoy.lb": {"canary": True, "ünï": "1.0"}}}
    return made


def _locality(dice: Random) -> Any:
    made: dict[str, Any] = {"lb_endpoints": [_endpoint(dice) for _ in range(dice.choice((0, 1, 2, 3, 5)))]}
    if dice.random() < 0.4:
        made["locality"] = {"region": "eu", "zone": dice.choice(("a", "b"))}
    if dice.random() < 0.3:
        made["load_balancing_weight"] = dice.choice((1, 50))
    if dice.random() < 0.2:
        made["priority"] = dice.randrange(3)
    return made


def _cluster(dice: Random, name: str) -> Any:
    made: dict[str, Any] = {"name": name, "type": dice.choice(_TYPES), "lb_policy": dice.choice(_POLICIES)}
    if dice.random() < 0.7:
        made["connect_timeout"] = dice.choice(("0.25s", "5s", "1s", "1.5s"))
    if made["type"] == "EDS":
        made["eds_cluster_config"] = {"eds_config": {"path_config_source": {"path": dice.choice(("eds.yaml", "none.yaml"))}}}
    else:
        made["load_assignment"] = {"cluster_name": name, "endpoints": [_locality(dice) for _ in range(dice.choice((0, 1, 1, 2)))]}
    if dice.random() < 0.4:
        check = {"timeout": "1s", "interval": "5s", "unhealthy_threshold": 3, "healthy_threshold": 2}
        made["health_checks"] = [{**check, **dice.choice(({"http_health_check": {"path": "/health"}}, {"tcp_health_check": {}}))}]
    if dice.random() < 0.3:
        made["circuit_breakers"] = {"thresholds": [{"max_connections": dice.choice((1, 1024)), "max_retries": 3}]}
    if dice.random() < 0.3:
        made["outlier_detection"] = dice.choice(({}, {"consecutive_5xx": 5, "max_ejection_percent": 100}))
    if dice.random() < 0.2:
        made["common_lb_config"] = {"healthy_panic_threshold": {"value": dice.choice((0, 50, 12.5))}}
    if dice.random() < 0.2:
        made["transport_socket"] = {
            "name": "envoy.transport_sockets.tls",
            "typed_config": {"@type": f"{_API}extensions.transport_sockets.tls.v3.UpstreamTlsContext", "sni": "app.example.com"},
        }
    if dice.random() < 0.2:
        made["typed_extension_protocol_options"] = {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": f"{_API}extensions.upstreams.http.v3.HttpProtocolOptions",
                "explicit_http_config": {"http2_protocol_options": {}},
            }
        }
    return made


def _action(dice: Random, names: list[str]) -> Any:
    made: dict[str, Any] = {"cluster": dice.choice(names)}
    if dice.random() < 0.2:
        made = {"weighted_clusters": {"clusters": [{"name": dice.choice(names), "weight": w} for w in (90, 10)]}}
    if dice.random() < 0.4:
        made["timeout"] = dice.choice(("0s", "15s"))
    if dice.random() < 0.4:
        made["retry_policy"] = {"retry_on": "5xx,connect-failure", "num_retries": dice.choice((1, 3, 10))}
    if dice.random() < 0.2:
        made["hash_policy"] = [{"header": {"header_name": "x-user"}}]
    return made


def _listener(dice: Random, names: list[str], number: int) -> Any:
    if dice.random() < 0.2:
        config: dict[str, Any] = {
            "@type": f"{_API}extensions.filters.network.tcp_proxy.v3.TcpProxy",
            "stat_prefix": "t",
            "cluster": dice.choice(names),
        }
        kind = "envoy.filters.network.tcp_proxy"
    else:
        routes = [{"match": {"prefix": dice.choice(("/", "/api"))}, "route": _action(dice, names)} for _ in range(dice.randint(0, 3))]
        config = {
            "@type": f"{_API}extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
            "stat_prefix": "http: in",
            "route_config": {"name": "r", "virtual_hosts": [{"name": "v", "domains": ["*"], "routes": routes}]},
            "http_filters": [
                {"name": "envoy.filters.http.router", "typed_config": {"@type": f"{_API}extensions.filters.http.router.v3.Router"}}
            ],
        }
        kind = "envoy.filters.network.http_connection_manager"
    return {"name": f"in{number}", "address": _address(dice), "filter_chains": [{"filters": [{"name": kind, "typed_config": config}]}]}


def _tree(dice: Random, scale: int) -> Any:
    names = [f"c{n}" if dice.random() < 0.9 else "wéb" for n in range(scale * dice.choice((1, 1, 2, 3, 6)))]
    clusters = [_cluster(dice, name) for name in names]
    kind = dice.randrange(10)
    if kind == 0:
        return {"resources": [{"@type": f"{_API}config.cluster.v3.Cluster", **each} for each in clusters]}
    if kind == 1:
        return {
            "version_info": "1",
            "resources": [
                {"@type": f"{_API}config.endpoint.v3.ClusterLoadAssignment", "cluster_name": "c0", "endpoints": [_locality(dice)]}
            ],
        }
    made: dict[str, Any] = {}
    if dice.random() < 0.6:
        made["admin"] = {"address": _address(dice)}
    if dice.random() < 0.2:
        made["node"] = {"id": "n1", "cluster": "front", "locality": {"zone": "a"}}
    if dice.random() < 0.2:
        made["layered_runtime"] = {"layers": [{"name": "s", "static_layer": {"overload": {"global_downstream_max_connections": 50000}}}]}
    made["static_resources"] = {"listeners": [_listener(dice, names, n) for n in range(scale * dice.randint(0, 2))], "clusters": clusters}
    return made


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


class _Yaml:
    """Writes a tree as YAML, never twice alike."""

    def __init__(self, dice: Random) -> None:
        self.dice = dice
        self.lines: list[str] = []
        self.step = dice.choice((2, 2, 2, 4))
        self.camel = dice.random() < 0.1
        self.flow = dice.choice((0.0, 0.1, 0.3))
        self.anchors: list[str] = []

    def key(self, name: str) -> str:
        name = _camel(name) if self.camel and name.islower() and "." not in name else name
        plain = _SAFE.fullmatch(name) and name.lower() not in _WORDS
        return name if plain and self.dice.random() < 0.97 else json.dumps(name, ensure_ascii=False)

    def scalar(self, value: Any) -> str:
        if isinstance(value, bool):
            return self.dice.choice(("true", "false", "yes", "on", "True"))
        if isinstance(value, int) and value >= 0 and self.dice.random() < 0.05:
            return self.dice.choice((hex(value), f"0{value:o}", f'"{value}"', f"!!int {value}"))
        if isinstance(value, int | float):
            return str(value)
        if value is None:
            return self.dice.choice(("null", "~", ""))
        kind = self.dice.randrange(12)
        if kind == 0:
            return "'" + value.replace("'", "''") + "'"
        if kind == 1 or not _SAFE.fullmatch(value) or value.lower() in _WORDS:
            return json.dumps(value, ensure_ascii=self.dice.random() < 0.5)
        return value

    def comment(self) -> str:
        return self.dice.choice(("  # why", " #", "\t# é \udcc3")) if self.dice.random() < 0.05 else ""

    def inline(self, node: Any) -> str:
        space = self.dice.choice(("", " "))
        if isinstance(node, dict):
            return "{" + space + f",{space or ' '}".join(f"{self.key(k)}: {self.inline(v)}" for k, v in node.items()) + space + "}"
        if isinstance(node, list):
            return "[" + f",{space}".join(self.inline(v) for v in node) + "]"
        return self.scalar(node) or "null"

    def simple(self, node: Any) -> bool:
        return not isinstance(node, dict | list) or not node or self.dice.random() < self.flow

    def block(self, node: Any, depth: int) -> None:
        pad = " " * depth
        if self.dice.random() < 0.02:
            self.lines.append(self.dice.choice(("", f"{pad}# a line", "# poise: ignore[single-server] one is enough")))
        entries = [(f"{pad}{self.key(k)}:", v) for k, v in node.items()] if isinstance(node, dict) else [(f"{pad}-", v) for v in node]
        for head, value in entries:
            if self.simple(value):
                self.lines.append(self.leaf(head, value, pad))
            elif head.endswith("-") and self.dice.random() < 0.9:
                # The first line of an item stands behind its dash.
                at = len(self.lines)
                self.block(value, depth + 2)
                first = next((n for n in range(at, len(self.lines)) if self.lines[n].startswith(" " * (depth + 2))), None)
                if first is None or self.lines[first].lstrip().startswith("#"):
                    self.lines.insert(at, head)
                else:
                    self.lines[first] = head + self.lines[first][depth + 1 :]
            else:
                self.lines.append(head + self.comment())
                self.block(value, depth + self.step)

    def leaf(self, head: str, value: Any, pad: str) -> str:
        text = self.inline(value) if isinstance(value, dict | list) else self.scalar(value)
        chance = self.dice.random()
        if isinstance(value, str) and chance < 0.01:
            return f"{head} |{self.dice.choice(('', '-', '+'))}\n{pad}    {value}\n"
        if isinstance(value, str) and chance < 0.03:
            self.anchors.append(f"a{len(self.anchors)}")
            text = f"&{self.anchors[-1]} {text}"
        elif self.anchors and isinstance(value, str) and chance < 0.05:
            text = f"*{self.dice.choice(self.anchors)}"
        return f"{head} {text}{self.comment()}"

    def text(self, tree: Any) -> str:
        self.block(tree, 0)
        head = self.dice.choice(("", "", "", "---\n", "# envoy\n---\n", "%YAML 1.2\n---\n"))
        return head + "\n".join(self.lines) + "\n" + self.dice.choice(("", "", "", "...\n", "---\nnode: {}\n"))


def _json(dice: Random, tree: Any) -> str:
    made = json.dumps(tree, indent=dice.choice((None, 1, 2, 4)), ensure_ascii=dice.random() < 0.5)
    if dice.random() < 0.1:
        made = made.replace("}", ",}", 3)
    if dice.random() < 0.1:
        made = made.replace("_", "\\u005f", 5)
    return made + "\n"


def text(dice: Random, scale: int = 1) -> str:
    """One configuration; `scale` multiplies its clusters and listeners."""
    tree = _tree(dice, scale)
    return _json(dice, tree) if dice.random() < 0.25 else _Yaml(dice).text(tree)
