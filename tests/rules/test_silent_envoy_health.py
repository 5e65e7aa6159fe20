"""Envoy configurations that look like a defect of checks, limits, retries, timeouts or exposure and are none; good ones are silent."""

from pathlib import Path

import pytest
from envoy_texts import H2, cluster, ends, http
from rule_examples import refusals

from poise.app.read import read_configuration
from poise.model.needs import Needs
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
]  # fmt: skip

# Ordinary configurations in several styles: no rule may say a warning or an error.
CLEAN: dict[str, str] = {
    "checks": http("cluster: web", CHECK),
    "checks and outlier detection": http("cluster: web", CHECK + "outlier_detection: {max_ejection_percent: 50}"),
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
