"""Alerts as the pages list them: what pages first, then what is worse, then what began last. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from poise.alerting.identity import Identity
from poise.report.dashboard.levels import ORDER, alert_level, alive
from poise.report.dashboard.look import Look
from poise.report.dashboard.views import AlertView


def alert_views(looks: Sequence[Look], since: datetime, handled: Mapping[str, str]) -> tuple[AlertView, ...]:
    """Those that live, and those that ended after `since`. `handled` says by key who has one in hand, or who silenced it."""
    found = []
    for look in looks:
        for alert in look.alerts:
            if not alive(alert) and alert.ended is not None and alert.ended < since:
                continue
            said = alert.verdict
            key = Identity(look.load_balancer, said.detector, said.component).id
            view = AlertView(
                key=key,
                load_balancer=look.load_balancer,
                detector=said.detector,
                component=said.component,
                severity=said.severity,
                page=said.page,
                phase=alert.phase,
                since=alert.since,
                ended=alert.ended,
                summary=said.summary,
                reason=said.reason,
                faults=said.faults,
                handled=handled.get(key, ""),
            )
            order = (not alive(alert), alert.phase == "pending", not said.page, ORDER.index(alert_level(alert)), -alert.since.timestamp())
            found.append((order, view))
    return tuple(view for _, view in sorted(found, key=lambda each: each[0]))
