"""Where findings about Envoy stand: at the line marked `# here`, which is where a reader would put the cursor to mend it."""

from pathlib import Path
from textwrap import indent

import pytest
from envoy_texts import THREE, cluster, ends, http, tcp
from rule_examples import refusals

from poise.model.needs import Needs, PoolNeeds
from poise.reading.read import read_configuration
from poise.rules.engine import check

CHECK = "health_checks: [{timeout: 1s, interval: 5s, unhealthy_threshold: 3, healthy_threshold: 2, http_health_check: {path: /up}}]\n"
PEAK = PoolNeeds(peak_requests_per_second=1000, service_time_ms=50, concurrency_per_server=20)
SURVIVE = PoolNeeds(peak_requests_per_second=900, service_time_ms=50, concurrency_per_server=20, survive=1)
NO_NEEDS = PoolNeeds()


def tls(lines: str) -> str:
    """A transport socket with these lines in its context."""
    kind = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext"
    return f'transport_socket:\n  name: tls\n  typed_config:\n    "@type": {kind}\n{indent(lines, "    ")}\n'


def grouped(*groups: str) -> str:
    """A load assignment of several groups of endpoints, each with lines of its own before them."""
    body = "".join(indent(each, "    ").replace("    ", "  - ", 1) for each in groups)
    return f"load_assignment:\n  cluster_name: web\n  endpoints:\n{body}"


def endpoints(*numbers: int) -> str:
    return "lb_endpoints:\n" + "".join(ends(f"10.0.0.{number}") for number in numbers)


def labelled(*versions: str) -> str:
    """Endpoints with a version each."""
    return "".join(
        ends(f"10.0.0.{number}").rstrip("\n") + f"\n  metadata: {{filter_metadata: {{envoy.lb: {{version: {version}}}}}}}\n"
        for number, version in enumerate(versions, 1)
    )


WISH = "cluster: web\nmetadata_match:\n  filter_metadata:\n    envoy.lb:\n      version: v9  # here"
PLAIN = "cluster: web\nmetadata_match: {filter_metadata: {envoy.lb: {version: v1}}}"
POLICY = """\
load_balancing_policy:
  policies:
  - typed_extension_config:
      name: round_robin
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin
        {}
"""
SUBSETS = "lb_subset_config:\n  fallback_policy: {}\n  subset_selectors: [{{keys: [version]}}]\n"

# Rule, severity, the text, and the declared needs.
CASES: dict[str, tuple[str, str, str, PoolNeeds]] = {
    "one endpoint, though the cluster is long": ("single-server", "warning", http(
        "cluster: web", CHECK, ends("10.0.0.1")).replace("- name: web\n    health", "- name: web  # here\n    health"), NO_NEEDS),
    "weights below a policy that ignores them": ("weights-ignored", "error", cluster(
        "lb_policy: RANDOM  # here\n" + CHECK, THREE + ends("10.0.0.4").rstrip("\n") + "\n  load_balancing_weight: 5\n"), NO_NEEDS),
    "a priority that is too small": ("backup-capacity", "error", cluster(CHECK + grouped(
        endpoints(1, 2, 3), "locality: {zone: b}\npriority: 1  # here\n" + endpoints(4)), ""), PEAK),
    "a host that is marked, far below its address": ("most-servers-disabled", "error", cluster(CHECK, ends("10.0.0.1") + ends(
        "10.0.0.2").rstrip("\n") + "\n  health_status: DRAINING  # here\n"), NO_NEEDS),
    "failures held against too few": ("observe-without-effect", "error", cluster(
        "outlier_detection:\n  max_ejection_percent: 50\n  enforcing_consecutive_5xx: 0\n  enforcing_success_rate: 0\n"
        "  enforcing_failure_percentage: 100  # here"), NO_NEEDS),
    "a ring that its maximum cuts off": ("small-hash-table", "error", cluster(
        CHECK + "lb_policy: RING_HASH\nring_hash_lb_config:\n  minimum_ring_size: 9\n  maximum_ring_size: 9  # here"), NO_NEEDS),
    "a ring that its minimum leaves small": ("small-hash-table", "error", cluster(
        CHECK + "lb_policy: RING_HASH\nring_hash_lb_config:\n  maximum_ring_size: 100000\n  minimum_ring_size: 9  # here"), NO_NEEDS),
    "a warm-up of another policy": ("slowstart-without-effect", "warning", cluster(
        CHECK + "lb_policy: MAGLEV\nleast_request_lb_config:\n  choice_count: 3\n  slow_start_config:  # here\n"
        "    slow_start_window: 60s"), NO_NEEDS),
    "a warm-up that begins warm": ("slowstart-without-effect", "warning", cluster(
        CHECK + "round_robin_lb_config:\n  slow_start_config:\n    slow_start_window: 60s\n    min_weight_percent: {value: 100}  # here"),
        NO_NEEDS),
    "a warm-up beside a policy that outranks it": ("slowstart-without-effect", "warning", cluster(
        CHECK + POLICY.format("") + "round_robin_lb_config:\n  slow_start_config:  # here\n    slow_start_window: 60s"), NO_NEEDS),
    "a warm-up of two hours, in an extension": ("slowstart-long", "error", cluster(CHECK + POLICY.format(
        "slow_start_config: {slow_start_window: 7200s}  # here")), NO_NEEDS),
    "a warm-up that no check begins, in an extension": ("slowstart-without-effect", "warning", cluster(POLICY.format(
        "slow_start_config: {slow_start_window: 60s}  # here")), NO_NEEDS),
    "a context that says nothing": ("unverified-server-tls", "warning", cluster(
        CHECK + tls("common_tls_context:\n  alpn_protocols: [h2]\n  validation_context: {}  # here")), NO_NEEDS),
    "streams of clients that vanished": ("missing-timeouts", "info", http(
        "cluster: web", CHECK, hcm="stream_idle_timeout: 0s  # here"), NO_NEEDS),
    "a certificate that may be anybody's": ("unverified-server-tls", "warning", cluster(CHECK + tls(
        "common_tls_context:\n  combined_validation_context:\n    default_validation_context:\n"
        "      trusted_ca: {filename: /etc/ssl/certs/ca-certificates.crt}\n      trust_chain_verification: ACCEPT_UNTRUSTED  # here\n"
        "    validation_context_sds_secret_config: {name: ca}")), NO_NEEDS),
    "a context without a word on validation": ("unverified-server-tls", "warning", cluster(CHECK + tls("sni: a.example.org").replace(
        "TlsContext\n", "TlsContext  # here\n")), NO_NEEDS),
    "zone aware routing without a local cluster": ("zone-aware-off", "warning", cluster(
        CHECK + "common_lb_config:\n  zone_aware_lb_config:  # here\n    min_cluster_size: 2\n" + grouped(
            "locality: {zone: a}\n" + endpoints(1, 2), "locality: {zone: b}\n" + endpoints(3)), ""), NO_NEEDS),
    "streams without number": ("unlimited-streams", "info", http(
        "cluster: web", CHECK, hcm="use_remote_address: true\nhttp2_protocol_options:\n  max_concurrent_streams: 1000000  # here"),
        NO_NEEDS),
    "a route without end": ("missing-timeouts", "info", http("timeout: 0s  # here\ncluster: web", CHECK), NO_NEEDS),
    "a socket without end": ("missing-timeouts", "warning", cluster(CHECK, listener=tcp("idle_timeout: 0s  # here")), NO_NEEDS),
    "a zone that nobody can do without": ("loss-overloads", "info", cluster(CHECK + grouped(
        "locality: {zone: a}\n" + endpoints(1, 2, 3), "locality: {zone: b}\n" + endpoints(4)).replace(
            "endpoints:\n  -", "endpoints:  # here\n  -"), ""), SURVIVE),
    "a subset that the fallback hides": ("subset-without-fallback", "info", http(
        WISH, CHECK + SUBSETS.format("ANY_ENDPOINT"), labelled("v1", "v1", "v2")), NO_NEEDS),
    "a key that no selector lists": ("subset-without-fallback", "info", http(
        WISH.replace("version: v9", "stage: v1"), CHECK + SUBSETS.format("ANY_ENDPOINT"), labelled("v1", "v1", "v2")), NO_NEEDS),
    "a default that nobody is in": ("subset-without-fallback", "error", http(PLAIN, CHECK + SUBSETS.format(
        "DEFAULT_SUBSET\n  default_subset:  # here\n    version: v7"), labelled("v1", "v1", "v2")), NO_NEEDS),
    "nothing behind the subsets": ("subset-without-fallback", "info", http(
        PLAIN, CHECK + SUBSETS.format("NO_FALLBACK  # here"), labelled("v1", "v1", "v2")), NO_NEEDS),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_it_stands_where_one_would_mend_it(name: str, tmp_path: Path) -> None:
    rule, severity, text, needs = CASES[name]
    file = tmp_path / "envoy.yaml"
    file.write_text(text)
    (wanted,) = (number for number, line in enumerate(text.splitlines(), 1) if "# here" in line)
    topologies, could_not = read_configuration([str(file)])
    assert not could_not
    found = [f for f in check(topologies, Needs(pool={} if needs == NO_NEEDS else {"web": needs})) if f.rule == rule]
    assert [(f.location.line, f.severity) for f in found] == [(wanted, severity)]


@pytest.mark.parametrize("name", [name for name in CASES if "anybody" not in name])
def test_envoy_accepts_it(name: str, tmp_path: Path) -> None:
    """All but the one that asks a secret service, which is not there."""
    file = tmp_path / "envoy.yaml"
    file.write_text(CASES[name][2])
    assert refusals("envoy", file) == []
