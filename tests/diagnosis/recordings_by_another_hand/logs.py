"""Logs as the products write them, a contiguous piece around the onset."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from math import isnan

from case import Case
from engine import Engine

from model import HAPROXY, NGINX, Attempt, Request

LINES = 900
PATHS = ("/", "/api/orders", "/api/cart", "/search?q=lamp", "/login", "/api/items/42", "/static/app.js", "/api/stock")
SCANS = ("/wp-login.php", "/.env", "/phpmyadmin/", "/cgi-bin/luci", "/.git/config")
ENVOY_FLAG = {"UT": "UT", "UH": "UH", "UF": "UF", "UO": "UO"}
NGINX_WORDS = {
    -1: "connect() failed (111: Connection refused) while connecting to upstream",
    -2: "upstream timed out (110: Connection timed out) while reading response header from upstream",
}


def write(case: Case, engine: Engine, start: datetime) -> dict[str, str]:
    """File name to text, below logs/."""
    clock = start + timedelta(seconds=case.clock_off)
    shown = _window(case, engine)
    counts = Counts(case, engine)
    files: dict[str, str] = {}
    tries: dict[int, list[Attempt]] = {}
    for attempt in engine.attempts:
        tries.setdefault(id(attempt.req), []).append(attempt)
    if case.plan.product == HAPROXY:
        files["haproxy.log"] = _join(_haproxy(case, r, tries.get(id(r), []), clock, counts) for r in shown)
    elif case.plan.product == NGINX:
        files["access.log"] = _join(_nginx(case, r, tries.get(id(r), []), clock) for r in shown)
        files["error.log"] = _join(_nginx_errors(case, shown, tries, clock))
    else:
        files["envoy.log"] = _join(_envoy(case, r, tries.get(id(r), []), clock) for r in shown)
    if case.pool_log:
        files["applications.log"] = _join(_pool_errors(case, engine, clock))
    if case.noise_log:
        main = next(iter(files))
        files[main] = _with_noise(case, files[main])
    return {name: text for name, text in files.items() if text}


def _join(lines: Iterator[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _window(case: Case, engine: Engine) -> list[Request]:
    """The last requests of a piece that begins somewhat before the onset: the rest was rotated away."""
    ended = sorted((r for r in engine.requests if r.done and r.t_end == r.t_end and r.t_end > 0), key=lambda r: r.t_end)
    before = sum(r.t_end < case.onset for r in ended)
    first = max(0, min(before - int(LINES * case.random.uniform(0.15, 0.4)), len(ended) - LINES))
    return ended[first : first + LINES]


def _address(request: Request) -> str:
    client = request.client * 7919 % 65521
    return f"198.51.{client // 250 % 250}.{client % 250 + 1}"


class Counts:
    """How many connections stood at an instant, for HAProxy's log."""

    def __init__(self, case: Case, engine: Engine) -> None:
        self.idle = case.plan.idle_sessions
        requests = [r for r in engine.requests if r.t_in == r.t_in]
        self.front = _sorted(r.t_in for r in requests), _sorted(r.t_end for r in requests)
        mine: dict[int, list[Attempt]] = {i: [] for i in range(case.plan.n)}
        for attempt in engine.attempts:
            mine[attempt.server].append(attempt)
        self.servers = {i: (_sorted(a.t_disp for a in some), _sorted(a.t_end for a in some)) for i, some in mine.items()}

    def line(self, at: float, server: int | None) -> str:
        front = _open(self.front, at)
        behind = _open(self.servers[server], at) if server is not None else 0
        return f"{front + self.idle}/{front + self.idle}/{front}/{behind}"


def _sorted(values: Iterable[float]) -> list[float]:
    return sorted(value for value in values if not isnan(value))


def _open(spans: tuple[list[float], list[float]], at: float) -> int:
    return bisect_right(spans[0], at) - bisect_right(spans[1], at)


def _haproxy(case: Case, r: Request, tries: list[Attempt], clock: datetime, counts: Counts) -> str:
    plan, begun = case.plan, clock + timedelta(seconds=r.t_in)
    last = tries[-1] if tries else None
    server = plan.servers[last.server] if last else "<NOSRV>"
    total = round((r.t_end - r.t_in) * 1000)
    reached = last is not None and last.code != -1
    queued = round(((last.t_disp if last and len(tries) == 1 else r.t_in) - r.t_in) * 1000) if last else (total if r.flag == "sQ" else -1)
    answered = reached and last is not None and last.code > 0
    response = round((r.t_end - last.t_disp) * 1000) if answered and last else -1
    flag = {"--": "--", "sH": "sH", "sQ": "sQ", "SC": "SC"}[r.flag]
    again = f"{'+' if r.redispatched else ''}{max(0, r.tries - 1)}"
    when = (clock + timedelta(seconds=r.t_end)).strftime("%b %d %H:%M:%S")
    stamp = f"{begun:%d/%b/%Y:%H:%M:%S}.{begun.microsecond // 1000:03d}"
    connections = counts.line(r.t_end - 1e-6, last.server if last else None)
    return (
        f"{when} {plan.lb} haproxy[{2200 + plan.n}]: {_address(r)}:{40000 + r.client % 20000} [{stamp}] "
        f"{plan.listener} {plan.pool}/{server} 0/{queued}/{round(r.tc * 1000) if reached else -1}/{response}/{total} {r.code} "
        f'{1180 if r.code == 200 else 212} - - {flag}-- {connections}/{again} 0/0 "GET {PATHS[r.path]} HTTP/1.1"'
    )


def _nginx(case: Case, r: Request, tries: list[Attempt], clock: datetime) -> str:
    plan, at = case.plan, clock + timedelta(seconds=r.t_end)
    words = {-1: "502", -2: "504"}
    address = ", ".join(plan.addresses[a.server] for a in tries)
    status = ", ".join(words.get(a.code, str(a.code)) for a in tries)
    took = ", ".join(f"{a.t_end - a.t_disp:.3f}" for a in tries)
    connect = ", ".join("-" if a.code == -1 else f"{r.tc:.3f}" for a in tries)
    if r.flag == "nolive":
        extra = plan.pool, "502", "0.000", "-"
        address, status, took, connect = (
            ", ".join(filter(None, pair)) for pair in zip((address, status, took, connect), extra, strict=True)
        )
    return (
        f'{_address(r)} - - [{at:%d/%b/%Y:%H:%M:%S} +0000] "GET {PATHS[r.path]} HTTP/1.1" {r.code} {1180 if r.code == 200 else 157} '
        f'rt={r.t_end - r.t_in:.3f} ua="{address}" us="{status}" uct="{connect}" urt="{took}"'
    )


def _nginx_errors(case: Case, shown: list[Request], tries: dict[int, list[Attempt]], clock: datetime) -> Iterator[str]:
    plan, number = case.plan, 1000
    for r in shown:
        number += 1
        tail = f', client: {_address(r)}, server: {plan.listener}, request: "GET {PATHS[r.path]} HTTP/1.1", upstream: "http://'
        for attempt in tries.get(id(r), []):
            if attempt.code in NGINX_WORDS:
                at = clock + timedelta(seconds=attempt.t_end)
                head = f"{at:%Y/%m/%d %H:%M:%S} [error] 31#31: *{number} {NGINX_WORDS[attempt.code]}"
                yield f'{head}{tail}{plan.addresses[attempt.server]}{PATHS[r.path]}"'
        if r.flag == "nolive":
            at = clock + timedelta(seconds=r.t_end)
            head = f"{at:%Y/%m/%d %H:%M:%S} [error] 31#31: *{number} no live upstreams while connecting to upstream"
            yield f'{head}{tail}{plan.pool}{PATHS[r.path]}"'


def _envoy(case: Case, r: Request, tries: list[Attempt], clock: datetime) -> str:
    begun = clock + timedelta(seconds=r.t_in)
    total = round((r.t_end - r.t_in) * 1000)
    last = tries[-1] if tries else None
    upstream = case.plan.addresses[last.server] if last else "-"
    answered = last is not None and last.code > 0
    service = str(round((r.t_end - last.t_disp) * 1000)) if answered and last else "-"
    stamp = f"{begun:%Y-%m-%dT%H:%M:%S}.{begun.microsecond // 1000:03d}Z"
    number = f"{r.client:08x}-{int(r.t0 * 1000) & 0xFFFF:04x}"
    return (
        f'[{stamp}] "GET {PATHS[r.path]} HTTP/1.1" {r.code} {ENVOY_FLAG.get(r.flag, "-")} 0 {1180 if r.code == 200 else 24} '
        f"{total} {service} "
        f'"{_address(r)}" "okhttp/4.9" "{number}" "shop.example.net" "{upstream}"'
    )


def _pool_errors(case: Case, engine: Engine, clock: datetime) -> Iterator[str]:
    """What an application logs when it gets no connection: it names the database, whoever is to blame."""
    plan, refused = case.plan, "FATAL: sorry, too many clients already"
    failed = sorted((a for a in engine.attempts if a.db_error and a.t_done == a.t_done and a.t_done > 0), key=lambda a: a.t_done)
    for attempt in failed[:400]:
        at = clock + timedelta(seconds=attempt.t_done)
        quick = attempt.t_done - attempt.t_start < 0.1
        size = engine.apps[attempt.server].pool_size
        text = f"QueuePool limit of size {size} reached, connection timed out, timeout {plan.pool_timeout:.2f}"
        when = f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"
        yield f"{when} {plan.apps[attempt.server]} ERROR postgresql://{plan.database}:5432/shop: {refused if quick else text}"
        if not quick and case.random.random() < 0.05:
            yield f'{at:%Y-%m-%dT%H:%M:%S}.000Z {plan.apps[attempt.server]} WARN session "idle in transaction" for 1.2 s on {plan.database}'


def _with_noise(case: Case, text: str) -> str:
    lines = []
    for line in text.splitlines():
        lines.append(line)
        if case.random.random() < 0.25:
            lines.append(_noise(case, line))
    return "\n".join(lines) + "\n"


def _noise(case: Case, line: str) -> str:
    path, product = case.random.choice(SCANS), case.plan.product
    if product == HAPROXY:
        head = line.split("haproxy[", maxsplit=1)[0]
        if case.random.random() < 0.3:
            return f"{head}haproxy[88]: [WARNING] Server billing-batch/b7 is DOWN, reason: Layer4 timeout, check duration: 2001ms."
        stamp = line[line.index("[", line.index("]:")) : line.index("] ", line.index("]: ") + 3) + 1]
        front = case.plan.listener
        return (
            f"{head}haproxy[88]: 203.0.113.9:5151 {stamp} {front} {front}/<NOSRV> 0/-1/-1/-1/0 404 190 - - PR-- 1/1/0/0/0 0/0 "
            f'"GET {path} HTTP/1.1"'
        )
    stamp = line[line.index("[") : line.index("]") + 1]
    if product == NGINX:
        return f'203.0.113.9 - - {stamp} "GET {path} HTTP/1.1" 404 153 rt=0.000 ua="-" us="-" uct="-" urt="-"'
    return f'{stamp} "GET {path} HTTP/1.1" 404 NR 0 0 0 - "203.0.113.9" "zgrab/0.x" "0000dead-beef" "198.51.100.1" "-"'
