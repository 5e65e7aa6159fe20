"""The exported rules, judged by Prometheus itself: their own unit tests, and scenes by hand for what other packs of rules get wrong."""

from pathlib import Path

import pytest
import yaml
from tests.report.prometheus.promtool import firing, needs_promtool, scene, verdict

from poise.app.export import Wanted, prometheus_rules, rule_tests
from poise.reading.read import Sources

CONFIG = """
defaults
  mode http
  timeout connect 1s
  timeout client 5s
  timeout server 5s
frontend shop
  bind 127.0.0.1:8080
  default_backend web
backend web
  balance roundrobin
  server srv1 127.0.0.1:9001 check maxconn 100
  server srv2 127.0.0.1:9002 check maxconn 100
  server spare 127.0.0.1:9003 check backup
backend api
  balance roundrobin
  server srv1 127.0.0.1:9011 check weight 3
  server srv2 127.0.0.1:9012 check
"""
NEEDS = """
[pool.web]
split = "even"
peak_requests_per_second = 100
service_time_ms = 50
concurrency_per_server = 4
objectives = {availability = 0.999}
"""
# 100 requests a second, 50 to each server.
EVEN = {
    f'haproxy_server_sessions_total{{instance="lb1",proxy="{pool}",server="{server}"}}': "0+750x80"
    for pool in ("web", "api")
    for server in ("srv1", "srv2")
}


def up(pool: str, server: str, value: int = 1) -> dict[str, str]:
    """Whether HAProxy takes that server for up, all the time."""
    return {f'haproxy_server_status{{instance="lb1",proxy="{pool}",server="{server}",state="UP"}}': f"{value}+0x80"}


HEALTH = {**up("web", "srv1"), **up("web", "srv2"), **up("web", "spare"), **up("api", "srv1"), **up("api", "srv2")}


@pytest.fixture
def wanted(tmp_path: Path) -> Wanted:
    """A configuration of two pools whose servers share their names, and what one of them needs."""
    needs_promtool()
    (tmp_path / "haproxy.cfg").write_text(CONFIG)
    (tmp_path / "poise.toml").write_text(NEEDS)
    return Wanted(Sources((str(tmp_path / "haproxy.cfg"),)))


def test_their_own_unit_tests_hold_and_name_every_alert(wanted: Wanted, tmp_path: Path) -> None:
    rules, tests = prometheus_rules(wanted), rule_tests(wanted, "rules.yml")
    assert not rules.could_not
    assert verdict(tmp_path, rules.text, tests.text) == ""
    alerts = {rule["alert"] for group in yaml.safe_load(rules.text)["groups"] for rule in group["rules"] if "alert" in rule}
    named = {one["name"].split()[0] for one in yaml.safe_load(tests.text)["tests"]}
    assert alerts <= named
    assert {"PoiseUnevenShare", "PoiseUnevenShareOfConfiguration", "PoisePoolDown", "PoiseOnBackupsOnly"} <= alerts


def test_a_rule_that_cannot_fire_fails_its_test(wanted: Wanted, tmp_path: Path) -> None:
    # As a published rule for Traefik has it: a count of series that are there is never zero.
    rules = yaml.safe_load(prometheus_rules(wanted).text)
    down = next(rule for group in rules["groups"] for rule in group["rules"] if rule.get("alert") == "PoisePoolDown")
    down["expr"] = "count by (instance, pool) (poise:server_up) == 0"
    tests = yaml.safe_load(rule_tests(wanted, "rules.yml").text)
    tests["tests"] = [one for one in tests["tests"] if one["name"].startswith(("PoisePoolDown ", "PoiseUnevenShare "))]
    said = verdict(tmp_path, yaml.safe_dump(rules), tests)
    assert "PoisePoolDown" in said
    assert "PoiseUnevenShare" not in said


def test_what_other_packs_of_rules_get_wrong(wanted: Wanted, tmp_path: Path) -> None:
    web_gone = {**HEALTH, **up("web", "srv1", 0), **up("web", "srv2", 0), **up("web", "spare", 0)}
    errors = 'haproxy_server_http_responses_total{instance="lb1",proxy="api",server="srv1",code="5xx"}'
    no_errors = errors.replace("srv1", "srv2")
    queue = {'haproxy_backend_current_queue{instance="lb1",proxy="web"}': "3+0x80"}
    scenes = [
        scene({**EVEN, **HEALTH, **queue}, {'ALERTS{alertstate="firing",pool="web"}': None}),
        scene({**EVEN, **web_gone}, {firing("PoisePoolDown", pool="web"): 1, firing("PoisePoolDown", pool="api"): None}),
        # srv1 of api fails half of its requests; the srv1 of web is another server.
        scene(
            {**EVEN, **HEALTH, errors: "0+375x80", no_errors: "0+0x80"},
            {firing("PoiseServerErrors", pool="api", server="srv1"): 1, firing("PoiseServerErrors", pool="web"): None},
        ),
        # The backup is up, and there is nothing behind it.
        scene(
            {**EVEN, **HEALTH, **up("web", "srv1", 0), **up("web", "srv2", 0)},
            {firing("PoiseOnBackupsOnly", pool="web"): 1, firing("PoisePoolDown"): None},
        ),
    ]
    tests = {"rule_files": ["rules.yml"], "evaluation_interval": "15s", "tests": scenes}
    assert verdict(tmp_path, prometheus_rules(wanted).text, tests) == ""


def test_an_alert_outlives_one_good_look_and_says_when_its_source_is_gone(wanted: Wanted, tmp_path: Path) -> None:
    uneven = {**HEALTH, **EVEN}
    for server, values in (("srv1", "0+1485x40 stale _x40"), ("srv2", "0+15x40 stale _x40")):
        uneven[f'haproxy_server_sessions_total{{instance="lb1",proxy="web",server="{server}"}}'] = values
    gone = {name: values.replace("x80", "x40 stale _x40") for name, values in uneven.items()}
    scenes = [
        scene(uneven, {firing("PoiseUnevenShare", pool="web"): 2}, at="10m"),
        # The exporter is gone at 10 m 15 s: its alerts stay for their time, and another says why nothing is known.
        scene(gone, {firing("PoiseUnevenShare", pool="web"): 2}, at="14m"),
        scene(gone, {firing("PoiseFiguresGone", instance="lb1"): 1}, at="18m"),
    ]
    tests = {"rule_files": ["rules.yml"], "evaluation_interval": "15s", "tests": scenes}
    text = prometheus_rules(wanted).text
    assert verdict(tmp_path, text, tests) == ""
    for rule in (rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"] if "alert" in rule):
        assert rule["keep_firing_for"], rule["alert"]


def test_no_rule_reads_a_maximum_since_the_start(wanted: Wanted) -> None:
    # HAProxy's *_max_* figures are the worst since the statistics were cleared: one slow request would hold an alert for ever.
    assert "_max_time" not in prometheus_rules(wanted).text
    assert "_max_s" not in prometheus_rules(wanted).text


def test_a_match_narrows_every_series(wanted: Wanted, tmp_path: Path) -> None:
    narrowed = Wanted(wanted.sources, match='job="edge"')
    text = prometheus_rules(narrowed).text
    assert verdict(tmp_path, text, rule_tests(narrowed, "rules.yml").text) == ""
    others = {name.replace("{", '{job="other",'): values for name, values in {**EVEN, **HEALTH, **up("web", "srv1", 0)}.items()}
    tests = {"rule_files": ["rules.yml"], "evaluation_interval": "15s", "tests": [scene(others, {"count(poise:server_up)": None})]}
    assert verdict(tmp_path, text, tests) == ""
