"""What the access logs that were kept beside a recording add to its samples: figures of servers that nobody sampled, and how requests
ended. A log's clock is held against the samples' and moved where it is off. Pure.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from poise.model.could_not import CouldNot
from poise.model.light import dataclass
from poise.model.sample import Series, Window
from poise.model.topology import Topology
from poise.traffic.recorded_lines import CUT, NOBODY, QUEUED, UNREACHED, Read, Request, envoy, haproxy, nginx

ENDS = {CUT: "ended_cut_total", QUEUED: "ended_queued_total", NOBODY: "ended_nobody_total"}
# Fewer lines than this of a format are no log of it.
FEWEST_LINES = 10
# Clocks nearer than this are alike: lines are written when requests end, samples taken each second.
ALIKE_SECONDS = 3
FARTHEST_SECONDS = 300
# Zones are quarters of an hour apart.
ZONE_SECONDS = 900
FARTHEST_ZONES = 56
SURE, BETTER, LEAST_SECONDS = 5.0, 2.5, 15
# The end of a quiet site's log spans months, and one wrong date centuries: each second of them would be counted. So far from the log's end
# no recording is, and before an hour nobody looks back.
MOST_SECONDS, BACK_SECONDS, LAST_LINES = 2 * 86_400, 3600, 100
Counts = NDArray[np.float64]


@dataclass(slots=True)
class _Told:
    """What one component met, by second."""

    requests: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    failed: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    again: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    unreached: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    moved: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    times: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    ends: dict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))


def with_logs(window: Window, logs: Mapping[str, bytes]) -> Window:
    """The window with what these logs say beside it. A series that was sampled stays as it was sampled; `could_not` says which log was
    read in part, or whose clock is off."""
    series = dict(window.series)
    problems: list[CouldNot] = []
    for name, text in logs.items():
        requests, foreign, why = _requests(text, window.topologies)
        requests = _lately(requests)
        if len(requests) < FEWEST_LINES:
            if why:
                problems.append(CouldNot(f"logs/{name}", why))
            continue
        if foreign > len(requests):
            reason = f"{foreign} of its {foreign + len(requests)} lines are in no format that the configuration declares: left alone"
            problems.append(CouldNot(f"logs/{name}", reason))
        told = _by_component(window, requests)
        if not told:
            continue
        if window.now.timestamp() <= 0:
            # Nothing else says when it was.
            window = replace(window, now=datetime.fromtimestamp(max(request.at for request in requests), UTC))
        off = _off(window, requests, told)
        if abs(off) > ALIKE_SECONDS:
            ahead = "ahead of" if off > 0 else "behind"
            span = timedelta(seconds=abs(off))
            problems.append(CouldNot(f"logs/{name}", f"its clock is {span} {ahead} that of the samples: its times were moved by as much"))
        for key, values in _series(told, off if abs(off) > ALIKE_SECONDS else 0, _span(window)).items():
            series.setdefault(key, values)
    if len(series) == len(window.series) and not problems:
        return window
    return replace(window, series=series, could_not=(*window.could_not, *problems))


def _requests(text: bytes, topologies: Iterable[Topology]) -> tuple[list[Request], int, str]:
    """The requests of one log, how many lines were none, and why a format could not be read."""
    readers: list[Read] = []
    why = ""
    for topology in topologies:
        if topology.product == "haproxy":
            readers.append(haproxy)
        elif topology.product == "envoy":
            readers.append(envoy)
        else:
            formats = {log.format for logged in topology.logged for log in logged.logs if log.format is not None}
            for each in sorted(formats, key=lambda f: f.name):
                made = nginx(each)
                if isinstance(made, CouldNot):
                    why = f"{made.what} {made.reason}"
                else:
                    readers.append(made)
    found: list[Request] = []
    foreign = 0
    for line in text.split(b"\n"):
        if not line:
            continue
        read = next((r for reader in readers if (r := reader(line)) is not None), None)
        if read is None:
            foreign += 1
        else:
            found += read
    return found, foreign, why


def _lately(requests: list[Request]) -> list[Request]:
    """Those near the log's end, which is the middle of its last lines: any one may have a wrong date."""
    ends = sorted(request.at for request in requests[-LAST_LINES:])
    return [request for request in requests if abs(request.at - ends[len(ends) // 2]) < MOST_SECONDS]


def _span(window: Window) -> tuple[float, float]:
    """From when to when figures are of use, in epoch seconds."""
    end = window.now.timestamp()
    return min(window.first_second, end - BACK_SECONDS), end + ALIKE_SECONDS


def _by_component(window: Window, requests: Iterable[Request]) -> Mapping[str, _Told]:
    pools = {c.name for c in window.stack.of_kind("pool")}
    servers: dict[str, list[str]] = {}
    for component in window.stack.of_kind("server"):
        pool = next((p for p in pools if component.name.startswith(f"{p}/")), None)
        names = {component.name, component.address or ""} | ({component.name[len(pool) + 1 :]} if pool is not None else set())
        for name in names - {""}:
            servers.setdefault(name, []).append(component.name)
    told: dict[str, _Told] = defaultdict(_Told)
    for request in requests:
        pool = request.pool if request.pool in pools else None
        if pool is None and request.pool is not None and ":" not in (request.server or ""):
            continue  # another pool's, or another process's; an address is the server whatever nginx calls its pool
        second = int(request.at)
        server = _component(servers, pool, request.server)
        if server is not None:
            pool = pool or server.rpartition("/")[0]
            _count(told[server], request, second)
        elif request.server is not None:
            continue  # another service's
        if pool is None and len(pools) == 1:
            pool = next(iter(pools))
        if pool in pools:
            of_pool = told[pool]
            of_pool.requests[second] += 1
            for how in ENDS:
                of_pool.ends[how][second] += int(request.how == how)
    return {name: each for name, each in told.items() if each.requests}


def _component(servers: Mapping[str, list[str]], pool: str | None, server: str | None) -> str | None:
    if server is None:
        return None
    if pool is not None and f"{pool}/{server}" in servers:
        return f"{pool}/{server}"
    named = [name for name in servers.get(server, ()) if pool is None or name.startswith(f"{pool}/")]
    return named[0] if len(named) == 1 else None


def _count(told: _Told, request: Request, second: int) -> None:
    told.requests[second] += 1
    told.failed[second] += int(request.status >= 500 and request.how != UNREACHED)
    told.again[second] += request.again
    told.unreached[second] += int(request.how == UNREACHED)
    told.moved[second] += int(request.moved)
    if request.response_ms is not None:
        told.times[second].append(request.response_ms)


def _series(told: Mapping[str, _Told], off: float, span: tuple[float, float]) -> Mapping[tuple[str, str], Series]:
    first = max(min(s for each in told.values() for s in each.requests), int(span[0] + off) - 1)
    last = min(max(s for each in told.values() for s in each.requests), int(span[1] + off))
    if last < first:
        return {}
    # A log's last second is cut, as a rule.
    seconds = np.arange(first, max(last, first + 1), dtype=np.float64) + 1.0 - off
    found: dict[tuple[str, str], Series] = {}
    for name, each in told.items():
        counts = {f"ended_{how}_total": at for how, at in each.ends.items()}
        if not each.ends:
            counts = {
                "requests_total": each.requests,
                "responses_5xx_total": each.failed,
                "retries_total": each.again,
                "connection_errors_total": each.unreached,
                "redispatches_total": each.moved,
            }
            middles = {s: float(np.median(v)) for s, v in each.times.items() if v and first <= s < last}
            if middles:
                at = np.array(sorted(middles), dtype=np.float64)
                found[name, "response_ms"] = Series(at + 1.0 - off, np.array([middles[int(s)] for s in at]))
        for metric, counted in counts.items():
            found[name, metric] = Series(seconds, np.cumsum([counted.get(first + i, 0) for i in range(len(seconds))]).astype(np.float64))
    return found


def _off(window: Window, requests: Iterable[Request], told: Mapping[str, _Told]) -> float:
    """Seconds that the log's clock is ahead of the samples'; 0 where nothing tells.

    The same requests are counted in both: the counts by second fit best where the clocks agree. Where they do not fit anywhere a log that
    goes on after the samples' end, or has no second in common with them, is moved to end as they do.
    """
    kinds = window.stack.kinds
    seen: dict[int, int] = defaultdict(int)
    for name, each in told.items():
        if kinds.get(name) == "server":
            for second, count in each.requests.items():
                seen[second] += count
    if not seen:
        for request in requests:
            seen[int(request.at)] += 1
    first, last, end = min(seen), max(seen), int(window.now.timestamp())
    reference = _reference(window, [n for n in told if kinds.get(n) == "server"])
    log = np.array([seen.get(s, 0) for s in range(first, last)], dtype=np.float64)
    if reference is not None and len(log) >= LEAST_SECONDS:
        zones = [z * ZONE_SECONDS + d for z in range(-FARTHEST_ZONES, FARTHEST_ZONES + 1) if z for d in range(-2, 3)]
        lags = [*range(-FARTHEST_SECONDS, FARTHEST_SECONDS + 1), *(z for z in zones if abs(z) > FARTHEST_SECONDS)]
        fits = {lag: fit for lag in lags if (fit := _fit(log, first - lag, *reference)) is not None}
        here = max((fits.get(lag, -1.0) for lag in range(-ALIKE_SECONDS, ALIKE_SECONDS + 1)), default=-1.0)
        best = max(fits, key=lambda lag: fits[lag], default=0)
        if fits and fits[best] >= SURE and fits[best] > here + BETTER:
            return float(best)
        if here > BETTER:
            return 0.0
    # Some logs end before the recording does, none after it; and one that has no second in common with it has another clock.
    begins = int(window.first_second)
    return float(last - end) if last > end + ALIKE_SECONDS or last < begins else 0.0


def _reference(window: Window, servers: Iterable[str]) -> tuple[int, Counts] | None:
    """Requests by second as the samples counted them, and the first second."""
    counted = [s for name in servers if len((s := window.get(name, "requests_total")).values) > LEAST_SECONDS]
    if not counted:
        return None
    first, last = int(max(s.seconds[0] for s in counted)), int(min(s.seconds[-1] for s in counted))
    if last - first < LEAST_SECONDS:
        return None
    grid = np.arange(first, last + 1, dtype=np.float64)
    total = np.sum([np.interp(grid, s.seconds, s.values) for s in counted], axis=0)
    return first, np.maximum(np.diff(total), 0.0)


def _fit(log: Counts, first: int, begins: int, counts: Counts) -> float | None:
    """How well two counts by second go together where they overlap: their correlation, smoothed over three seconds, as Fisher's z in
    standard errors. Of a thousand places that are tried by chance one reaches 3.3, so less than SURE is chance."""
    start, stop = max(first, begins), min(first + len(log), begins + len(counts))
    if stop - start < LEAST_SECONDS:
        return None
    kernel = np.ones(3) / 3
    a = np.convolve(log[start - first : stop - first], kernel, "valid")
    b = np.convolve(counts[start - begins : stop - begins], kernel, "valid")
    if a.std() == 0 or b.std() == 0:
        return None
    correlation = float(np.clip(np.corrcoef(a, b)[0, 1], -0.999, 0.999))
    return float(np.arctanh(correlation) * np.sqrt(max((stop - start) / 3 - 3, 0.0)))
