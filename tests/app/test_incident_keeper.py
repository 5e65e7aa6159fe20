"""What the keeper writes down about causes, on a real store."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from poise.app.incident import one
from poise.app.incident_keeper import IncidentKeeper
from poise.model.diagnosis import Diagnosis, Hypothesis
from poise.model.evidence import Evidence
from poise.model.incident import Incident
from poise.model.needs import Needs, PoolNeeds
from poise.model.sample import Component, Event, Series, Stack, Window
from poise.store.incident_log import IncidentLog

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
SHARE = Evidence("share of app1", 0.25, 0.989, 12.3, "show stat")
AGAINST = Evidence("share of app1", None, 0.989, -4.0, "show stat")
STATEMENT = Evidence("statement_ms of main", 120.0, 0.16, -9.1, "pg_stat_statements")


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[IncidentLog]:
    with IncidentLog(tmp_path / "incidents.db") as log:
        yield log


def found(database: float = 0.1, network: float = 0.1) -> Diagnosis:
    hypotheses = (
        Hypothesis("uneven-weights", "load-balancer", "pool web", (SHARE,), 9.0, 0.8, 1),
        Hypothesis("slow-database", "database", "database main", (STATEMENT,), 1.0, database, 2),
        Hypothesis("packet-loss", "network", "hop lb→app1", (AGAINST,), 1.0, network, 3),
    )
    return Diagnosis("fault", None, START, START, hypotheses)


def states(incident: Incident) -> dict[str, str]:
    return {h.layer: h.state for h in incident.hypotheses}


def test_only_figures_of_its_own_rule_a_layer_out(log: IncidentLog) -> None:
    """The database's own figure speaks against it; against the network only what the weights explain."""
    keeper = IncidentKeeper(log, "poise watch")
    keeper.open_by_hand(at(0), "t")
    keeper.diagnosed(at(1), found())
    keeper.cause_found(at(2), found(), acknowledged=False)
    keeper.resolved(at(3), "well", found())
    incident = one(log.path, "last")
    assert states(incident) == {"load-balancer": "confirmed", "database": "ruled_out", "network": "open"}
    (ruled_out,) = (h for h in incident.hypotheses if h.state == "ruled_out")
    assert [e.observable for e in ruled_out.evidence] == ["statement_ms of main"]


def test_nobody_acknowledged_unless_somebody_did(log: IncidentLog) -> None:
    for acknowledged in (False, True):
        keeper = IncidentKeeper(log, "on call")
        keeper.open_by_hand(at(0), "t")
        keeper.cause_found(at(2), found(), acknowledged=acknowledged)
        assert ("acknowledged" in one(log.path, str(keeper.incident)).times) is acknowledged


def test_without_a_cause_that_stands_nothing_is_confirmed(log: IncidentLog) -> None:
    keeper = IncidentKeeper(log, "poise watch")
    keeper.open_by_hand(at(0), "t")
    keeper.diagnosed(at(1), found())
    keeper.resolved(at(3), "well", None)
    assert set(states(one(log.path, "last")).values()) == {"supported", "open"}


def test_an_adopted_incident_knows_its_board_and_its_cause(log: IncidentLog) -> None:
    first = IncidentKeeper(log, "poise watch")
    first.open_by_hand(at(0), "t")
    first.diagnosed(at(1), found())
    first.cause_found(at(2), found())
    again = IncidentKeeper(log, "poise watch")
    again.adopt(at(9), str(first.incident))
    assert again.leads(found())
    assert again.diagnosed(at(10), found()) == []
    other = replace(found(), hypotheses=(replace(found().best, fault="server-down"), *found().hypotheses[1:]))
    assert not again.leads(other)
    again.resolved(at(11), "well", found())
    assert states(one(log.path, "last"))["load-balancer"] == "confirmed"


def test_the_cost_is_of_the_incidents_pool_and_of_what_was_measured(log: IncidentLog, tmp_path: Path) -> None:
    """300 s of impact, the client measured for the last 60 of them, 50/s, half failed: 3,000 requests, 1,500 failed, 1 min × 120 × 0.5."""
    stack = Stack((Component("api", "pool"), Component("web", "pool"), Component("client", "client")))
    needs = Needs(pool={"api": PoolNeeds(cost_per_minute=7.0), "web": PoolNeeds(cost_per_minute=120.0)})
    seconds = np.arange(241.0, 301.0) + START.timestamp()
    series = {
        ("client", "requests_per_second"): Series(seconds, np.full(60, 50.0)),
        ("client", "success_ratio"): Series(seconds, np.full(60, 0.5)),
    }
    keeper = IncidentKeeper(log, "poise watch")
    keeper.open_by_hand(at(0), "t")
    keeper.resolved(at(300), "well", None)
    written = keeper.write(at(300), tmp_path / "out", Window(stack, at(300), series, needs=needs), found(), None)
    incident = one(log.path, "last")
    assert (incident.impact.requests_failed, incident.impact.share_of_requests, incident.impact.cost) == (1500, 0.5, 60.0)
    text = written.markdown.read_text()
    assert "Clients were measured for 1 min of 5 min: requests and cost count that part alone" in text
    assert "1,500 of 3,000" in text


def test_the_trigger_is_what_somebody_changed_and_not_what_the_reload_moved(log: IncidentLog, tmp_path: Path) -> None:
    keeper = IncidentKeeper(log, "poise watch")
    for second, component, words in (
        (0, "application app1", "release 7"),
        (1, "load-balancer lb1", "haproxy.cfg was edited; 62% of pool web's traffic moves"),
        (2, "database main", "index added"),
        (3, "pool web", "weight in pool web with the reload: app1 100 → 200"),
        (3, "load-balancer lb1", "the worker was replaced (process 1 → 2): reloaded or restarted"),
    ):
        keeper.change_seen(at(second), Event(at(second), "change", words, component))
    keeper.open_by_hand(at(5), "t")
    window = Window(Stack(), at(9))
    for fault, expected in (("pool web", "was edited; 62% of pool"), ("database main", "index added"), ("client", "index added")):
        diagnosis = replace(found(), hypotheses=(replace(found().best, component=fault),))
        text = keeper.write(at(9), tmp_path / fault, window, diagnosis, None).markdown.read_text()
        assert expected in text.split("## Trigger")[1].split("## ")[0], fault


def test_the_blamed_layer_is_let_go_only_for_another(log: IncidentLog) -> None:
    """While the fault is mended its figures fade: 0.1 % and a figure against it do not rule out what was told as the cause."""
    keeper = IncidentKeeper(log, "poise watch")
    keeper.open_by_hand(at(0), "t")
    keeper.diagnosed(at(1), found())
    keeper.cause_found(at(2), found())
    weights, database, network = found().hypotheses
    faded = replace(weights, probability=0.001, evidence=(Evidence("share of app1", 0.98, 0.25, -9.0, "show stat"),))
    after = replace(found(), hypotheses=(replace(database, probability=0.97), faded, network))
    keeper.diagnosed(at(3), after)
    assert states(one(log.path, "last"))["load-balancer"] == "supported"
    keeper.cause_found(at(4), after)
    keeper.diagnosed(at(5), after)
    assert states(one(log.path, "last"))["load-balancer"] == "ruled_out"
    keeper.resolved(at(6), "well", after)
    assert states(one(log.path, "last"))["database"] == "confirmed"
