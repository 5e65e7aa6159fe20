"""`poise diff --format json`: what a change does to the traffic, as CONTRACTS promises it, version 1."""

from typing import Any

from poise.model.forecast import ConfigurationDiff, PoolDiff, RouteDiff
from poise.report.diff_story import headline
from poise.report.findings_json import finding, remark
from poise.report.forecast_json import could_not, need, server


def as_dict(change: ConfigurationDiff) -> dict[str, Any]:
    """Ready for `json.dumps`. `keys_moved` is null where no hash decides."""
    return {
        "version": 1,
        "story": headline(change),
        "pools": [_pool(pool) for pool in change.pools],
        "routes": [_route(route) for route in change.routes],
        "findings_gained": [finding(f) for f in change.findings_gained],
        "findings_lost": [finding(f) for f in change.findings_lost],
        "could_not": could_not(change.could_not),
        "remarks": [remark(r) for r in change.remarks],
        "excluded": list(change.excluded),
    }


def _route(route: RouteDiff) -> dict[str, Any]:
    return {
        "listener": route.listener,
        "route": route.route,
        "share_moved": route.share_moved,
        "pools": [{"pool": part.pool, "before": part.before, "after": part.after} for part in route.parts],
        "story": route.story,
        "product": route.product,
        "file": route.file,
        "line": route.line,
    }


def _pool(pool: PoolDiff) -> dict[str, Any]:
    return {
        "file": pool.file,
        "product": pool.product,
        "pool": pool.pool,
        "share_moved": pool.share_moved,
        "keys_moved": pool.keys_moved,
        "before": [server(s) for s in pool.before],
        "after": [server(s) for s in pool.after],
        "story": pool.story,
        "causes": list(pool.causes),
        "costs": list(pool.costs),
        "needs_broken": [need(check) for check in pool.needs_broken],
        "needs_repaired": [need(check) for check in pool.needs_repaired],
    }
