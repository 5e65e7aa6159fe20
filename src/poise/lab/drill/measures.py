"""The figures that a drill's clues show, taken by the means that a trainee has: pages of the applications, the admin socket, requests."""

import asyncio
import csv
import statistics
from collections.abc import Mapping

from poise.balancers.http_fetch import fetch
from poise.lab.addresses import text
from poise.lab.haproxy import ask
from poise.lab.stack import Lab
from poise.model.drill import Measure

_SECONDS = 5.0
_REQUESTS = 7
_GIVE_UP = 20.0


async def measures(lab: Lab) -> Mapping[Measure, float]:
    """All that can be measured now, over 5 s."""
    before, sent = await _pages(lab), await _totals(lab)
    await asyncio.sleep(_SECONDS)
    after, sent_after = await _pages(lab), await _totals(lab)
    grown = {name: {key: after[name][key] - before.get(name, {}).get(key, 0.0) for key in after[name]} for name in after if name in before}
    requests = {name: page["app_requests_total"] for name, page in grown.items()}
    calls = sum(page["app_database_seconds_count"] for page in grown.values())
    asked, failed = (sent_after[key] - sent[key] for key in ("requests_total", "failures_total"))
    found: dict[Measure, float] = {"bypass-ms": await _bypass(lab)}
    if sum(requests.values()):
        found["top-share"] = max(requests.values()) / sum(requests.values())
    if calls:
        found["database-ms"] = 1000.0 * sum(page["app_database_seconds_sum"] for page in grown.values()) / calls
    if asked:
        found["failing-share"] = failed / asked
        found["attempts"] = sum(requests.values()) / asked
    if lab.product.name == "haproxy":
        rows = list(csv.DictReader((await ask(lab.directory / "admin.sock", "show stat")).lstrip("# ").splitlines()))
        front = next(row for row in rows if row["svname"] == "FRONTEND")
        found["listener-full"] = float(front["scur"]) / float(front["slim"])
        servers = [row for row in rows if row["pxname"] == lab.plan.pool and row["svname"] != "BACKEND"]
        found["down"] = float(len([row for row in servers if row["status"].startswith("DOWN")]))
    return found


async def _totals(lab: Lab) -> Mapping[str, float]:
    return {key: float(str(value)) for key, value in (await lab.control("load").call("totals")).items()}


async def _pages(lab: Lab) -> Mapping[str, Mapping[str, float]]:
    found = {}
    for server in lab.addresses.servers:
        try:
            async with asyncio.timeout(_GIVE_UP):
                page = (await fetch(text(server.metrics), "/metrics")).body.decode()
        except (OSError, ValueError, TimeoutError):
            continue
        lines = [line.split() for line in page.splitlines() if not line.startswith("#")]
        found[server.name] = {name: float(value) for name, value in lines}
    return found


async def _bypass(lab: Lab) -> float:
    """The middle time in ms of requests to another server than the one a fault singles out; 20 s for one without an answer."""
    servers = lab.addresses.servers
    server = servers[(lab.plan.hot + 1) % len(servers)]
    times = []
    for _ in range(_REQUESTS):
        began = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(_GIVE_UP):
                await fetch(text(server.direct), "/")
            times.append(asyncio.get_running_loop().time() - began)
        except (OSError, ValueError, TimeoutError):
            times.append(_GIVE_UP)
    return statistics.median(times) * 1000.0
