"""Asks the running load balancers of some configurations what demand their pools have: for `poise needs --live`."""

import asyncio
import http.client
import json
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from poise.app.local_get import get
from poise.balancers.haproxy import stats_csv
from poise.balancers.haproxy.runtime_api import RuntimeApiError, command
from poise.model.could_not import CouldNot
from poise.model.seen import Seen
from poise.model.topology import Listener, Pool, Topology

PATIENCE = timedelta(seconds=2)
# For all load balancers together: a file may name a hundred sockets that nothing answers at.
LONGEST = timedelta(seconds=20)
# Rates of products that count only totals are told from two looks, so far apart.
APART_SECONDS = 1.0
BACKEND, SERVER = "1", "2"
# Another program may listen where the configuration says that the load balancer does: its answer has any shape.
WRONG = (OSError, http.client.HTTPException, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)
COLUMNS = ("pxname", "svname", "type", "rate_max", "smax", "stot", "rtime", "ttime")

Answer = tuple[Mapping[str, Seen], Sequence[CouldNot]]


def seen(topologies: Sequence[Topology], longest: timedelta = LONGEST) -> tuple[Mapping[str, Seen], tuple[CouldNot, ...]]:
    """Figures by pool, and what could not be asked. Each load balancer is asked where its own configuration says that it answers.

    What has not been asked when the time is over is told.
    """
    until = time.monotonic() + longest.total_seconds()
    found: dict[str, Seen] = {}
    could_not: list[CouldNot] = []
    for topology in topologies:
        if time.monotonic() >= until:
            could_not.append(CouldNot(topology.file, _late(longest)))
            continue
        figures, missed = {"haproxy": _haproxy, "nginx": _nginx, "envoy": _envoy}[topology.product](topology, until)
        found = {**figures, **found}
        could_not += missed
    return found, tuple(could_not)


def _late(longest: timedelta) -> str:
    return f"it was not asked: {longest.total_seconds():g} s were over. Ask for it alone, or take out what does not answer"


def _haproxy(topology: Topology, until: float) -> Answer:
    """HAProxy keeps the highest rate and concurrency since it started, and the mean times of the last 1024 requests."""
    refused: list[CouldNot] = []
    for control in topology.control_sockets:
        left = timedelta(seconds=max(0.0, until - time.monotonic()))
        try:
            answer = asyncio.run(command(control.address, "show info;show stat", min(PATIENCE, left)))
            return _stat(answer, topology), ()
        except RuntimeApiError as error:
            refused.append(error.could_not)
        except ValueError as error:
            refused.append(CouldNot(control.address, f"{error}: is this a HAProxy statistics socket?"))
    advice = "its global section has no `stats socket`, so the running HAProxy cannot be asked"
    return {}, refused or [CouldNot(topology.file, advice)]


def _stat(answer: str, topology: Topology) -> Mapping[str, Seen]:
    parts = list(stats_csv.sections(answer))
    uptime = next((stats_csv.info(part).get("Uptime") for part in parts if part.lstrip().startswith("Name:")), None)
    csv = next((part for part in parts if part.lstrip().startswith("# pxname")), "")
    since = f"show stat, over the last {uptime}" if uptime else "show stat, since its start"
    rates: dict[str, float] = {}
    most: dict[str, int] = {}
    times: dict[str, list[tuple[float, float]]] = {}
    http = {pool.name: pool.mode == "http" for pool in topology.pools}
    for row in stats_csv.stat_rows(csv, COLUMNS):
        field = dict(zip(COLUMNS, row, strict=True))
        pool, number = field["pxname"], {name: stats_csv.number(field[name]) or 0.0 for name in COLUMNS[3:]}
        if pool not in http or field["type"] not in (BACKEND, SERVER):
            continue
        if field["type"] == BACKEND:
            rates[pool] = number["rate_max"]
        elif number["stot"]:
            most[pool] = max(most.get(pool, 0), int(number["smax"]))
            times.setdefault(pool, []).append((number["stot"], number["rtime" if http[pool] else "ttime"]))
    return {
        pool: Seen(f"HAProxy's {since}", rate, True, most.get(pool), _mean(times.get(pool, ()))) for pool, rate in rates.items() if rate
    }


def _mean(times: Sequence[tuple[float, float]]) -> float | None:
    total = sum(count for count, _ in times)
    return sum(count * each for count, each in times) / total if total and any(each for _, each in times) else None


def _nginx(topology: Topology, until: float) -> Answer:
    """nginx's stub_status counts requests of the whole process, so only a configuration with one pool learns anything of it."""
    pages = [(listener, page) for listener in topology.listeners for page in listener.status_pages if page.kind == "stub_status"]
    if not pages:
        return {}, [CouldNot(topology.file, "it has no page with `stub_status`, so the running nginx cannot be asked")]
    routed = {route.pool for listener in topology.listeners for route in listener.routes}
    pools = [pool for pool in topology.pools if pool.name in routed]
    missed: list[CouldNot] = []
    for listener, page in pages:
        for address in _addresses(listener):
            try:
                first, second = (_stub(address, page.path, wait, until) for wait in (0.0, APART_SECONDS))
            except WRONG as problem:
                missed.append(CouldNot(f"{address}{page.path}", f"stub_status does not answer: {_words(problem)}"))
                continue
            # The second look is a request of its own.
            rate = max(0.0, (second[1] - first[1] - 1) / (second[0] - first[0]))
            if len(pools) != 1:
                why = "stub_status counts all pools together; nginx tells no more of each"
                return {}, [CouldNot(f"{address}{page.path}", why)]
            return ({pools[0].name: Seen(f"nginx's stub_status at {address}{page.path}", rate)} if rate else {}), ()
    return {}, missed


def _addresses(listener: Listener) -> Iterator[str]:
    for bind in listener.binds:
        host, _, port = bind.address.rpartition(":")
        if not bind.tls:
            own = host in {"", "*", "0.0.0.0", "[::]"}  # noqa: S104 - where it listens, not where we do
            yield bind.address if bind.address.startswith("/") else f"{'127.0.0.1' if own else host}:{port}"


def _stub(address: str, path: str, wait: float, until: float) -> tuple[float, int]:
    time.sleep(wait)
    lines = get(address, path, _end(until)).decode("ascii", "replace").split("\n")
    at = next((number for number, line in enumerate(lines) if line.startswith("server accepts handled requests")), None)
    if at is None or at + 1 >= len(lines):
        raise ValueError("the answer is not that of stub_status")
    return time.monotonic(), int(lines[at + 1].split()[2])


def _envoy(topology: Topology, until: float) -> Answer:
    """Envoy's admin interface counts requests by cluster, and keeps how long they took."""
    admin = next((control for control in topology.control_sockets if control.protocol == "http"), None)
    if admin is None:
        return {}, [CouldNot(topology.file, "it has no `admin` address, so the running Envoy cannot be asked")]
    try:
        before, first = time.monotonic(), _stats(admin.address, until)
        time.sleep(APART_SECONDS)
        after, second = time.monotonic(), _stats(admin.address, until)
    except WRONG as problem:
        return {}, [CouldNot(admin.address, f"Envoy's admin interface does not answer: {_words(problem)}")]
    found = {}
    for pool in topology.pools:
        name = _stat_name(pool)
        total = f"cluster.{name}.upstream_rq_total"
        # Started anew in between, it counts from 0 again.
        rate = max(0.0, second.get(total, 0.0) - first.get(total, 0.0)) / (after - before)
        took = second.get(f"cluster.{name}.upstream_rq_time")
        if second.get(total):
            found[pool.name] = Seen(f"Envoy's /stats at {admin.address}", rate or None, False, None, took or None)
    return found, ()


def _stat_name(pool: Pool) -> str:
    """Envoy: `alt_stat_name` outranks the name, and a colon becomes an underscore."""
    return (pool.options.get("alt_stat_name") or pool.name).replace(":", "_")


def _stats(address: str, until: float) -> Mapping[str, float]:
    """Counters by name; of histograms the median since the start. Raises ValueError for what is no number of Envoy's."""
    made = json.loads(get(address, "/stats?format=json&filter=upstream_rq_(total|time)$", _end(until)))
    found: dict[str, float] = {}
    for each in made["stats"]:
        if "value" in each:
            found[str(each["name"])] = float(each["value"])
        elif "histograms" in each:
            found |= dict(_medians(each["histograms"]))
    if not all(math.isfinite(value) for value in found.values()):
        raise ValueError("a counter is no number")
    return found


def _medians(histograms: Any) -> Iterator[tuple[str, float]]:
    quantiles = histograms.get("supported_quantiles", [])
    if 50 not in quantiles:
        return
    for each in histograms.get("computed_quantiles", []):
        value = each["values"][quantiles.index(50)].get("cumulative")
        if isinstance(value, int | float):
            yield str(each["name"]), float(value)


def _end(until: float) -> float:
    return min(until, time.monotonic() + PATIENCE.total_seconds())


def _words(problem: BaseException) -> str:
    if isinstance(problem, LookupError | TypeError | AttributeError | ArithmeticError | RecursionError):
        return "the answer is not one that it gives"
    return getattr(problem, "strerror", None) or str(problem) or type(problem).__name__
