"""Envoy configurations that look like a defect of checks, limits, retries, timeouts or exposure and are none; good ones are silent."""

from pathlib import Path
from textwrap import indent

import pytest
from envoy_texts import H2, THREE, TYPES, cluster, ends, http, tcp
from rule_examples import refusals

from poise.model.needs import Needs, PoolNeeds
from poise.reading.read import read_configuration
from poise.rules import RULES
from poise.rules.engine import check

CHECK = """\
health_checks:
- timeout: 1s
  interval: 5s
  unhealthy_threshold: 3
  healthy_threshold: 2
  http_health_check: {path: /healthz}
"""
NOT_TWICE = Needs(pool={"web": PoolNeeds(idempotent=False)})
TLS = """\
transport_socket:
  name: tls
  typed_config:
    "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
"""
VERIFIED = (
    TLS
    + """\
    sni: app.example.org
    common_tls_context:
      validation_context:
        trusted_ca: {filename: /etc/ssl/certs/ca-certificates.crt}
        match_typed_subject_alt_names: [{san_type: DNS, matcher: {exact: app.example.org}}]
"""
)
SIGNED = """\
    common_tls_context:
      validation_context:
        trusted_ca: {filename: /etc/ssl/certs/ca-certificates.crt}
"""
PEAK_10 = Needs(pool={"web": PoolNeeds(peak_requests_per_second=10, service_time_ms=400)})
LOCAL_ADMIN = "admin: {address: {socket_address: {address: 127.0.0.1, port_value: 9901}}}\n"
ADMIN = """\
- name: admin
  load_assignment:
    cluster_name: admin
    endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 9901}}}}]}]
"""
ADMIN_ROUTED = http(
    "cluster: admin",
    CHECK,
    match="{MATCH}",
    top=LOCAL_ADMIN,
) + indent(ADMIN, "  ")
FAULT = f"""\
- name: fault
  typed_config:
    "@type": {TYPES}.http.fault.v3.HTTPFault
    abort: {{http_status: 503, percentage: {{numerator: 50}}}}
"""
CHOSEN_FAULT = f"""\
- name: chosen
  typed_config:
    "@type": type.googleapis.com/envoy.extensions.common.matching.v3.ExtensionWithMatcher
    extension_config: {{name: composite, typed_config: {{"@type": {TYPES}.http.composite.v3.Composite}}}}
    xds_matcher:
      matcher_tree:
        input:
          name: header
          typed_config: {{"@type": type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput, header_name: x-test}}
        exact_match_map:
          map:
            slow:
              action:
                name: act
                typed_config:
                  "@type": {TYPES}.http.composite.v3.ExecuteFilterAction
                  typed_config:
                    name: fault
                    typed_config:
                      "@type": {TYPES}.http.fault.v3.HTTPFault
                      delay: {{fixed_delay: 1s, percentage: {{numerator: 100}}}}
"""
GRPC_WEB = f"""\
- name: grpc_web
  typed_config: {{"@type": {TYPES}.http.grpc_web.v3.GrpcWeb}}
"""
LIMIT = f"""\
- name: limit
  typed_config:
    "@type": {TYPES}.http.local_ratelimit.v3.LocalRateLimit
    stat_prefix: limit
    token_bucket: {{max_tokens: 5, tokens_per_fill: 5, fill_interval: 1s}}
    filter_enabled: {{default_value: {{numerator: 100}}}}
"""

# Rule, what looks like it and is none, and the declared needs.
TWINS: list[tuple[str, str, str, Needs]] = [
    ("server-without-check", "outlier detection watches the traffic", cluster("outlier_detection: {max_ejection_percent: 50}"), Needs()),
    ("server-without-check", "one server: nowhere else to go", cluster("", ends("10.0.0.1")), Needs()),
    ("server-without-check", "a management server knows who lives", cluster(
        "type: EDS\neds_cluster_config: {eds_config: {ads: {}}}\n", "", ads=True), Needs()),
    ("partly-checked", "the one without a check is watched by its answers", cluster(
        CHECK + "outlier_detection: {max_ejection_percent: 50}",
        ends("10.0.0.1") + ends("10.0.0.2", "health_check_config: {disable_active_health_check: true}")), Needs()),
    ("slow-check", "rare checks, but thirty seconds in all", cluster(CHECK.replace("5s", "10s")), Needs()),
    ("slow-check", "only while nobody sends anything", cluster(CHECK + "  no_traffic_interval: 300s\n"), Needs()),
    ("nervous-check", "one failure, but five seconds apart", cluster(CHECK.replace("threshold: 3", "threshold: 1")), Needs()),
    ("check-elsewhere", "the port is written out, and is the one that serves", cluster(
        CHECK, ends("10.0.0.1", "health_check_config: {port_value: 8080}") + ends("10.0.0.2")), Needs()),
    ("check-elsewhere", "who has the role is asked of what gives it", cluster(CHECK.replace("/healthz", "/replica"), "".join(
        ends(f"10.0.0.{n}", "health_check_config: {port_value: 8008}") for n in (1, 2))), Needs()),
    ("tcp-check-for-http", "a written dialogue", http("cluster: web", CHECK.replace(
        "http_health_check: {path: /healthz}", 'tcp_health_check: {send: {text: "50"}, receive: [{text: "51"}]}')), Needs()),
    ("tcp-check-for-http", "outlier detection watches the answers", http("cluster: web", CHECK.replace(
        "http_health_check: {path: /healthz}", "tcp_health_check: {}") + "outlier_detection: {max_ejection_percent: 50}"), Needs()),
    ("check-timeout-long", "five seconds of patience", cluster(CHECK.replace("timeout: 1s", "timeout: 5s")), Needs()),
    ("check-accepts-errors", "the end of a range is not in it", cluster(CHECK.replace(
        "{path: /healthz}", "{path: /healthz, expected_statuses: [{start: 200, end: 404}]}")), Needs()),
    ("check-accepts-errors", "a page that wants a password is alive", cluster(CHECK.replace(
        "{path: /healthz}", "{path: /healthz, expected_statuses: [{start: 200, end: 201}, {start: 401, end: 402}]}")), Needs()),
    ("errors-eject-server", "half of them at most, after five", cluster("outlier_detection: {max_ejection_percent: 50}"), Needs()),
    ("errors-eject-server", "counted for the statistics only", cluster(
        CHECK + "outlier_detection: {consecutive_5xx: 1, enforcing_consecutive_5xx: 0, max_ejection_percent: 50}"), Needs()),
    ("long-fail-timeout", "longer each time, as ejections do", cluster(
        "outlier_detection: {base_ejection_time: 60s, max_ejection_percent: 50, max_ejection_time: 900s}"), Needs()),
    ("observe-without-effect", "one of ten is ten per cent", cluster(
        "outlier_detection: {}", "".join(ends(f"10.0.0.{i}") for i in range(1, 11))), Needs()),
    ("observe-without-effect", "at least one always", cluster("outlier_detection: {always_eject_one_host: true}"), Needs()),
    ("observe-without-effect", "gateway errors are enforced instead", cluster(
        "outlier_detection: {enforcing_consecutive_5xx: 0, enforcing_consecutive_gateway_failure: 100, max_ejection_percent: 50}"),
        Needs()),
    ("observe-without-effect", "nobody knows how many DNS will give", cluster(
        "type: STRICT_DNS\noutlier_detection: {}", ends("web.internal")), Needs()),
    ("slowstart-without-effect", "the window of the policy in use", cluster(
        CHECK + "lb_policy: LEAST_REQUEST\nleast_request_lb_config: {slow_start_config: {slow_start_window: 30s}}"), Needs()),
    ("slowstart-without-effect", "no checks, but servers come by DNS", cluster(
        "type: STRICT_DNS\nround_robin_lb_config: {slow_start_config: {slow_start_window: 30s}}", ends("web.internal")), Needs()),
    ("retry-amplification", "two retries", http(
        "cluster: web\nretry_policy: {retry_on: 5xx, num_retries: 2, per_try_timeout: 2s}"), Needs()),
    ("retry-amplification", "refused connections cost a server nothing", http(
        "cluster: web\nretry_policy: {retry_on: connect-failure, num_retries: 10}"), Needs()),
    ("retry-amplification", "a budget of a fifth of the requests", http(
        "cluster: web\nretry_policy: {retry_on: 5xx, num_retries: 10, per_try_timeout: 1s}",
        "circuit_breakers: {thresholds: [{retry_budget: {budget_percent: {value: 20}}}]}"), Needs()),
    ("retry-duplicates", "nothing was sent yet", http(
        "cluster: web\nretry_policy: {retry_on: 'connect-failure,refused-stream'}"), NOT_TWICE),
    ("retry-duplicates", "only what the method allows", http(
        "cluster: web\nretry_policy: {retry_on: 5xx, retriable_request_headers: [{name: ':method', string_match: {exact: GET}}]}"),
        NOT_TWICE),
    ("retry-duplicates", "nobody said that they must not", http("cluster: web\nretry_policy: {retry_on: 5xx}"), Needs()),
    ("no-redispatch", "no hash policy, so another server at random", http(
        "cluster: web\nretry_policy: {retry_on: 5xx, per_try_timeout: 2s}", "lb_policy: RING_HASH"), Needs()),
    ("no-redispatch", "every retry takes the next one", http("cluster: web\nretry_policy: {retry_on: 5xx, per_try_timeout: 2s}"), Needs()),
    ("retry-window-too-short", "streams have no end", http(
        "cluster: web\ntimeout: 0s\nretry_policy: {retry_on: 5xx, per_try_timeout: 20s}"), Needs()),
    ("retry-window-too-short", "a part of the default 15 s", http(
        "cluster: web\nretry_policy: {retry_on: 5xx, per_try_timeout: 5s}"), Needs()),
    ("control-socket-open", "loopback of IPv6", cluster(
        CHECK, top="admin: {address: {socket_address: {address: '::1', port_value: 9901}}}\n"), Needs()),
    ("control-socket-open", "a pipe", cluster(CHECK, top="admin: {address: {pipe: {path: /run/envoy.sock}}}\n"), Needs()),
    ("control-socket-open", "only what may be asked", cluster(CHECK, top=(
        "admin:\n  address: {socket_address: {address: 0.0.0.0, port_value: 9901}}\n  allow_paths: [{prefix: /stats}, {exact: /ready}]\n")),
        Needs()),
    ("unverified-server-tls", "a helper on this machine", cluster(TLS, ends("127.0.0.1") + ends("127.0.0.2")), Needs()),
    ("unverified-server-tls", "the context comes from a secret service", cluster(
        TLS.replace("TlsContext", "TlsContext\n    common_tls_context: {validation_context_sds_secret_config: {name: ca, "
                    "sds_config: {api_config_source: {api_type: GRPC, transport_api_version: V3, "
                    "grpc_services: [{envoy_grpc: {cluster_name: control}}]}}}}"), ads=True), Needs()),
    ("missing-timeouts", "streams that end when they are idle", http("cluster: web\ntimeout: 0s", H2), Needs()),
    ("missing-timeouts", "streams without idle timeout, requests with an end", http(
        "cluster: web", H2, hcm="stream_idle_timeout: 0s\nrequest_timeout: 60s"), Needs()),
    ("missing-timeouts", "each try has its time", http(
        "cluster: web\ntimeout: 0s\nretry_policy: {retry_on: 5xx, per_try_timeout: 5s}"), Needs()),
    ("missing-timeouts", "a route for gRPC alone", http("cluster: web\ntimeout: 0s", match="{prefix: /, grpc: {}}"), Needs()),
    ("missing-timeouts", "connections that end after a day", cluster(
        "", listener=tcp("idle_timeout: 0s\nmax_downstream_connection_duration: 86400s")), Needs()),
    ("missing-timeouts", "the kernel asks whether the server is there", cluster(
        "upstream_connection_options: {tcp_keepalive: {keepalive_time: 60}}", listener=tcp("idle_timeout: 0s")), Needs()),
    ("unlimited-streams", "many, for a mesh of few connections", http(
        "cluster: web", hcm="use_remote_address: true\nhttp2_protocol_options: {max_concurrent_streams: 4000}"), Needs()),
    ("unlimited-streams", "clients speak HTTP/1 only", http(
        "cluster: web", hcm="use_remote_address: true\ncodec_type: HTTP1\nhttp2_protocol_options: {max_concurrent_streams: 2147483647}"),
        Needs()),
    ("missing-timeouts", "the route has an idle timeout of its own", http(
        "cluster: web\ntimeout: 0s\nidle_timeout: 600s", hcm="stream_idle_timeout: 0s"), Needs()),
    ("streams-per-connection", "HTTP/2, request by request", http("cluster: web", H2), Needs()),
    ("streams-per-connection", "a database", cluster("", THREE.replace("8080", "5432"), tcp()), Needs()),
    ("connection-per-request", "renewed now and then", cluster("max_requests_per_connection: 1000"), Needs()),
    ("long-connect-timeout", "the default", cluster("connect_timeout: 5s"), Needs()),
    ("long-connect-timeout", "one server: no other to ask", cluster("connect_timeout: 60s", ends("10.0.0.1")), Needs()),
    ("slowstart-long", "two minutes", cluster(CHECK + "round_robin_lb_config: {slow_start_config: {slow_start_window: 120s}}"), Needs()),
    ("retry-without-effect", "words between spaces, of gRPC too", http(
        "cluster: web\nretry_policy: {retry_on: ' 5xx, unavailable ,http3-post-connect-failure', per_try_timeout: 2s}"), Needs()),
    ("retry-without-effect", "codes with their word", http(
        "cluster: web\nretry_policy: {retry_on: retriable-status-codes, retriable_status_codes: [503]}"), Needs()),
    ("retry-without-effect", "a budget that counts instead of no retries at all", http(
        "cluster: web\nretry_policy: {retry_on: 5xx, num_retries: 1}",
        "circuit_breakers: {thresholds: [{max_retries: 0, retry_budget: {}}]}"), Needs()),
    ("retry-amplification", "the breaker lets none through", http(
        "cluster: web\nretry_policy: {retry_on: 5xx, num_retries: 10}", "circuit_breakers: {thresholds: [{max_retries: 0}]}"), Needs()),
    ("retry-without-effect", "switched off on purpose", http("cluster: web\nretry_policy: {num_retries: 0}"), Needs()),
    ("breaker-too-small", "few connections carry many requests of HTTP/2", cluster(
        H2 + "circuit_breakers: {thresholds: [{max_connections: 3, max_requests: 500}]}"), Needs()),
    ("breaker-too-small", "small, and enough for the declared peak", cluster(
        "circuit_breakers: {thresholds: [{max_connections: 8}]}"), PEAK_10),
    ("breaker-below-peak", "4 at once of 1024", cluster(CHECK), PEAK_10),
    ("breaker-below-peak", "nobody declared a peak", cluster(CHECK), Needs()),
    ("check-other-protocol", "whatever clients speak", cluster(H2.replace(
        "explicit_http_config: {http2_protocol_options: {}}", "use_downstream_protocol_config: {http2_protocol_options: {}}") + CHECK),
        Needs()),
    ("check-other-protocol", "gRPC's own check", cluster(
        H2 + CHECK.replace("http_health_check: {path: /healthz}", "grpc_health_check: {}")), Needs()),
    ("slow-return", "ten checks of five seconds", cluster(CHECK.replace("healthy_threshold: 2", "healthy_threshold: 10")), Needs()),
    ("slow-return", "rare checks that count at once", cluster(
        CHECK.replace("healthy_threshold: 2", "healthy_threshold: 1") + "  unhealthy_interval: 60s\n"), Needs()),
    ("control-interface-routed", "only the statistics", ADMIN_ROUTED.replace("MATCH", "prefix: /stats"), Needs()),
    ("control-interface-routed", "only GET", ADMIN_ROUTED.replace(
        "MATCH", "prefix: /, headers: [{name: ':method', string_match: {exact: GET}}]"), Needs()),
    ("control-interface-routed", "from this machine alone", ADMIN_ROUTED.replace(
        "MATCH", "prefix: /").replace("address: 0.0.0.0", "address: 127.0.0.1"), Needs()),
    ("server-name-not-sent", "addresses have no name to send", cluster(TLS), Needs()),
    ("server-name-not-sent", "taken from the request", cluster(
        "type: STRICT_DNS\n" + TLS + H2 + "    upstream_http_protocol_options: {auto_sni: true}\n", ends("app.example.org")), Needs()),
    ("server-name-unverified", "the name is that of the handshake", cluster(TLS + SIGNED + "    sni: app.example.org\n"
        "    auto_sni_san_validation: true\n"), Needs()),
    ("server-name-unverified", "the name is that of the request", cluster(
        TLS + SIGNED + H2 + "    upstream_http_protocol_options: {auto_sni: true, auto_san_validation: true}\n"), Needs()),
    ("fault-injection-left", "only what a test asks for", http("cluster: web", filters=FAULT + (
        "    headers: [{name: x-test, present_match: true}]\n")), Needs()),
    ("fault-injection-left", "only what a matcher picks", http("cluster: web", filters=CHOSEN_FAULT), Needs()),
    ("client-picks-server", "the socket's own destination", http(
        "cluster: web", "type: ORIGINAL_DST\nlb_policy: CLUSTER_PROVIDED", servers=""), Needs()),
    ("client-picks-server", "from this machine alone", http(
        "cluster: web", "type: ORIGINAL_DST\nlb_policy: CLUSTER_PROVIDED\noriginal_dst_lb_config: {use_http_header: true}", servers="",
        address="127.0.0.1"), Needs()),
    ("short-connect-timeout", "on the same machine", cluster("connect_timeout: 0.01s", ends("127.0.0.1") + ends("127.0.0.2")), Needs()),
    ("short-connect-timeout", "a quarter of a second", cluster("connect_timeout: 0.25s"), Needs()),
    ("grpc-without-http2", "one of two clusters speaks it", http("cluster: web", H2, filters=GRPC_WEB), Needs()),
    ("connections-dropped-on-change", "a hash moves keys to a new server", cluster(
        "type: STRICT_DNS\nlb_policy: MAGLEV\ncommon_lb_config: {close_connections_on_host_set_change: true}",
        ends("web.internal")), Needs()),
    ("failed-server-keeps-connections", "HTTP chooses anew for each request", http("cluster: web", CHECK), Needs()),
    ("breaker-for-unused-priority", "a route says HIGH", http(
        "cluster: web\npriority: HIGH", "circuit_breakers: {thresholds: [{priority: HIGH, max_requests: 4000}]}"), Needs()),
    ("breaker-for-unused-priority", "both priorities", http(
        "cluster: web", "circuit_breakers: {thresholds: [{max_requests: 2000}, {priority: HIGH, max_requests: 4000}]}"), Needs()),
    ("rate-limit-below-peak", "counted and not enforced", http("cluster: web", filters=LIMIT), PEAK_10),
    ("unlimited-streams", "Envoy 1.40 has a limit of its own", http("cluster: web", hcm="use_remote_address: true"), Needs()),
    ("server-timeout-too-short", "fifteen seconds for 400 ms", http("cluster: web"), PEAK_10),
]  # fmt: skip

# Ordinary configurations in several styles: no rule may say a warning or an error.
CLEAN: dict[str, str] = {
    "checks": http("cluster: web", CHECK),
    "checks and outlier detection": http("cluster: web", CHECK + "outlier_detection: {max_ejection_percent: 50}"),
    "retries": http("cluster: web\nretry_policy: {retry_on: '5xx,reset,connect-failure', num_retries: 2, per_try_timeout: 3s}", CHECK),
    "TLS": http("cluster: web", CHECK + VERIFIED),
    "an edge": http(
        "cluster: web\nidle_timeout: 15s\nretry_policy: {retry_on: 'connect-failure,refused-stream', num_retries: 2, per_try_timeout: 5s}",
        CHECK + VERIFIED + "circuit_breakers: {thresholds: [{max_connections: 2000, max_requests: 5000}]}\n",
        top=LOCAL_ADMIN,
        hcm="use_remote_address: true\nstream_idle_timeout: 300s\nrequest_timeout: 300s\n"
        "http2_protocol_options: {max_concurrent_streams: 100}\ncommon_http_protocol_options: {idle_timeout: 3600s}",
    ),
    "names in a compose file": http(
        "cluster: web", "type: STRICT_DNS\nconnect_timeout: 0.25s\ndns_lookup_family: V4_ONLY", ends("app"), top=LOCAL_ADMIN
    ),
    "a sidecar of a service mesh": cluster(
        "type: EDS\neds_cluster_config: {service_name: web, eds_config: {ads: {}}}\noutlier_detection: {}\n"
        "circuit_breakers: {thresholds: [{max_connections: 4294967295, max_requests: 4294967295, max_retries: 4294967295}]}\n",
        "",
        ads=True,
    ),
    "a database": cluster(
        CHECK.replace("http_health_check: {path: /healthz}", "tcp_health_check: {}"),
        THREE.replace("8080", "5432"),
        tcp("idle_timeout: 3600s"),
    ),
    "passive checks alone": http(
        "cluster: web\nretry_policy: {retry_on: '5xx,reset', num_retries: 1, per_try_timeout: 3s}",
        "lb_policy: LEAST_REQUEST\noutlier_detection:\n  consecutive_5xx: 5\n  interval: 10s\n  base_ejection_time: 30s\n"
        "  max_ejection_percent: 50\n",
    ),
    "a warm-up": http(
        "cluster: web",
        CHECK + "round_robin_lb_config: {slow_start_config: {slow_start_window: 30s, aggression: {default_value: 1.0, runtime_key: a}}}\n",
    ),
    "WebSockets": http("cluster: web\ntimeout: 0s\nupgrade_configs: [{upgrade_type: websocket}]", CHECK, hcm="stream_idle_timeout: 0s"),
    "statistics for a collector": ADMIN_ROUTED.replace("MATCH", "path: /stats/prometheus"),
    "gRPC": http("cluster: web\ntimeout: 0s", H2 + CHECK.replace("http_health_check: {path: /healthz}", "grpc_health_check: {}")),
}


def found(text: str, needs: Needs, folder: Path) -> list[tuple[str, str, str]]:
    """Rule, severity and message of every finding."""
    file = folder / "envoy.yaml"
    file.write_text(text)
    topologies, could_not = read_configuration([str(file)])
    assert not could_not
    assert [t.product for t in topologies] == ["envoy"]
    return [(f.rule, f.severity, f.message) for f in check(topologies, needs)]


@pytest.mark.parametrize(("rule", "text", "needs"), [(r, t, n) for r, _, t, n in TWINS], ids=[f"{r}: {w}" for r, w, _, _ in TWINS])
def test_silent_on_its_twin(rule: str, text: str, needs: Needs, tmp_path: Path) -> None:
    assert rule in RULES.names
    assert rule not in {name for name, _, _ in found(text, needs, tmp_path)}


@pytest.mark.parametrize("name", CLEAN)
def test_ordinary_configurations_have_no_warning(name: str, tmp_path: Path) -> None:
    assert [each for each in found(CLEAN[name], Needs(), tmp_path) if each[1] != "info"] == []


@pytest.mark.parametrize("text", [*(t for _, _, t, _ in TWINS), *CLEAN.values()], ids=[*(f"{r}: {w}" for r, w, _, _ in TWINS), *CLEAN])
def test_envoy_accepts_them(text: str, tmp_path: Path) -> None:
    file = tmp_path / "envoy.yaml"
    file.write_text(text)
    assert refusals("envoy", file) == []
