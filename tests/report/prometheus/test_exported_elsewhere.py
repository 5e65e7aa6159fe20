"""What is exported for Envoy, nginx, Grafana and Alertmanager."""

import json
import re
import shutil
from pathlib import Path

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard, Panel
from tests.debian import needs_package
from tests.report.prometheus.promtool import needs_promtool, run, verdict
from tests.report.prometheus.test_exported_rules import CONFIG, NEEDS

from poise.app.export import Wanted, alertmanager_routes, grafana_dashboard, prometheus_rules, rule_tests
from poise.cli.main import run as poise
from poise.reading.read import Sources

ENVOY = """
static_resources:
  clusters:
  - name: 'we"b {{ .x }}'
    type: STATIC
    connect_timeout: 1s
    track_cluster_stats: {per_endpoint_stats: PER_ENDPOINT}
    load_assignment:
      cluster_name: web
      endpoints:
      - lb_endpoints:
        - {endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 9001}}}, load_balancing_weight: 3}
        - {endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 9002}}}}
"""
NGINX = """
events {}
http {
  upstream web { server 127.0.0.1:9001; server 127.0.0.1:9002; }
  server { listen 8080; location / { proxy_pass http://web; } }
}
"""


def wanted(folder: Path, name: str, text: str, by_poise: bool = False) -> Wanted:
    """Export from that text."""
    (folder / name).write_text(text)
    return Wanted(Sources((str(folder / name),)), by_poise=by_poise)


def test_envoy_by_its_own_figures(tmp_path: Path) -> None:
    needs_promtool()
    asked = wanted(tmp_path, "envoy.yaml", ENVOY.replace("PER_ENDPOINT", "true"))
    rules = prometheus_rules(asked)
    assert not rules.could_not
    assert verdict(tmp_path, rules.text, rule_tests(asked, "rules.yml").text) == ""
    assert "alert: PoisePanic" in rules.text


def test_envoy_without_figures_of_endpoints_is_said(tmp_path: Path) -> None:
    rules = prometheus_rules(wanted(tmp_path, "envoy.yaml", ENVOY.replace("PER_ENDPOINT", "false")))
    assert "per_endpoint_stats: true" in rules.could_not[0].reason
    assert rules.could_not[0].line is not None


def test_nginx_has_figures_of_upstreams_from_poise_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    needs_promtool()
    asked = wanted(tmp_path, "nginx.conf", NGINX, by_poise=True)
    rules = prometheus_rules(asked)
    assert verdict(tmp_path, rules.text, rule_tests(asked, "rules.yml").text) == ""
    # Each rule about servers tells the upstream.
    for group in yaml.safe_load(rules.text)["groups"]:
        for rule in group["rules"]:
            if rule.get("record", "").startswith("poise:server_") and "labels" not in rule:
                assert "pool" in rule["expr"] or "poise:server_share" in rule["expr"], rule
    assert poise(["export", "prometheus-rules", str(tmp_path / "nginx.conf")]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "--from poise" in said.err
    # Nothing would fire that these routes are for.
    assert poise(["export", "alertmanager", str(tmp_path / "nginx.conf")]) == 2
    said = capsys.readouterr()
    assert not said.out and "tells Prometheus nothing" in said.err and "--metrics PORT" in said.err and "--from poise" in said.err


def test_the_dashboard_is_one_that_grafana_s_own_model_takes(tmp_path: Path) -> None:
    (tmp_path / "poise.toml").write_text(NEEDS)
    asked = wanted(tmp_path, "haproxy.cfg", CONFIG)
    data = json.loads(grafana_dashboard(asked).text)
    model = Dashboard.from_json(data)
    again = json.loads(JSONEncoder(sort_keys=True).encode(model))
    panels = [panel for panel in model.panels or [] if isinstance(panel, Panel)]
    assert len(panels) == len(data["panels"]) > 5
    assert [panel["targets"] for panel in again["panels"] if "targets" in panel] == [p["targets"] for p in data["panels"] if "targets" in p]
    # All that it shows is recorded by the rules.
    recorded = {
        rule["record"] for group in yaml.safe_load(prometheus_rules(asked).text)["groups"] for rule in group["rules"] if "record" in rule
    }
    shown = {
        name for panel in data["panels"] for target in panel.get("targets", ()) for name in re.findall(r"poise:[\w:]+", target["expr"])
    }
    assert shown
    assert shown <= recorded


def test_alertmanager_takes_the_routes_and_sends_pages_apart(tmp_path: Path) -> None:
    needs_package("prometheus-alertmanager", shutil.which("amtool") is not None)
    (tmp_path / "am.yml").write_text(alertmanager_routes(wanted(tmp_path, "haproxy.cfg", CONFIG)).text)
    checked = run(["amtool", "check-config", "am.yml"], tmp_path)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    for severity, receiver in (("page", "poise-pages"), ("warning", "poise-tickets")):
        labels = ["alertname=PoiseUnevenShare", f"severity={severity}", "pool=web"]
        routed = run(["amtool", "config", "routes", "test", "--config.file=am.yml", *labels], tmp_path)
        assert routed.stdout.strip() == receiver


def test_a_match_that_is_none_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "haproxy.cfg").write_text(CONFIG)
    assert poise(["export", "prometheus-rules", "--match", "edge", str(tmp_path / "haproxy.cfg")]) == 64
    assert 'job="edge"' in capsys.readouterr().err
