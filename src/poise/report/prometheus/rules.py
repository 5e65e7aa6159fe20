"""The rule file: figures under one set of names, what ought to be, and the alerts. As YAML for `rule_files` of Prometheus 2.42 or newer."""

from collections.abc import Sequence
from typing import Any

import yaml

from poise.report.prometheus import alerts_of_health, alerts_of_limits, alerts_of_shares, recording
from poise.report.prometheus.alert import Alert
from poise.report.prometheus.figures import Exporter
from poise.report.prometheus.subject import Subject

ALERTS = (*alerts_of_shares.ALERTS, *alerts_of_health.ALERTS, *alerts_of_limits.ALERTS)
# One exporter and the pools of the product that it belongs to; all of one file tell load balancers apart by the same label.
Part = tuple[Exporter, Sequence[Subject]]
BURN_SPANS = ("5m", "30m", "1h", "6h")


def alerts(parts: Sequence[Part]) -> tuple[Alert, ...]:
    """Those that an exporter has the figures for, and that can come to be true for one of its pools at least."""

    def fits(alert: Alert) -> bool:
        return any(alert.figures <= exporter.figures.keys() and any(map(alert.applies, subjects)) for exporter, subjects in parts)

    return tuple(alert for alert in ALERTS if fits(alert))


def as_dict(parts: Sequence[Part], match: str = "", look_closer: str = "") -> dict[str, Any]:
    """The rule file's data. `match` narrows every series of the exporters; `look_closer` is the command that the messages name."""
    every = [subject for _, subjects in parts for subject in subjects]
    groups = [{"name": "poise-expected", "interval": "1m", "rules": list(recording.constants(every))}]  # a lookback of 5 minutes finds it
    for exporter, subjects in parts:
        shared = [*recording.figures(exporter, match)]
        if any(subject.availability is not None for subject in subjects):
            shared += recording.errors(exporter, match, BURN_SPANS)
        groups.append({"name": f"poise-figures-{subjects[0].product}", "interval": "15s", "rules": shared})
    apart = parts[0][0].apart
    groups.append({"name": "poise-shares", "interval": "15s", "rules": list(recording.shares(apart))})
    groups.append({"name": "poise-alerts", "interval": "15s", "rules": [_rule(a, apart, look_closer) for a in alerts(parts)]})
    return {"groups": groups}


def _rule(alert: Alert, apart: str, look_closer: str) -> dict[str, Any]:
    annotations = {
        # Which label tells load balancers apart is the exporter's to say.
        "summary": alert.summary.replace("$labels.APART", f"$labels.{apart}"),
        "description": alert.description,
        "page": f"poise explain {alert.fault}",
    }
    if look_closer:
        # Prometheus reads annotations as templates, and a file may be called anything.
        annotations["look_closer"] = look_closer.replace("{{", '{{ "{{" }}')
    return {
        "alert": alert.name,
        "expr": alert.expr(apart),
        "for": alert.for_,
        "keep_firing_for": alert.keep_firing_for,
        "labels": {"severity": alert.severity},
        "annotations": annotations,
    }


def as_yaml(data: dict[str, Any], head: str = "") -> str:
    """`data` as YAML, with comment lines before it."""
    comments = "".join(f"# {line}\n" for line in head.splitlines())
    return comments + yaml.safe_dump(data, sort_keys=False, width=140, allow_unicode=True)
