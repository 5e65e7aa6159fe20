"""Runs a case and writes its folder."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from math import isnan
from pathlib import Path

import configs
import logs
import numpy as np
from case import Case, rates
from engine import Engine
from metrics import Recorder, Series

from model import Event

HARMLESS = (
    ("load-balancer", "certificate renewed by cron"),
    ("application", "dependency update merged, not deployed"),
    ("host", "kernel security update staged, no reboot"),
    ("network", "switch firmware ticket closed (rack 9, no port of this stack)"),
    ("database", "autovacuum settings of an unused table"),
    ("pool", "feature flag banner_colour = blue"),
)
SLOW = {"slots", "session_limit", "connection_limit", "limit"}  # polled every fifth time: they hardly move


def run(case: Case, seed: int) -> tuple[Engine, list[Series], np.ndarray]:
    """Simulate and sample."""
    rng = np.random.default_rng(seed)
    engine = Engine(case.plan, rates(case), case.controls, seed)
    engine.run()
    stamps = np.arange(case.plan.resolution, case.plan.duration + 0.01, case.plan.resolution)
    return engine, Recorder(engine, stamps, case.style, rng).record(), stamps


def at(start: datetime, seconds: float) -> str:
    """An instant as RFC 3339 in UTC."""
    return (start + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def write(case: Case, seed: int, folder: Path, name: str) -> dict[str, object]:
    """The folder of one case; the line of truth.jsonl is returned."""
    engine, series, stamps = run(case, seed)
    place = folder / name
    place.mkdir(parents=True, exist_ok=True)
    start = datetime(2026, 1, 5, tzinfo=UTC) + timedelta(seconds=case.random.randrange(320 * 86400))
    if case.drop:
        series = [s for s in series if s[1] != case.drop]
        case.blind_to.append(case.drop)
        if case.drop in case.decisive:
            case.undetermined_ok = True
    series = _lose_something(case, series)
    (place / "samples.csv").write_text(_csv(case, series, stamps, start))
    config, text = configs.render(case)
    (place / config).write_text(text)
    if case.needs:
        (place / "poise.toml").write_text(configs.needs(case))
    _events(case, series, stamps)
    lines = [
        json.dumps({"at": at(start, e.at), "kind": e.kind, "component": _bare(e.component), "text": e.text})
        for e in sorted(case.events, key=lambda e: e.at)
    ]
    (place / "events.jsonl").write_text("".join(f"{line}\n" for line in lines))
    if case.logs:
        (place / "logs").mkdir(exist_ok=True)
        for file, content in logs.write(case, engine, start).items():
            (place / "logs" / file).write_text(content)
    (place / "recording.json").write_text(json.dumps(_recording(case, series, config, start), indent=1, ensure_ascii=False) + "\n")
    quiet = case.layers[:1] == ["none"]
    harm = not quiet and _harm(case, engine)
    if not quiet and not harm and case.kind != "dead-unchecked":
        case.undetermined_ok = True
        case.note += " Clients suffer nothing measurable."
    truth: dict[str, object] = {
        "case": name,
        "layers": case.layers,
        "fault": case.fault,
        "component": case.components[0] if len(case.components) == 1 else case.components,
        "onset": None if quiet else at(start, case.onset),
        "blind_to": sorted(set(case.blind_to)),
        "harm": harm,
    }
    if case.undetermined_ok:
        truth["undetermined_ok"] = True
    truth["note"] = case.note.strip()
    return truth


def _harm(case: Case, engine: Engine) -> bool:
    """Whether clients measurably suffered: success down by 1 %, or p50 or p99 up by 15 %."""
    limit, begun = case.plan.t_client, min([case.onset, *(when for when, _ in case.controls if when > 0)])
    parts = [[r for r in engine.requests if -1 < r.t0 < begun], [r for r in engine.requests if r.t0 > case.onset + 3]]
    good, middle, tail = [], [], []
    for part in parts:
        waits = np.array([r.recv - r.t0 if r.recv == r.recv else limit for r in part] or [0.0])
        good.append(float(np.mean([0 < r.code < 500 and r.recv - r.t0 < limit for r in part] or [1.0])))
        middle.append(float(np.median(waits)))
        tail.append(float(np.percentile(waits, 99)))
    return good[1] < good[0] - 0.01 or middle[1] > 1.15 * middle[0] or tail[1] > 1.15 * tail[0]


def _recording(case: Case, series: list[Series], config: str, start: datetime) -> dict[str, object]:
    plan = case.plan
    seen = {component for component, _, _ in series}
    parts: list[dict[str, str]] = [
        {"name": "clients", "kind": "client"},
        {"name": plan.lb, "kind": "load-balancer"},
        {"name": plan.listener, "kind": "listener", "address": "127.0.0.1:8088"},
        {"name": plan.pool, "kind": "pool"},
    ]
    edges = [["clients", plan.lb], [plan.lb, plan.listener], [plan.listener, plan.pool]]
    for app, server, address in zip(plan.apps, plan.servers, plan.addresses, strict=True):
        parts += [
            {"name": f"{plan.pool}/{server}", "kind": "server", "address": address},
            {"name": app, "kind": "application", "address": address},
        ]
        edges += [
            [plan.lb, f"{plan.pool}/{server}"],
            [plan.pool, f"{plan.pool}/{server}"],
            [f"{plan.pool}/{server}", app],
            [app, plan.database],
        ]
    parts.append({"name": plan.database, "kind": "database", "address": plan.addresses[0].rsplit(".", 1)[0] + ".9:5432"})
    for name in sorted(seen):
        if "→" in name:
            left, right = name.split("→")
            parts.append({"name": name, "kind": "hop", "from": left, "to": right})
        elif name.startswith("host/"):
            parts.append({"name": name, "kind": "host"})
            edges.append([name.removeprefix("host/"), name])
    record: dict[str, object] = {"version": 1, "from": at(start, 0), "to": at(start, plan.duration), "components": parts, "edges": edges}
    record["configs"] = [config]
    if case.needs:
        record["needs"] = "poise.toml"
    return record


def _bare(component: str) -> str:
    """Events name components as recording.json does, without their kind."""
    kind, _, name = component.partition(" ")
    return name if name and kind in {"server", "pool", "database", "listener", "load-balancer"} else component


def _lose_something(case: Case, series: list[Series]) -> list[Series]:
    """A part that was not recorded: the whole client, an application, all hops of a kind."""
    if case.drop or case.random.random() > 0.14 or case.kind == "broken-prober":
        return series
    plan, draw = case.plan, case.random.random()
    if draw < 0.3:
        gone, words = {"clients"}, "clients"
    elif draw < 0.6:
        app = case.random.choice(plan.apps)
        gone, words = {app}, app
    elif draw < 0.8:
        gone, words = {f"clients→{plan.lb}"}, "hop clients"
    else:
        gone, words = {f"{app}→{plan.database}" for app in plan.apps}, "hops to the database"
    lost = {metric for component, metric, _ in series if component in gone}
    case.blind_to.append(words)
    if lost & case.decisive:
        case.undetermined_ok = True
    return [s for s in series if s[0] not in gone]


def _events(case: Case, series: list[Series], stamps: np.ndarray) -> None:
    """Changes that do not matter, and the alert that harm would have raised."""
    for _ in range(case.random.choice((0, 0, 1, 2, 3))):
        component, text = case.random.choice(HARMLESS)
        when = case.random.uniform(-7200, case.plan.duration)
        plan = case.plan
        names = {"load-balancer": plan.lb, "application": plan.apps[-1], "database": plan.database, "pool": plan.pool}
        case.events.append(Event(when, "change", names.get(component, component), text))
    known = {metric: values for component, metric, values in series if component == "clients"}
    if "success_ratio" in known:
        bad = np.flatnonzero((known["success_ratio"] < 0.97) & (stamps > case.onset))
        if bad.size > 2:
            when = float(stamps[bad[2]]) + case.random.uniform(5, 30)
            case.events.append(Event(min(when, case.plan.duration), "alert", "clients", "success below 97 %, latency up"))


def _csv(case: Case, series: list[Series], stamps: np.ndarray, start: datetime) -> str:
    """One sample a line, in order of time; a second is missing now and then."""
    fraction = f".{case.random.randrange(1, 999):03d}Z" if case.random.random() < 0.12 else "Z"
    keep = [i for i in range(stamps.size) if case.random.random() > 0.006]
    offset = case.random.randrange(5)
    lines = ["time,component,metric,value\n"]
    columns = [(f",{c},{m},", v.tolist(), m in SLOW, m.endswith(("_ms", "_ratio", "per_second"))) for c, m, v in series]
    for i in keep:
        time = at(start, float(stamps[i]))[:-1] + fraction
        for middle, values, slow, fine in columns:
            value = values[i]
            if not isnan(value) and not (slow and i % 5 != offset and i != keep[0]):
                lines.append(f"{time}{middle}{value:.5g}\n" if fine else f"{time}{middle}{value:.0f}\n")
    return "".join(lines)
