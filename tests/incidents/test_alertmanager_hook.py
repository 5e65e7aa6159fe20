"""What Alertmanager sends opens incidents and joins them; what nobody should send is refused with a reason.

The body is laid out as in prometheus.io/docs/alerting/latest/configuration/#webhook_config.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise.app.incident import every
from poise.app.incident_hook import take
from poise.incidents.alertmanager_hook import LONGEST, MOST_ALERTS, HookError, hook_alerts, joined, related
from poise.incidents.lifecycle import observed_time, opened
from poise.store.incident_log import IncidentLog

NOW = datetime(2026, 11, 27, 3, 10, tzinfo=UTC)


def alert(name: str, since: str = "03:00:00", ended: str | None = None, summary: str | None = None, **labels: str) -> dict[str, Any]:
    return {
        "status": "firing" if ended is None else "resolved",
        "labels": {"alertname": name, "severity": "critical", **labels},
        "annotations": {} if summary is None else {"summary": summary},
        "startsAt": f"2026-11-27T{since}.123456789Z",
        "endsAt": "0001-01-01T00:00:00Z" if ended is None else f"2026-11-27T{ended}Z",
        "generatorURL": "http://prometheus.example/graph",
        "fingerprint": f"{name} {sorted(labels.items())}",
    }


def message(*alerts: dict[str, Any]) -> dict[str, Any]:
    return {
        "version": "4",
        "groupKey": '{}:{alertname="x"}',
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "poise",
        "groupLabels": {},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager.example",
        "alerts": list(alerts),
    }


def test_related_alerts_are_one_incident_to_its_end(tmp_path: Path) -> None:
    store = tmp_path / "i.db"
    errors = alert("Errors", pool="web", load_balancer="lb1", summary="2 % of the requests fail")
    (first,) = take(store, message(errors), NOW)
    assert first.opened
    # Again, as after repeat_interval or from a second Alertmanager: nothing new.
    (again,) = take(store, message(errors), NOW + timedelta(minutes=1))
    assert (again.incident, again.opened, again.events) == (first.incident, False, (first.events[2],))
    slow = alert("Slow", "03:02:00", backend="web", instance="lb1")
    other = alert("Errors", pool="api", load_balancer="lb1", summary="api fails")
    two = take(store, message(slow, other), NOW + timedelta(minutes=2))
    assert [(t.incident == first.incident, t.opened) for t in two] == [(True, False), (False, True)]
    web = next(i for i in every(store) if i.id == first.incident)
    assert (web.title, web.severity, web.origin, web.status) == ("2 % of the requests fail", "error", "webhook", "open")
    assert web.about == ("load-balancer lb1", "pool web")
    assert [(e.text, e.until) for e in web.timeline if e.kind == "alert"] == [("Errors: 2 % of the requests fail", None), ("Slow", None)]
    assert web.times["detected"].at == datetime(2026, 11, 27, 3, 0, 0, 123456, UTC)
    take(store, message(alert("Errors", ended="03:20:00", pool="web", load_balancer="lb1", summary="2 % of the requests fail")), NOW)
    assert next(i for i in every(store) if i.id == first.incident).status == "open"
    take(store, message(alert("Slow", "03:02:00", "03:25:00", backend="web", instance="lb1")), NOW + timedelta(minutes=16))
    web = next(i for i in every(store) if i.id == first.incident)
    assert web.status == "mitigated"
    assert (web.times["mitigated"].at, web.times["mitigated"].source) == (datetime(2026, 11, 27, 3, 25, tzinfo=UTC), "estimated")
    # Over before anybody knew of it: no incident is made of it.
    (over,) = take(store, message(alert("Gone", ended="03:01:00", pool="late", load_balancer="lb9")), NOW)
    assert (over.incident, over.events) == (None, ())
    assert len(every(store)) == 2


def test_it_joins_what_a_person_opened_and_not_what_was_over_before(tmp_path: Path) -> None:
    store = tmp_path / "i.db"
    begun = datetime(2026, 11, 27, 2, 50, tzinfo=UTC)
    with IncidentLog(store) as log:
        for name, end in (("over", begun + timedelta(minutes=5)), ("runs", None)):
            log.append_all(
                name, (opened(begun, begun, "x", name, "warning", about=("pool web",)), observed_time("detected", begun, begun, "x"))
            )
            if end is not None:
                log.append(name, observed_time("resolved", end, end, "x"))
    (joins,) = take(store, message(alert("Errors", pool="web", load_balancer="lb1")), NOW)
    assert (joins.incident, joins.opened) == ("runs", False)
    runs = next(i for i in every(store) if i.id == "runs")
    assert (runs.severity, runs.about) == ("error", ("pool web", "load-balancer lb1"))
    with IncidentLog(store) as log:
        log.append("runs", observed_time("resolved", NOW, NOW, "x"))
    (new,) = take(store, message(alert("Errors", "03:30:00", pool="web", load_balancer="lb1")), NOW + timedelta(minutes=30))
    assert new.opened


def test_what_belongs_together() -> None:
    assert related(("pool web",), ("pool web", "load-balancer lb1"))
    assert not related(("pool web", "load-balancer lb2"), ("pool web", "load-balancer lb1"))
    assert not related(("pool api", "load-balancer lb1"), ("pool web", "load-balancer lb1"))
    assert related(("load-balancer lb1",), ("pool web", "load-balancer lb1"))
    assert not related((), ())
    three = (alert("A", pool="web"), alert("B", pool="api"), alert("C", pool="web"))
    assert [[a.name for a in group] for group in joined(hook_alerts(message(*three)))] == [["B"], ["A", "C"]]
    # Without a label that names a component, what Alertmanager grouped is together.
    assert len(joined(hook_alerts(message(alert("A"), alert("B"))))) == 1


def test_hostile_text_is_one_short_line() -> None:
    odd = alert("<b>\x1b[31mred\u202e\r\nnext", summary="<script>alert(1)</script>" + "x" * 2000, pool="we\x00b\n\ud800")
    (read,) = hook_alerts(message(odd))
    assert read.name == "<b>[31mred next"
    assert read.summary.startswith("<script>alert(1)</script>x")
    assert len(read.summary) == LONGEST
    assert read.about == ("pool web",)
    json.dumps(read.about).encode("ascii")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({}, "its version is missing"),
        ({"version": "3"}, "reads version '4'"),
        ({"version": "4"}, "has no alerts"),
        ({"version": "4", "alerts": []}, "has no alerts"),
        ({"version": "4", "alerts": [7]}, r"alerts\[0\] is no object"),
        (message(*[alert("A")] * (MOST_ALERTS + 1)), "set max_alerts of the receiver"),
        (message(alert("A"), {**alert("B"), "status": "odd"}), r"alerts\[1\]\.status is 'odd'"),
        (message({**alert("A"), "startsAt": "yesterday"}), r"alerts\[0\]\.startsAt is 'yesterday'"),
        (message({**alert("A"), "startsAt": "2026-11-27T03:00:00"}), "an instant as"),
        (message({**alert("A"), "startsAt": "9999-12-31T23:59:59-12:00"}), "an instant as"),
        (message({**alert("A"), "labels": {"a": 1}}), r"alerts\[0\]\.labels is no object of texts"),
        (message({**alert("A"), "annotations": []}), r"alerts\[0\]\.annotations is no object"),
    ],
)
def test_what_is_none_is_refused_and_nothing_is_kept(tmp_path: Path, body: dict[str, Any], why: str) -> None:
    store = tmp_path / "i.db"
    with pytest.raises(HookError, match=why):
        take(store, body, NOW)
    assert not store.exists()


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text(max_size=8), v, max_size=3),
    max_leaves=6,
)
odd_alerts = st.fixed_dictionaries(
    {"status": st.sampled_from(["firing", "resolved"]), "startsAt": st.sampled_from(["2026-11-27T03:00:00Z", "0001-01-01T00:00:00Z"])},
    optional={"labels": st.dictionaries(st.text(max_size=8), st.text(max_size=8)) | values, "endsAt": values, "fingerprint": values},
)


@given(st.fixed_dictionaries({"version": st.just("4"), "alerts": st.lists(odd_alerts | values, max_size=3)}, optional={"groupKey": values}))
def test_any_body_is_read_or_refused(body: dict[str, Any]) -> None:
    try:
        read = joined(hook_alerts(body))
    except HookError as error:
        assert str(error)
        return
    assert sum(len(group) for group in read) == len(body["alerts"])
