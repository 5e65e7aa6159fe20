"""`poise predict --format json`: the forecast as CONTRACTS promises it, version 1."""

from collections.abc import Sequence
from typing import Any

from poise.model.could_not import CouldNot
from poise.model.forecast import Forecast, Loss, NeedCheck, PoolForecast, RouteShare, ServerShare
from poise.report.findings_json import remark
from poise.report.what_if_json import case, headroom


def as_dict(forecast: Forecast) -> dict[str, Any]:
    """Ready for `json.dumps`. Shares and utilisation are ratios 0–1, unrounded."""
    return {
        "version": 1,
        "pools": [_pool(pool) for pool in forecast.pools],
        "routes": [route(row) for row in forecast.routes],
        "could_not": could_not(forecast.could_not),
        "remarks": [remark(r) for r in forecast.remarks],
        "excluded": list(forecast.excluded),
    }


def server(share: ServerShare) -> dict[str, Any]:
    """One server as the whole pool lists it."""
    return {
        "server": share.server,
        "address": share.address,
        "role": share.role,
        "weight": share.weight,
        "share": share.share,
        "error": share.error,
        "utilisation": share.utilisation,
        "why": share.why,
    }


def route(row: RouteShare) -> dict[str, Any]:
    """Which part of a route's requests a pool gets; `share` is null where the file does not tell, `pool` for requests that none gets."""
    return {
        "listener": row.listener,
        "route": row.route,
        "pool": row.pool,
        "share": row.share,
        "why": row.why,
        "mirrored": row.mirrored,
        "product": row.product,
        "file": row.file,
        "line": row.line,
    }


def need(check: NeedCheck) -> dict[str, Any]:
    """One need and whether it is met."""
    return {"need": check.need, "met": check.met, "detail": check.detail}


def could_not(reasons: Sequence[CouldNot]) -> list[dict[str, Any]]:
    """What could not be read or said; `file` names the file, address or check."""
    return [{"file": c.what, "line": c.line, "reason": c.reason} for c in reasons]


def _loss(loss: Loss) -> dict[str, Any]:
    keys = ("server", "share", "error", "utilisation")
    rows = [{key: value for key, value in server(s).items() if key in keys} for s in loss.servers]
    return {"lost": list(loss.lost), "servers": rows, "max_utilisation": loss.max_utilisation, "lost_share": loss.to_lost}


def _pool(pool: PoolForecast) -> dict[str, Any]:
    made: dict[str, Any] = {
        "file": pool.file,
        "product": pool.product,
        "pool": pool.pool,
        "algorithm": pool.algorithm,
        "basis": pool.basis,
        "requests": pool.requests,
        "servers": [server(s) for s in pool.servers],
        "without": [_loss(loss) for loss in pool.without],
        "needs": [need(check) for check in pool.needs],
    }
    if pool.placement is not None:
        made["placement"] = [{"key": key, "server": name} for key, name in pool.placement]
    if pool.slow_starts:
        made["slow_start"] = [
            {
                "server": each.server,
                "seconds": each.seconds,
                "when_busy": each.when_busy,
                "shares": [{"seconds": at, "share": share} for at, share in each.shares],
            }
            for each in pool.slow_starts
        ]
    if pool.what_if:
        made["what_if"] = [case(each) for each in pool.what_if]
    if pool.headroom is not None:
        made["headroom"] = headroom(pool.headroom)
    return made
