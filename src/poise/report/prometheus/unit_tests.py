"""Unit tests of the exported rules, for `promtool test rules`: a stack in good health raises nothing, and for every alert a scene that
must raise it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from poise.report.prometheus.alert import STEP_SECONDS, Alert, counter, gauge, rate_of
from poise.report.prometheus.figures import Exporter, quoted
from poise.report.prometheus.rules import Part, alerts
from poise.report.prometheus.subject import Subject

FIRST = "lb1"
Key = tuple[str, tuple[tuple[str, str], ...]]


def as_dict(parts: Sequence[Part], rule_file: str, job: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The test file's data. `job` are labels that every series has, where the rules are narrowed by a match."""
    healthy = [series for exporter, subjects in parts for subject in subjects for series in _series(exporter, subject, {}, job or {})]
    tests: list[dict[str, Any]] = [
        {
            "name": "a stack in good health raises nothing",
            "interval": f"{STEP_SECONDS}s",
            "input_series": list({one["series"]: one for one in healthy}.values()),
            "promql_expr_test": [{"expr": 'ALERTS{alertstate="firing"}', "eval_time": "8m", "exp_samples": []}],
        }
    ]
    for exporter, subjects in parts:
        for alert in alerts(((exporter, subjects),)):
            tests.append(_fires(alert, exporter, next(s for s in subjects if alert.applies(s)), job or {}))
    return {"rule_files": [rule_file], "evaluation_interval": f"{STEP_SECONDS}s", "tests": tests}


def _fires(alert: Alert, exporter: Exporter, subject: Subject, job: Mapping[str, str]) -> dict[str, Any]:
    wanted = {"alertname": alert.name, "alertstate": "firing", **alert.fires_on(subject)}
    inside = ",".join(f"{label}={quoted(value)}" for label, value in wanted.items())
    return {
        "name": f"{alert.name} fires for {subject.product} pool {subject.pool}",
        "interval": f"{STEP_SECONDS}s",
        "input_series": list(_series(exporter, subject, alert.breaks(subject), job)),
        "promql_expr_test": [
            {"expr": f"min(ALERTS{{{inside}}})", "eval_time": alert.at, "exp_samples": [{"labels": "{}", "value": 1}]},
        ],
    }


def _series(exporter: Exporter, subject: Subject, scene: Mapping[Key, str], job: Mapping[str, str]) -> Iterator[dict[str, str]]:
    values: dict[Key, str] = {**_healthy(subject), **scene}
    for (name, labels), numbers in values.items():
        figure = exporter.figures.get(name)
        if figure is None:
            continue
        named = dict(labels)
        apart = named.pop("apart", FIRST)
        every = {
            exporter.apart: apart,
            **job,
            **figure.labels,
            **{exporter.names.get(label, label): value for label, value in named.items()},
        }
        yield {
            "series": f"{figure.metric}{{{','.join(f'{label}={quoted(value)}' for label, value in every.items())}}}",
            "values": numbers,
        }


def _healthy(subject: Subject) -> dict[Key, str]:
    """Each server gets its part, none fails, nothing waits, and no limit is near."""
    pool: tuple[tuple[str, str], ...] = (("pool", subject.pool),)
    found: dict[Key, str] = {}
    total = 0.0
    for server in subject.servers:
        here = (*pool, ("server", server.name))
        rate = rate_of(subject, server.name)
        total += rate
        found["server_requests", here] = counter(rate)
        found["server_errors", here] = counter(0)
        found["server_retries", here] = counter(0)
        found["server_up", here] = gauge(1)
        found["server_weight", here] = gauge(server.weight)
        found["server_in_flight", here] = gauge(1)
        found["server_queue", here] = gauge(0)
    found["pool_queue", pool] = gauge(0)
    found["pool_errors", pool] = counter(0)
    found["pool_answers", (*pool, ("code", "2xx"))] = counter(total)
    found["pool_panic", pool] = counter(0)
    found["pool_refused_updates", pool] = counter(0)
    for listener in subject.listeners:
        found["listener_in_flight", (("listener", listener),)] = gauge(10)
        found["listener_limit", (("listener", listener),)] = gauge(1000)
    found["load_balancer_in_flight", ()] = gauge(10)
    found["load_balancer_limit", ()] = gauge(10000)
    return found
