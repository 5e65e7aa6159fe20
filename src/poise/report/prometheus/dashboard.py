"""The Grafana dashboard: the share that each server gets beside the one that it ought to get, and what explains a difference.

It reads the recorded series of the exported rules, so it looks the same for every product. The model is that of Grafana 9 and newer
(schemaVersion 38).
"""

from collections.abc import Iterator
from typing import Any

WIDTH = 24


def as_dict(title: str, apart: str) -> dict[str, Any]:
    """The dashboard's model; `apart` is the label that tells load balancers apart."""
    panels: list[dict[str, Any]] = []
    for number, panel in enumerate(_panels(apart), 1):
        column, row = (number - 1) % 2, (number - 1) // 2
        panels.append({"id": number, "gridPos": {"h": 9, "w": WIDTH // 2, "x": column * WIDTH // 2, "y": row * 9}, **panel})
    return {
        "uid": None,
        "title": title,
        "description": "Made by `poise export grafana-dashboard`; needs the rules of `poise export prometheus-rules`.",
        "tags": ["load balancer", "poise"],
        "timezone": "utc",
        "schemaVersion": 38,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "15s",
        "time": {"from": "now-1h", "to": "now"},
        "annotations": {"list": [_annotation()]},
        "templating": {"list": list(_variables(apart))},
        "panels": panels,
    }


def _variables(apart: str) -> Iterator[dict[str, Any]]:
    yield {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus", "current": {}}
    for name, label, query in (
        (apart, "load balancer", f"label_values(poise:server_share:actual, {apart})"),
        ("pool", "pool", f'label_values(poise:server_share:actual{{{apart}=~"${apart}"}}, pool)'),
    ):
        yield {
            "name": name,
            "label": label,
            "type": "query",
            "datasource": _source(),
            "query": {"query": query, "refId": name},
            "refresh": 2,
            "multi": True,
            "includeAll": True,
            "sort": 1,
            "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
        }


def _panels(apart: str) -> Iterator[dict[str, Any]]:
    here = f'{apart}=~"${apart}",pool=~"$pool"'
    each = "{{pool}} {{server}}"
    yield _lines("Share of each server", [(f"poise:server_share:actual{{{here}}}", each)], "percentunit", stacked=True)
    yield _lines(
        "Share above or below what it ought to be", [(f"poise:server_share:difference{{{here}}}", each)], "percentunit", above=0.025
    )
    yield _lines(
        "Weights: running, and in the file",
        [
            (f"poise:server_weight:running{{{here}}}", f"{each} running"),
            ('poise:server_weight:file{pool=~"$pool"}', f"{each} in the file"),
        ],
        "none",
    )
    yield _lines("Requests per second", [(f"poise:server_requests:rate1m{{{here}}}", each)], "reqps", stacked=True)
    yield _lines(
        "Errors, of each server's requests",
        [(f"poise:server_errors:rate1m{{{here}}} / (poise:server_requests:rate1m{{{here}}} > 0)", each)],
        "percentunit",
        above=0.05,
    )
    yield _lines("In flight", [(f"poise:server_in_flight{{{here}}}", each)], "none")
    yield _lines("Waiting in the load balancer", [(f"poise:pool_waiting{{{here}}}", "{{pool}}")], "none", above=1)
    yield _lines("Servers that serve", [(f"sum by ({apart}, pool) (poise:server_up{{{here}}})", f"{{{{{apart}}}}} {{{{pool}}}}")], "none")
    yield _lines(
        "Connections of each listener, of what it may have",
        [(f'poise:listener_in_flight{{{apart}=~"${apart}"}} / (poise:listener_limit{{{apart}=~"${apart}"}} > 0)', "{{listener}}")],
        "percentunit",
        above=0.85,
    )
    yield {
        "type": "alertlist",
        "title": "Alerts of poise",
        "options": {
            "alertName": "Poise",
            "showOptions": "current",
            "maxItems": 20,
            "sortOrder": 1,
            "stateFilter": {"firing": True, "pending": True},
        },
    }


def _lines(title: str, series: list[tuple[str, str]], unit: str, *, stacked: bool = False, above: float | None = None) -> dict[str, Any]:
    custom: dict[str, Any] = {"drawStyle": "line", "lineWidth": 1, "fillOpacity": 30 if stacked else 5, "showPoints": "never"}
    if stacked:
        custom["stacking"] = {"mode": "normal", "group": "A"}
    defaults: dict[str, Any] = {"unit": unit, "custom": custom, "color": {"mode": "palette-classic"}}
    if unit == "percentunit" and stacked:
        defaults |= {"min": 0, "max": 1}
    if above is not None:
        steps = [{"color": "green", "value": None}, {"color": "red", "value": above}]
        defaults["thresholds"] = {"mode": "absolute", "steps": steps}
        custom["thresholdsStyle"] = {"mode": "line"}
    return {
        "type": "timeseries",
        "title": title,
        "datasource": _source(),
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": {
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
        "targets": [
            {
                "refId": chr(ord("A") + place),
                "datasource": _source(),
                "expr": expr,
                "legendFormat": legend,
                "editorMode": "code",
                "range": True,
            }
            for place, (expr, legend) in enumerate(series)
        ],
    }


def _annotation() -> dict[str, Any]:
    return {
        "name": "Alerts of poise",
        "datasource": _source(),
        "enable": True,
        "iconColor": "red",
        "expr": 'ALERTS{alertname=~"Poise.*",alertstate="firing"}',
        "titleFormat": "{{alertname}}",
        "textFormat": "{{pool}} {{server}}",
    }


def _source() -> dict[str, str]:
    return {"type": "prometheus", "uid": "${datasource}"}
