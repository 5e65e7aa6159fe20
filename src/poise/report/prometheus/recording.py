"""The recording rules: what the exporter tells under one set of names, what each server ought to get, and how far it is from that."""

from collections.abc import Iterator, Sequence
from typing import Any

from poise.report.prometheus.figures import LABELS, Exporter
from poise.report.prometheus.subject import Subject

Rule = dict[str, Any]
# A share off by less than a quarter or 2.5 points is not worth a message.
RATIO, POINTS = 1.25, 0.025
# Chance is beyond this many standard errors once in 16,000 looks; two minutes of `for` are two looks that share no request.
STANDARD_ERRORS = 4
# How a figure is recorded: counters as rates over a minute (four scrapes of 15 s), gauges as they are.
RATES = {"server_requests": "rate1m", "server_errors": "rate1m", "server_retries": "rate1m"}
TOTALS = ("pool_panic", "pool_refused_updates")
GAUGES = (
    "server_up",
    "server_weight",
    "server_in_flight",
    "server_limit",
    "server_queue",
    "pool_queue",
    "listener_in_flight",
    "listener_limit",
    "load_balancer_in_flight",
    "load_balancer_limit",
)


def recorded(figure: str) -> str:
    """The name that a figure is recorded by."""
    ending = {"server_weight": ":running", **dict.fromkeys(TOTALS, ":total"), **{name: f":{rate}" for name, rate in RATES.items()}}
    return f"poise:{figure}{ending.get(figure, '')}"


def figures(exporter: Exporter, match: str) -> Iterator[Rule]:
    """One rule for each figure that the exporter has, with our labels."""
    for name in (*RATES, *TOTALS, *GAUGES):
        if name in exporter.figures:
            series = exporter.selector(name, match)
            inner = f"rate({series}[1m])" if name in RATES else series
            yield {"record": recorded(name), "expr": _renamed(exporter, name, inner)}
    if "pool_queue" in exporter.figures:
        waiting = recorded("pool_queue")
        if "server_queue" in exporter.figures:
            # Some wait for any server of the pool, others for the one that their cookie or hash names.
            waiting += f" + on ({exporter.apart}, pool) sum by ({exporter.apart}, pool) ({recorded('server_queue')})"
        yield {"record": "poise:pool_waiting", "expr": waiting}


def _renamed(exporter: Exporter, figure: str, inner: str) -> str:
    """With our labels in place of the exporter's, and no others."""
    labels = LABELS[exporter.figures[figure].of]
    for ours in labels:
        theirs = exporter.names.get(ours, ours)
        if theirs != ours:
            inner = f'label_replace({inner}, "{ours}", "$1", "{theirs}", "(.*)")'
    return f"sum by ({', '.join((exporter.apart, *labels))}) ({inner})"


def constants(subjects: Sequence[Subject]) -> Iterator[Rule]:
    """What the needs and the configuration say, as series that the others are compared with."""
    for subject in subjects:
        here = {"pool": subject.pool}
        if subject.basis == "needs":
            yield {"record": "poise:pool_split:declared", "expr": "vector(1)", "labels": here}
        if subject.basis:
            yield {"record": "poise:pool_split:dispersion", "expr": _number(subject.dispersion), "labels": here}
        if subject.least_servers:
            yield {"record": "poise:pool_servers:needed", "expr": _number(subject.least_servers), "labels": here}
        if subject.availability is not None:
            yield {"record": "poise:pool_objective:availability", "expr": _number(subject.availability), "labels": here}
        for server in subject.servers:
            labels = {**here, "server": server.name}
            yield {"record": "poise:server:active", "expr": _number(int(server.active)), "labels": labels}
            yield {"record": "poise:server_weight:file", "expr": _number(server.weight), "labels": labels}
            if subject.basis:
                yield {"record": "poise:server_split:wanted", "expr": _number(server.wanted), "labels": labels}
                yield {"record": "poise:server_share:uncertainty", "expr": _number(server.uncertainty), "labels": labels}


def shares(a: str) -> Iterator[Rule]:
    """The share that each server gets, the one that it ought to get of those that serve, and the difference where it matters.

    `a` is the label that tells load balancers apart."""
    requests = recorded("server_requests")
    yield {
        "record": "poise:server_share:actual",
        "expr": f"{requests} / on ({a}, pool) group_left () (sum by ({a}, pool) ({requests}) > 0)",
    }
    ought = "(poise:server_up * on (pool, server) group_left () poise:server_split:wanted)"
    yield {
        "record": "poise:server_share:expected",
        "expr": f"{ought} / on ({a}, pool) group_left () (sum by ({a}, pool) ({ought}) > 0)",
    }
    yield {"record": "poise:server_share:difference", "expr": "poise:server_share:actual - poise:server_share:expected"}
    chance = (
        "poise:server_share:expected * (1 - poise:server_share:expected)"
        " * on (pool) group_left () poise:pool_split:dispersion"
        f" / on ({a}, pool) group_left () (60 * sum by ({a}, pool) ({requests}))"
    )
    yield {
        "record": "poise:server_share:standard_error",
        "expr": f"sqrt({chance} + on (pool, server) group_left () (poise:server_share:uncertainty ^ 2))",
    }
    yield {
        "record": "poise:server_share:off",
        "expr": (
            "poise:server_share:difference"
            f" and (abs(poise:server_share:difference) > {POINTS})"
            f" and (abs(poise:server_share:difference) > {STANDARD_ERRORS} * poise:server_share:standard_error)"
            f" and ((poise:server_share:actual > {RATIO} * poise:server_share:expected)"
            f" or (poise:server_share:actual < poise:server_share:expected / {RATIO}))"
        ),
    }


def errors(exporter: Exporter, match: str, spans: Sequence[str]) -> Iterator[Rule]:
    """Each pool's part of answers that are errors, over each of the `spans`."""
    a = exporter.apart
    # As the pool counts them, with what the load balancer itself refused; the sum over its servers where the exporter has no such figure.
    names = ("pool_errors", "pool_answers") if "pool_errors" in exporter.figures else ("server_errors", "server_requests")
    bad, every = (exporter.selector(name, match) for name in names)
    label = exporter.names["pool"]
    for span in spans:
        ratio = f"sum by ({a}, {label}) (rate({bad}[{span}])) / (sum by ({a}, {label}) (rate({every}[{span}])) > 0)"
        renamed = ratio if label == "pool" else f'sum by ({a}, pool) (label_replace({ratio}, "pool", "$1", "{label}", "(.*)"))'
        yield {"record": f"poise:pool_errors:ratio_rate{span}", "expr": renamed}


def _number(value: float) -> str:
    return f"vector({value:.9g})"
