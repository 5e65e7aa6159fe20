"""Large and hostile inputs for Envoy's reader and rules."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from tests.fuzz.shapes.common import MB

API = "type.googleapis.com/envoy."


def _endpoint(number: int) -> Any:
    address = {"address": f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", "port_value": 80}
    return {"endpoint": {"address": {"socket_address": address}}, "load_balancing_weight": 1 + number % 7}


def _cluster(name: str, endpoints: Sequence[Any], **others: Any) -> Any:
    assignment = {"cluster_name": name, "endpoints": [{"lb_endpoints": [*endpoints]}]}
    return {"name": name, "connect_timeout": "1s", "load_assignment": assignment, **others}


def _listener(routes: Sequence[Any]) -> Any:
    manager = {
        "@type": f"{API}extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "in",
        "route_config": {"virtual_hosts": [{"name": "v", "domains": ["*"], "routes": [*routes]}]},
    }
    filters = [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]
    return {"name": "in", "address": {"socket_address": {"address": "::", "port_value": 80}}, "filter_chains": [{"filters": filters}]}


def _route(cluster: str, path: str) -> Any:
    return {"match": {"prefix": path}, "route": {"cluster": cluster, "retry_policy": {"retry_on": "5xx", "num_retries": 3}}}


def _made(clusters: Sequence[Any], listeners: Sequence[Any] = ()) -> Any:
    return {"static_resources": {"listeners": [*listeners], "clusters": [*clusters]}}


def _json(tree: Callable[[int], Any]) -> Callable[[int], bytes]:
    return lambda number: json.dumps(tree(number)).encode()


def _yaml(tree: Callable[[int], Any]) -> Callable[[int], bytes]:
    def text(number: int) -> bytes:
        import yaml

        return str(yaml.dump(tree(number), Dumper=yaml.CSafeDumper, sort_keys=False)).encode()

    return text


def _clusters(number: int) -> Any:
    names = [f"c{n}" for n in range(number)]
    return _made(
        [_cluster(name, [_endpoint(n), _endpoint(n + 1)]) for n, name in enumerate(names)], [_listener([_route(n, f"/{n}") for n in names])]
    )


def _localities(number: int) -> Any:
    groups = [{"locality": {"zone": f"z{n}"}, "load_balancing_weight": 1 + n % 3, "lb_endpoints": [_endpoint(n)]} for n in range(number)]
    return _made([{"name": "c", "load_assignment": {"cluster_name": "c", "endpoints": groups}}])


def _priorities(number: int) -> Any:
    groups = [{"priority": n, "lb_endpoints": [_endpoint(n)]} for n in range(number)]
    return _made([{"name": "c", "load_assignment": {"cluster_name": "c", "endpoints": groups}}])


def _policy(name: str) -> Callable[[int], Any]:
    return lambda number: _made([_cluster("c", [_endpoint(n) for n in range(number)], lb_policy=name)], [_listener([_route("c", "/")])])


def _bomb(number: int) -> bytes:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, number)]
    return ("static_resources: {}\n" + "\n".join(lines) + "\n").encode()


def _merged(number: int) -> bytes:
    clusters = "".join(f"  - <<: *c\n    name: c{n}\n    load_assignment: *l\n" for n in range(number))
    return (
        f"x: &c {{connect_timeout: 1s}}\ny: &l {{endpoints: [{{lb_endpoints: []}}]}}\nstatic_resources:\n  clusters:\n{clusters}".encode()
    )


SHAPES: dict[str, tuple[Callable[[int], bytes], int]] = {
    "long-scalar": (lambda n: b"static_resources: " + b"x" * n + b"\n", 10 * MB),
    "long-key": (lambda n: b"static_resources: {}\n" + b"x" * n + b": 1\n", 4 * MB),
    "long-string": (lambda n: b'{"static_resources": "' + b"x" * n + b'"}', 10 * MB),
    "long-number": (lambda n: b'{"static_resources": ' + b"1" * n + b"}", 1 * MB),
    "long-yaml-number": (lambda n: b"static_resources: " + b"1" * n + b"\n", 1 * MB),
    "escapes": (lambda n: b'{"static_resources": "' + b"\\u0041" * n + b'"}', 300_000),
    "wrong-escapes": (lambda n: b'{"static_resources": "' + b"\\ud800" * n + b'"}', 300_000),
    "nested-flow": (lambda n: b"static_resources: " + b"[" * n + b"]" * n + b"\n", 10_000),
    "nested-json": (lambda n: b'{"static_resources": ' + b"[" * n + b"]" * n + b"}", 10_000),
    "nested-objects": (lambda n: b'{"static_resources": ' * n + b"1" + b"}" * n, 10_000),
    "nested-maps": (lambda n: b"static_resources: " + b"{a: " * n + b"1" + b"}" * n + b"\n", 10_000),
    "nested-blocks": (lambda n: b"".join(b" " * i + b"a:\n" for i in range(n)), 2000),
    "dashes": (lambda n: b"static_resources:\n- " + b"- " * n + b"\n", 100_000),
    "question-marks": (lambda n: b"? " * n, 10_000),
    "bomb": (_bomb, 60),
    "aliases-of-all": (lambda n: b"static_resources: {}\na: &a [" + b"x," * n + b"]\nb: [" + b"*a," * n + b"]\n", 40_000),
    "merged": (_merged, 3000),
    "anchors": (lambda n: b"static_resources: {}\n" + b"".join(b"k%d: &a%d x\n" % (i, i) for i in range(n)), 20_000),
    "tags": (lambda n: b"static_resources: {}\n" + b"".join(b"k%d: !!str &a x\n" % i for i in range(n)), 20_000),
    "one-key-again-and-again": (lambda n: b"static_resources: {}\n" + b"admin: {}\n" * n, 20_000),
    "keys": (lambda n: b"static_resources: {}\n" + b"".join(b"k%d: v\n" % i for i in range(n)), 20_000),
    "documents": (lambda n: b"---\nstatic_resources: {}\n" * n, 10_000),
    "block-scalar": (lambda n: b"static_resources: |\n" + b"  line\n" * n, 200_000),
    "opened-templates": (lambda n: b"static_resources: [\n" + b"{{ x\n" * n, 100_000),
    "template-signs": (lambda n: b"static_resources: [\n# " + b"${A" * n, 100_000),
    "clusters": (_yaml(_clusters), 1000),
    "clusters-in-json": (_json(_clusters), 1000),
    "clusters-of-one-name": (_json(lambda n: _made([_cluster("c", [_endpoint(0)])] * n)), 2000),
    "endpoints": (_json(_policy("ROUND_ROBIN")), 3000),
    "endpoints-in-yaml": (_yaml(_policy("LEAST_REQUEST")), 3000),
    "endpoints-of-a-ring": (_json(_policy("RING_HASH")), 3000),
    "endpoints-of-maglev": (_json(_policy("MAGLEV")), 3000),
    "endpoints-of-one-address": (_json(lambda n: _made([_cluster("c", [_endpoint(0)] * n)])), 3000),
    "localities": (_json(_localities), 2000),
    "priorities": (_json(_priorities), 2000),
    "routes-to-one-cluster": (
        _json(lambda n: _made([_cluster("c", [_endpoint(0)])], [_listener([_route("c", f"/{i}") for i in range(n)])])),
        2000,
    ),
    "routes-to-nowhere": (_json(lambda n: _made([], [_listener([_route(f"x{i}", "/") for i in range(n)])])), 2000),
    "listeners": (_json(lambda n: _made([_cluster("c", [_endpoint(0)])], [_listener([_route("c", "/")])] * n)), 1000),
    "weighted-clusters": (
        _json(
            lambda n: _made(
                [],
                [
                    _listener(
                        [
                            {
                                "match": {"prefix": "/"},
                                "route": {"weighted_clusters": {"clusters": [{"name": f"c{i}", "weight": 1} for i in range(n)]}},
                            }
                        ]
                    )
                ],
            )
        ),
        2000,
    ),
    "health-checks": (
        _json(lambda n: _made([_cluster("c", [_endpoint(0)], health_checks=[{"timeout": "1s", "interval": "1s"}] * n)])),
        3000,
    ),
    "config-map": (lambda n: b"apiVersion: v1\nkind: ConfigMap\ndata:\n  a: |\n" + b"    static_resources:\n" * n, 100_000),
}
