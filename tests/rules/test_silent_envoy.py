"""Envoy configurations that look like a defect of distribution and are none: each rule must stay silent on its twins."""

from pathlib import Path

import pytest
from envoy_files import bootstrap, cluster, group, host, http_listener, route
from envoy_parts import (
    BY_LOCALITY,
    CANARY,
    COOKIE,
    FOUR,
    NO_NEEDS,
    split,
    zone,
)
from envoy_spread_twins import SPREAD_TWINS
from envoy_way_twins import WAY_TWINS
from rule_examples import refusals

from poise.model.finding import Finding
from poise.model.needs import Needs, PoolNeeds
from poise.reading.read import read_configuration
from poise.rules import RULES
from poise.rules.engine import check

TWINS = {**SPREAD_TWINS, **WAY_TWINS}
NAMES = [(name, index) for name, texts in TWINS.items() for index in range(len(texts))]


def findings(text: str, needs: PoolNeeds, folder: Path) -> list[Finding]:
    """What poise says of the file."""
    file = folder / "envoy.yaml"
    file.write_text(text)
    topologies, could_not = read_configuration([str(file)])
    assert not could_not
    return list(check(topologies, Needs(pool={"web": needs} if needs != NO_NEEDS else {})))


@pytest.mark.parametrize(("name", "index"), NAMES)
def test_silent_on_its_twin(name: str, index: int, tmp_path: Path) -> None:
    text, needs = TWINS[name][index]
    assert [f.message for f in findings(text, needs, tmp_path) if f.rule == name] == []


@pytest.mark.parametrize(("name", "index"), NAMES)
def test_envoy_accepts_the_twin(name: str, index: int, tmp_path: Path) -> None:
    file = tmp_path / "envoy.yaml"
    file.write_text(TWINS[name][index][0])
    assert refusals("envoy", file) == []


def test_every_rule_of_these_themes_has_a_twin() -> None:
    themes = ("hashing", "localities", "failover", "routing")
    missing = {e.name for e in RULES.entries if "envoy" in e.products and e.theme in themes} - set(TWINS)
    # Faults left in a filter are held in test_silent_envoy_health.py.
    assert missing == {"fault-injection-left"}


ORDINARY = {
    "static": bootstrap(cluster(group(*FOUR)), listeners=(http_listener(route()),)),
    "least request": bootstrap(cluster(group(*FOUR), settings="lb_policy: LEAST_REQUEST"), listeners=(http_listener(route()),)),
    "strict dns": bootstrap(cluster(group(host("app.internal")), settings="type: STRICT_DNS"), listeners=(http_listener(route()),)),
    "two regions": bootstrap(
        cluster(group(*FOUR[:2], more="locality: {region: a}"), group(*FOUR[2:], more="priority: 1, locality: {region: b}")),
        listeners=(http_listener(route()),),
    ),
    "zones with their weights": bootstrap(
        cluster(group(*FOUR[:2], more=zone("za", 50)), group(*FOUR[2:], more=zone("zb", 50)), settings=BY_LOCALITY),
        listeners=(http_listener(route()),),
    ),
    "canary": bootstrap(cluster(group(*FOUR)), CANARY, listeners=(http_listener(route(split(95, 5))),)),
    "sticky": bootstrap(cluster(group(*FOUR), settings="lb_policy: MAGLEV"), listeners=(http_listener(route(f"cluster: web, {COOKIE}")),)),
    "grpc beside http": bootstrap(
        cluster(group(*FOUR)), CANARY, listeners=(http_listener(route("cluster: canary", "prefix: /, grpc: {}"), route()),)
    ),
}


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_clusters_have_no_warning(name: str, tmp_path: Path) -> None:
    themes = {e.name for e in RULES.entries if e.theme in ("hashing", "localities", "failover", "routing", "distribution", "capacity")}
    found = [f for f in findings(ORDINARY[name], PoolNeeds(), tmp_path) if f.rule in themes and f.severity != "info"]
    assert [f.message for f in found] == []
