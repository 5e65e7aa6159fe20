"""The outage of 10 November 2023 by arithmetic: 80 requests/s on four servers, weights 256/1/1/1, 98.9/0.4/0.4/0.4 %, 32.7 % errors,
p50/p99 77/160 ms before and 3775/3874 ms during it; database and network suspected for 135 and 75 minutes."""

from datetime import UTC, datetime, timedelta

import numpy as np

from poise.incidents.lifecycle import (
    LogEvent,
    action_item,
    entry,
    fold,
    hypothesis_closed,
    hypothesis_opened,
    observed_time,
    opened,
)
from poise.incidents.log_event import impact as impact_event
from poise.model.diagnosis import Diagnosis, Hypothesis
from poise.model.evidence import Evidence
from poise.model.incident import Impact, Incident
from poise.model.needs import Needs, Objectives, PoolNeeds
from poise.model.plan import Plan, Step
from poise.model.sample import Component, Event, Series, Stack, Window

SERVERS = ("app1", "app2", "app3", "app4")
RATE = 80.0
BEFORE = (0.25, 0.25, 0.25, 0.25)
DURING = (0.989, 0.011 / 3, 0.011 / 3, 0.011 / 3)


def at(clock: str) -> datetime:
    """13:45 or 13:45:10 on the day, in UTC."""
    return datetime.fromisoformat(f"2023-11-10T{clock}+00:00").astimezone(UTC)


NEEDS = Needs(
    pool={
        "web": PoolNeeds(split="even", max_share=0.4, cost_per_minute=120.0, objectives=Objectives(availability=0.999, latency_p99_ms=500))
    }
)
STACK = Stack(
    components=(
        Component("client", "client"),
        Component("lb1", "load-balancer"),
        Component("web", "pool"),
        *(Component(f"web/{s}", "server") for s in SERVERS),
        Component("main", "database"),
    ),
    edges=(("client", "lb1"), ("lb1", "web"), *(("web", f"web/{s}") for s in SERVERS)),
)


def window(start: datetime, change: datetime, mend: datetime, end: datetime, step_seconds: int = 10) -> Window:
    """One sample each `step_seconds`: before the change even and well, until the mend 98.9 % on app1, then even again."""
    seconds = np.arange(start.timestamp(), end.timestamp() + 0.5, step_seconds)
    # A sample speaks of the step that ends with it, so the one taken at the change is still good and the one at the mend still bad.
    bad = (seconds > change.timestamp()) & (seconds <= mend.timestamp())
    series = {
        ("client", "requests_per_second"): Series(seconds, np.full(len(seconds), RATE)),
        ("client", "success_ratio"): Series(seconds, np.where(bad, 1 - 0.327, 1.0)),
        ("client", "p50_ms"): Series(seconds, np.where(bad, 3775.0, 77.0)),
        ("client", "p99_ms"): Series(seconds, np.where(bad, 3874.0, 160.0)),
    }
    for index, server in enumerate(SERVERS):
        increments = np.where(bad, DURING[index], BEFORE[index]) * RATE * step_seconds
        series[(f"web/{server}", "requests_total")] = Series(seconds, np.cumsum(increments))
        series[(f"web/{server}", "weight")] = Series(seconds, np.where(bad, 256.0 if index == 0 else 1.0, 100.0))
    events = (Event(change, "change", "haproxy.cfg: weights of pool web 100/100/100/100 → 256/1/1/1", "load-balancer lb1"),)
    return Window(STACK, end, series, events, needs=NEEDS)


DATABASE_EVIDENCE = (
    Evidence("statement_ms of main", 120.0, 0.16, -9.1, "pg_stat_statements"),
    Evidence("active sessions of main", "many", "2", -3.0, "pg_stat_activity"),
)
NETWORK_EVIDENCE = (Evidence("retransmits per second lb→app1", 5.0, 0.0, -7.4, "TCP_INFO"),)
SHARE_EVIDENCE = (
    Evidence("share of app1", 0.25, 0.989, 12.3, "show stat"),
    Evidence("weight of app1", 100.0, 256.0, 6.0, "show stat"),
    Evidence("all servers up", "yes", "yes", 0.4, "show stat"),
)


def events(recorded: datetime | None = None) -> tuple[LogEvent, ...]:
    """The log as a team would have kept it."""
    r = recorded or at("19:00")
    return (
        opened(at("13:45"), r, "on call", "Requests distributed unevenly over pool web", "error"),
        observed_time("impact_started", at("13:43"), r, "poise", "observed"),
        observed_time("detected", at("13:45"), r, "dashboard", "observed"),
        observed_time("acknowledged", at("14:00"), r, "on call", "stated"),
        observed_time("cause_found", at("17:45"), r, "on call", "stated"),
        observed_time("mitigated", at("18:00"), r, "poise", "observed"),
        observed_time("resolved", at("18:30"), r, "on call", "stated"),
        entry("change", at("13:43"), r, "change log", "haproxy.cfg: weights of pool web 100/100/100/100 → 256/1/1/1"),
        entry("alert", at("13:50"), r, "poise", "error ratio above 1 % at the client", at("18:01")),
        entry("team", at("15:00"), r, "on call", "Database team engaged"),
        entry("team", at("17:00"), r, "on call", "Network team engaged"),
        hypothesis_opened("1", "The database is slow", "database", at("14:15"), r, "on call"),
        hypothesis_closed("1", "ruled_out", at("16:30"), r, "database team", DATABASE_EVIDENCE),
        hypothesis_opened("2", "The network loses packets", "network", at("16:30"), r, "on call"),
        hypothesis_closed("2", "ruled_out", at("17:45"), r, "network team", NETWORK_EVIDENCE),
        hypothesis_opened("3", "The weights of pool web are uneven", "load-balancer", at("17:45"), r, "poise"),
        hypothesis_closed("3", "confirmed", at("18:00"), r, "poise", SHARE_EVIDENCE),
        impact_event(Impact(requests_failed=403_387, share_of_requests=0.327, cost=10_084.68), at("18:30"), r, "poise"),
        action_item("1", "Run `poise audit` on every change of haproxy.cfg, failing on warnings", "prevent", r, r, "on call"),
    )


def incident() -> Incident:
    """The same, folded."""
    return fold(events(), "2023-11-10-1")


def diagnosis() -> Diagnosis:
    """What an exact diagnosis would say, most probable first."""
    return Diagnosis(
        "fault",
        at("13:43"),
        at("13:30"),
        at("18:40"),
        (
            Hypothesis("uneven-weights", "load-balancer", "pool web", SHARE_EVIDENCE, 18.7, 0.97, 1),
            Hypothesis("slow-database", "database", "database main", DATABASE_EVIDENCE, -12.1, 0.01, 2),
            Hypothesis("packet-loss", "network", "hop lb→app1", NETWORK_EVIDENCE, -7.4, 0.02, 3),
        ),
    )


def plan() -> Plan:
    """Raise the starved servers first, then write the file."""
    return Plan(
        "uneven-weights",
        "pool web",
        (
            *(
                Step(f"Set the weight of web/{s} to 100", "runtime", f"set server web/{s} weight 100", f"set server web/{s} weight 1")
                for s in SERVERS[1:]
            ),
            Step("Set the weight of web/app1 to 100", "runtime", "set server web/app1 weight 100", "set server web/app1 weight 256"),
            Step("Write weight 100 into haproxy.cfg", "file", "edit haproxy.cfg", "put the old bytes back"),
        ),
        dict.fromkeys(SERVERS, 0.25),
        "a server that is raised gets its share within one second",
        ("share of each server", "errors of the client"),
    )


def november_window(step_seconds: int = 10) -> Window:
    """13:30 to 18:40."""
    return window(at("13:30"), at("13:43"), at("18:00"), at("18:40"), step_seconds)


def short(step_seconds: int = 1) -> tuple[Window, timedelta]:
    """Two minutes as in a drill: change after 30 s, mended after 60 s more. The length of the harm beside it."""
    start = at("12:00")
    change, mend = start + timedelta(seconds=30), start + timedelta(seconds=90)
    return window(start, change, mend, start + timedelta(seconds=120), step_seconds), mend - change
