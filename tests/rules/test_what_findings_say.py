"""What findings say where two shapes of a defect need other words: a message that is wrong in one of them costs trust in all."""

from pathlib import Path

import pytest
from envoy_files import CHECKED, bootstrap, cluster, group, host, http_listener, route
from rule_examples import read

from poise.model.needs import Needs
from poise.rules.engine import check

FOUR = "".join(f"server 10.0.0.{i}:80 max_fails=5;\n" for i in range(1, 5))
TYPES = "type.googleapis.com/envoy.extensions"
BRIDGE = (
    f"{{name: bridge, typed_config: {{'@type': {TYPES}.filters.http.grpc_http1_reverse_bridge.v3.FilterConfig, "
    "content_type: application/grpc}}"
)
H2 = (
    "typed_extension_protocol_options: {envoy.extensions.upstreams.http.v3.HttpProtocolOptions: "
    f"{{'@type': {TYPES}.upstreams.http.v3.HttpProtocolOptions, explicit_http_config: {{http2_protocol_options: {{}}}}}}}}"
)
UDP = (
    "events {}\nstream {\nupstream dns {\nserver 10.0.0.1:53;\nserver 10.0.0.2:53;\n}\nserver {\nlisten 53 udp;\nproxy_pass dns;\n"
    "proxy_connect_timeout 300s;\n}\n}\n"
)


def nginx(upstream: str, location: str) -> str:
    return f"upstream web {{\n{upstream}}}\nserver {{\nlisten 80;\nlocation / {{\nproxy_pass http://web;\n{location}\n}}\n}}\n"


def retrying(most: int, breaker: str) -> str:
    action = f"cluster: web, retry_policy: {{retry_on: 5xx, num_retries: {most}}}"
    settings = f"circuit_breakers: {{thresholds: [{{{breaker}}}]}}"
    return bootstrap(cluster(group(host(1), host(2), host(3)), settings=settings), listeners=(http_listener(route(action)),))


def waiting(patience: str) -> str:
    """Connections that are waited for half a minute, behind a route of that patience."""
    pool = cluster(group(host(1), host(2))).replace("connect_timeout: 1s", "connect_timeout: 30s")
    return bootstrap(pool, listeners=(http_listener(route(f"cluster: web, {patience}")),))


def routed(match: str, settings: str = "", manager: str = "") -> str:
    """A route with that match to web, the rest to other."""
    routes = route(match=match), route("cluster: other")
    pools = cluster(group(host(1), host(2)), settings=settings), cluster(group(host(3), host(4)), name="other")
    text = bootstrap(*pools, listeners=(http_listener(*routes),))
    return text.replace("http_filters: [", f"http_filters: [{manager}, ") if manager else text


def ejecting(threshold: int, runtime: str) -> str:
    """A cluster of which every server may be ejected, its panic threshold, and another one in the runtime."""
    settings = "outlier_detection: {consecutive_5xx: 5, max_ejection_percent: 100}\n"
    settings += f"common_lb_config: {{healthy_panic_threshold: {{value: {threshold}}}}}"
    head = f"layered_runtime: {{layers: [{{name: static, static_layer: {{{runtime}}}}}]}}\n"
    return bootstrap(cluster(group(host(1), host(2), host(3)), settings=settings, check=""), head=head)


# product, configuration, rule, severity, words that are said, words that are not
CASES: dict[str, tuple[str, str, str, str, str, str]] = {
    "as many tries as servers": (
        "nginx",
        nginx(FOUR, "proxy_next_upstream error http_502;\nproxy_next_upstream_tries 4;"),
        "retry-amplification",
        "error",
        "`proxy_next_upstream_tries 4` allows that many",
        "nothing limits",
    ),
    "a time is no number of tries": (
        "nginx",
        nginx(FOUR, "proxy_next_upstream error http_502;\nproxy_next_upstream_timeout 10s;"),
        "retry-amplification",
        "error",
        "nothing limits the attempts but `proxy_next_upstream_timeout 10s`",
        "tries",
    ),
    "no limit at all": (
        "nginx",
        nginx(FOUR, "proxy_next_upstream error http_502;"),
        "retry-amplification",
        "error",
        "nothing limits the attempts",
        "but",
    ),
    "a budget replaces max_retries": (
        "envoy",
        retrying(5, "max_retries: 500, retry_budget: {budget_percent: {value: 60}}"),
        "retry-amplification",
        "warning",
        "with at most 60 retries to 100 requests (`retry_budget`)",
        "at any moment",
    ),
    "a breaker without retries is told by its own words": (
        "envoy",
        retrying(1, "max_retries: 0"),
        "retry-without-effect",
        "warning",
        "Take `max_retries: 0` out of the circuit breaker",
        "Write `retry_on`",
    ),
    "a budget of another priority": (
        "envoy",
        retrying(5, "priority: HIGH, retry_budget: {budget_percent: {value: 60}}"),
        "retry-amplification",
        "warning",
        "with at most 3 retries at any moment",
        "budget",
    ),
    "a name with its port": (
        "nginx",
        "server {\nlisten 80;\nlocation / {\nproxy_pass https://app.internal:8443;\n}\n}\n",
        "name-resolved-once",
        "warning",
        "`set $app app.internal; proxy_pass https://$app:8443;`",
        "NAME",
    ),
    "a name without a port": (
        "nginx",
        "server {\nlisten 80;\nlocation / {\nproxy_pass http://app.internal;\n}\n}\n",
        "name-resolved-once",
        "warning",
        "`set $app app.internal; proxy_pass http://$app;`",
        ":80",
    ),
    "a name in FastCGI": (
        "nginx",
        "server {\nlisten 80;\nlocation / {\nfastcgi_pass app.internal:9000;\n}\n}\n",
        "name-resolved-once",
        "warning",
        "`set $app app.internal; fastcgi_pass $app:9000;`",
        "proxy_pass",
    ),
    "a name in a stream": (
        "nginx",
        "events {}\nstream {\nserver {\nlisten 9;\nproxy_pass app.internal:5432;\n}\n}\n",
        "name-resolved-once",
        "warning",
        "`set $app app.internal; proxy_pass $app:5432;`",
        "http",
    ),
    "a name whose URI is replaced": (
        "nginx",
        "server {\nlisten 80;\nlocation /api/ {\nproxy_pass http://api:8000/;\n}\n}\n",
        "name-resolved-once",
        "warning",
        "`set $app api; rewrite ^/api/(.*)$ /$1 break; proxy_pass http://$app:8000;`. With a variable nginx no longer replaces /api/ by /",
        "NAME",
    ),
    "a name whose arguments are odd": (
        "nginx",
        "server {\nlisten 80;\nlocation /api/ {\nproxy_pass http://api:8000/?v=1;\n}\n}\n",
        "name-resolved-once",
        "warning",
        "a `rewrite … break;` in front, as nginx no longer puts /?v=1 into the URI then",
        "NAME",
    ),
    "a name in a pool, with no way to look it up again": (
        "nginx",
        "# for nginx 1.22\nupstream web {\nserver app1:80;\nserver app2:80;\n}\nserver {\nlisten 80;\nlocation / {\nproxy_pass http://web;\n}\n}\n",
        "name-resolved-once",
        "warning",
        "Reload nginx whenever app1 moves, or go to nginx 1.27.3 with `resolve` on the server: a variable in the `…_pass` holds one name",
        "$app",
    ),
    "a name in a pool of UDP": (
        "nginx",
        "events {}\nstream {\nupstream dns {\nserver dns1:53;\nserver dns2:53;\n}\nserver {\nlisten 53 udp;\nproxy_pass dns;\n}\n}\n",
        "name-resolved-once",
        "warning",
        "datagrams go to the old address and are lost until a reload; and nginx does not start while DNS is away. "
        "Add `resolve` to the server, with `zone` in dns and a `resolver` in stream",
        "502",
    ),
    "UDP that is answered": (
        "nginx",
        UDP,
        "udp-without-responses",
        "warning",
        "Set `proxy_responses 1;` and `proxy_timeout 2s;` for one answer to a question, `proxy_responses 0;` for what is never answered",
        "syslog",
    ),
    "UDP that is never answered": (
        "nginx",
        UDP.replace("53 udp", "514 udp"),
        "udp-without-responses",
        "warning",
        "sockets pile up until nginx has none left. Set `proxy_responses 0;`",
        "never answers",
    ),
    "a route that waits for ever": (
        "envoy",
        waiting("timeout: 0s"),
        "long-connect-timeout",
        "warning",
        "its requests hang that long, and no other server is asked",
        "route's timeout",
    ),
    "a route of its own patience": (
        "envoy",
        waiting("timeout: 3s"),
        "long-connect-timeout",
        "warning",
        "its requests hang that long, or until the route's timeout (3 s), and",
        "by default",
    ),
    "nobody wrote it, in two protocols": (
        "nginx",
        f"upstream web {{\n{FOUR}}}\nupstream php {{\n{FOUR}}}\nserver {{\nlisten 80;\nlocation / {{\nproxy_pass http://web;\n}}\n"
        "location /php {\nfastcgi_pass php;\n}\n}\n",
        "long-connect-timeout",
        "info",
        "Set `proxy_connect_timeout 2s;` and `fastcgi_connect_timeout 2s;`",
        "default of",
    ),
    "nobody wrote it, in UDP nobody need": (
        "nginx",
        f"events {{}}\nstream {{\nupstream dns {{\n{FOUR}}}\nupstream db {{\n{FOUR}}}\n"
        "server {\nlisten 53 udp;\nproxy_pass dns;\n}\nserver {\nlisten 54;\nproxy_pass db;\n}\n}\n",
        "long-connect-timeout",
        "info",
        "a server of db that is gone",
        "dns",
    ),
    "a route for gRPC alone": (
        "envoy",
        routed("prefix: /api, grpc: {}"),
        "grpc-without-http2",
        "error",
        "a route for gRPC alone (`grpc: {}`) leads to web",
        "other",
    ),
    "panic mode off by the runtime": (
        "envoy",
        ejecting(50, "upstream.healthy_panic_threshold: 0"),
        "errors-eject-server",
        "warning",
        "until everybody gets 503",
        "panic mode",
    ),
    "panic mode off by the runtime, a key for each word": (
        "envoy",
        ejecting(50, "upstream: {healthy_panic_threshold: 0}"),
        "errors-eject-server",
        "warning",
        "until everybody gets 503",
        "panic mode",
    ),
    "streams that the route itself keeps": (
        "envoy",
        bootstrap(cluster(group(host(1), host(2))), listeners=(http_listener(route("cluster: web, timeout: 0s, idle_timeout: 0s")),)),
        "missing-timeouts",
        "info",
        "holds its requests for ever",
        "five minutes",
    ),
    "a slow check beside outlier detection": (
        "envoy",
        bootstrap(
            cluster(
                group(host(1), host(2)),
                settings="outlier_detection: {max_ejection_percent: 50}",
                check=CHECKED.replace("interval: 5s", "interval: 60s"),
            )
        ),
        "slow-check",
        "warning",
        "Set `interval: 5s`, `unhealthy_threshold: 3`\n",
        "outlier",
    ),
    "panic mode on by the runtime": (
        "envoy",
        ejecting(0, "upstream.healthy_panic_threshold: 50"),
        "errors-eject-server",
        "info",
        "until panic mode sends to dead and living ones alike",
        "503",
    ),
}
# product, configuration, rule
SILENT: dict[str, tuple[str, str, str]] = {
    "a budget of nothing": ("envoy", retrying(5, "retry_budget: {budget_percent: {value: 0}}"), "retry-amplification"),
    "UDP is connected at once": ("nginx", UDP, "long-connect-timeout"),
    "gRPC to a cluster of HTTP/2": ("envoy", routed("prefix: /, grpc: {}", H2), "grpc-without-http2"),
    "gRPC over a bridge": ("envoy", routed("prefix: /, grpc: {}", manager=BRIDGE), "grpc-without-http2"),
    "a header of that name": ("envoy", routed("prefix: /, headers: [{name: grpc, present_match: true}]"), "grpc-without-http2"),
}


@pytest.mark.parametrize("case", CASES)
def test_words(case: str, tmp_path: Path) -> None:
    product, text, rule, severity, said, unsaid = CASES[case]
    file = tmp_path / "configuration"
    file.write_text(text)
    topologies, could_not = read(product, file)
    assert could_not == ()
    (finding,) = [f for f in check(topologies, Needs()) if f.rule == rule]
    assert finding.severity == severity
    assert said in f"{finding.message}. {finding.why}. {finding.remedy}\n"
    assert unsaid not in f"{finding.message}. {finding.why}"


@pytest.mark.parametrize("case", SILENT)
def test_silence(case: str, tmp_path: Path) -> None:
    product, text, rule = SILENT[case]
    file = tmp_path / "configuration"
    file.write_text(text)
    topologies, could_not = read(product, file)
    assert could_not == ()
    assert rule not in {f.rule for f in check(topologies, Needs())}
