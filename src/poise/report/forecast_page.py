"""The forecast as one page that needs nothing else: shares, what could happen, and how much each pool carries, with a table for each."""

from collections.abc import Sequence
from typing import Any

from poise.model.forecast import Forecast, PoolForecast
from poise.model.what_if import WhatIf
from poise.report.bars import percent
from poise.report.document_page import environment, policy
from poise.report.incident_page_style import PAGE_STYLE
from poise.report.svg_forecast import curves, shares, utilisations
from poise.report.svg_style import STYLE
from poise.report.what_if_text import lines, time

OWN_STYLE = """
.met{color:var(--blue)}.pic .full{stroke:var(--hot);stroke-width:1.4;stroke-dasharray:6 4}figure{margin:12px 0 4px}
figure svg{max-width:100%;height:auto;display:block}figcaption{color:var(--soft);font-size:14px;margin-bottom:4px}
"""


def html(forecast: Forecast) -> str:
    """The page. Every text of others is cleaned of control characters and escaped; the policy forbids all but the page's own style."""
    from markupsafe import Markup  # noqa: PLC0415

    style = PAGE_STYLE + STYLE + OWN_STYLE
    return (
        environment()
        .get_template("forecast_page.html.j2")
        .render(
            policy=policy(style),
            style=Markup(style),  # noqa: S704 - a constant of ours
            title=", ".join(dict.fromkeys(pool.file for pool in forecast.pools)) or "no pool",
            pools=[_pool(pool, number, Markup) for number, pool in enumerate(forecast.pools)],
            could_not=forecast.could_not,
            remarks=forecast.remarks,
        )
    )


def _pool(pool: PoolForecast, number: int, markup: Any) -> dict[str, Any]:
    curve = pool.headroom.curve if pool.headroom is not None else ()
    return {
        "id": f"pool{number}",
        "name": pool.pool,
        "about": f"{pool.product}, {pool.algorithm}, {pool.basis} · {pool.file}",
        "servers": [_server(s) for s in pool.servers],
        "shares": markup(shares(pool.servers, f"shares{number}")),
        "needs": pool.needs,
        "cases": [_case(one) for one in pool.what_if],
        "utilisations": markup(utilisations(pool.what_if, f"busy{number}")) if pool.what_if else "",
        "carries": [line.strip() for line in lines((), pool.headroom)],
        "curves": markup(curves(curve, peak(pool.what_if), f"curve{number}")) if len(curve) > 1 else "",
        "points": [(f"{p.requests_per_second:.4g}", time(p.p99_ms), percent(p.failed)) for p in curve],
    }


def peak(cases: Sequence[WhatIf]) -> float | None:
    """The declared peak, which is the rate of the pool as it is."""
    return next((one.requests_per_second for one in cases if one.kind == "now"), None)


def _server(s: Any) -> tuple[str, ...]:
    busy = "" if s.utilisation is None else percent(s.utilisation)
    return (s.server, s.address, s.role, str(s.weight), percent(s.share), f"{100 * s.error:.1f}", busy)


def _case(one: WhatIf) -> dict[str, Any]:
    return {
        "name": one.case + (f" (or {', '.join(one.alike)})" if one.alike else ""),
        "rate": f"{one.requests_per_second:.4g}",
        "busy": percent(one.max_utilisation),
        "waiting": time(one.waiting_ms),
        "p99": time(one.p99_ms),
        "failed": f"{percent(one.failed)} ± {100 * one.error:.1f}",
        "by": one.fails_by or "",
        "breaks": one.breaks or "",
    }
