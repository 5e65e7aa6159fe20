"""Logs kept beside a recording: what they add, whose clock is off, and that noise and strangers change nothing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from poise.app.diagnose import recorded
from poise.app.diagnose_recording import read_recording
from poise.model.access_log import AccessLog, LogFormat, Logged
from poise.model.location import Location
from poise.model.sample import Component, Series, Stack, Window
from poise.model.topology import Algorithm, Pool, Server, Topology
from poise.traffic.recorded_lines import CUT, NOBODY, QUEUED, UNREACHED, envoy, haproxy, nginx
from poise.traffic.recorded_logs import with_logs

START = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
PLACE = Location("haproxy.cfg", 1, 1)
SERVERS = (("app1", "10.0.0.1:80"), ("app2", "10.0.0.2:80"))
SECONDS = 90
# Lines as HAProxy 2.6 wrote them.
PLAIN = '127.0.0.1:1 [{at}] http web/{server} 0/0/0/{ms}/{ms} {status} 74 - - {state} 1/1/0/0/{again} 0/0 "GET / HTTP/1.1"'
SYSLOG = "Nov 27 08:00:00 lb1 haproxy[2204]: " + PLAIN


def loads() -> np.ndarray:
    """Requests of each second: an uneven load, so that two clocks can be laid over each other."""
    return np.random.default_rng(5).integers(4, 40, SECONDS)


def window(sampled: bool = True) -> Window:
    topology = Topology(
        "haproxy",
        "haproxy.cfg",
        pools=(
            Pool("web", "haproxy", "http", Algorithm("roundrobin"), tuple(Server(n, a, "active", 1, PLACE) for n, a in SERVERS), PLACE),
        ),
    )
    parts = (Component("web", "pool"), *(Component(f"web/{n}", "server", a) for n, a in SERVERS), Component("client", "client"))
    at = np.array([(START + timedelta(seconds=s + 1)).timestamp() for s in range(SECONDS)])
    series = {("client", "success_ratio"): Series(at, np.ones(SECONDS))}
    if sampled:
        for number, (name, _) in enumerate(SERVERS):
            series[f"web/{name}", "requests_total"] = Series(at, np.cumsum((loads() + number) // 2).astype(float))
    stack = Stack(parts, (("web", "web/app1"), ("web", "web/app2")))
    return Window(stack, START + timedelta(seconds=SECONDS), series, (), (topology,))


def log(off: float = 0.0, form: str = PLAIN, state: str = "----", status: int = 200, until: int = SECONDS) -> bytes:
    lines = []
    for second, count in enumerate(loads()[:until]):
        for index in range(count):
            moment = START + timedelta(seconds=second + off + index / (count + 1))
            at = f"{moment:%d/%b/%Y:%H:%M:%S}.{moment.microsecond // 1000:03d}"
            lines.append(form.format(at=at, server=SERVERS[index % 2][0], ms=0, status=status, state=state, again=0))
    return "\n".join(lines).encode()


def total(seen: Window, component: str, metric: str) -> float | None:
    return seen.get(component, metric).last()


def test_what_was_not_sampled_comes_from_the_log() -> None:
    seen = with_logs(window(sampled=False), {"haproxy.log": log(form=SYSLOG)})
    # The last second of a log is cut as a rule, and is not counted.
    counted = sum(total(seen, f"web/{name}", "requests_total") or 0 for name, _ in SERVERS)
    assert counted == loads()[:-1].sum()
    assert total(seen, "web/app1", "responses_5xx_total") == 0
    assert seen.could_not == ()


def test_what_was_sampled_stays() -> None:
    before = window()
    seen = with_logs(before, {"haproxy.log": log()})
    assert seen.series["web/app1", "requests_total"] is before.series["web/app1", "requests_total"]
    assert total(seen, "web", "ended_cut_total") == 0
    assert seen.could_not == ()


@pytest.mark.parametrize("off", [90, -147, 3600, -7200])
def test_a_clock_that_is_off_is_told_and_moved(off: int) -> None:
    seen = with_logs(window(), {"haproxy.log": log(off)})
    (problem,) = seen.could_not
    # Within the second that a request takes to be counted.
    told = problem.reason.split(" is ")[1].split(" ")[0]
    hours, minutes, seconds = (int(part) for part in told.split(":"))
    assert abs(hours * 3600 + minutes * 60 + seconds - abs(off)) <= 2
    assert ("ahead of" if off > 0 else "behind") in problem.reason
    ended = seen.series["web/app1", "responses_5xx_total"].seconds
    assert abs(float(ended[-1]) - seen.now.timestamp()) <= 3


def test_a_log_that_ends_before_the_recording_has_no_other_clock() -> None:
    assert with_logs(window(), {"haproxy.log": log(until=50)}).could_not == ()


def test_noise_and_strangers_change_nothing() -> None:
    noise = [
        b"\xff\xfe\x00 garbage \x1b[2J",
        b"Nov 27 08:00:00 lb1 haproxy[88]: 1.2.3.4:5 [27/Nov/2026:08:00:01.000] edge other/app1 0/0/0/5/5 503 9 - - sH-- 1/1/0/0/0 0/0 -",
        b'203.0.113.9:1 [27/Nov/2026:08:00:01.000] http http/<NOSRV> 0/-1/-1/-1/0 404 190 - - PR-- 1/1/0/0/0 0/0 "GET /.git HTTP/1.1"',
        b'x [99/Nov/2026:99:00:01.000] http web/app1 0/0/0/5/5 503 9 - - sH-- 1/1/0/0/0 0/0 "GET /"',
        b"A" * 100_000,
        b"",
    ]
    plain = with_logs(window(sampled=False), {"haproxy.log": log()})
    noisy = with_logs(window(sampled=False), {"haproxy.log": b"\n".join(noise) + b"\n" + log(), "postgres.log": b"\n".join(noise)})
    assert noisy.could_not == ()
    assert noisy.series.keys() == plain.series.keys()
    for key, series in plain.series.items():
        assert noisy.series[key].values.tolist() == series.values.tolist()


@pytest.mark.parametrize(
    ("line", "server", "how", "response_ms"),
    [
        ("http web/app1 0/0/0/-1/5001 504 194 - - sH-- 1/1/0/0/0 0/0", "app1", CUT, None),
        ("http web/app1 0/2001/-1/-1/2001 503 217 - - sQ-- 1/1/0/0/0 0/3", "app1", QUEUED, None),
        ("http web/<NOSRV> 0/-1/-1/-1/0 503 217 - - SC-- 1/1/0/0/0 0/0", None, NOBODY, None),
        ("http web/app1 0/0/-1/-1/3002 503 217 - - SC-- 1/1/0/0/+3 0/0", "app1", UNREACHED, None),
        ("http~ web/app2 0/0/0/37/37 200 74 - - ---- 1/1/0/0/0 0/0", "app2", "", 37.0),
    ],
)
def test_how_haproxy_ended_it(line: str, server: str | None, how: str, response_ms: float | None) -> None:
    read = haproxy(f'127.0.0.1:4 [27/Nov/2026:08:34:35.981] {line} "GET / HTTP/1.1"'.encode())
    assert read is not None
    (request,) = read
    assert (request.pool, request.server, request.how, request.response_ms) == ("web", server, how, response_ms)
    assert (request.again, request.moved) == ((3, True) if "+3" in line else (0, False))


@pytest.mark.parametrize(
    ("flags", "host", "how"),
    [("-", "10.0.0.1:80", ""), ("UT", "10.0.0.1:80", CUT), ("UH", "-", NOBODY), ("UF,URX", "10.0.0.1:80", UNREACHED)],
)
def test_how_envoy_ended_it(flags: str, host: str, how: str) -> None:
    # The default format of its documentation, with and without %RESPONSE_CODE_DETAILS% and the transport's failure.
    for more in ("", " via_upstream", ' via_upstream - "-"'):
        line = f'[2026-11-27T08:00:00.250Z] "GET / HTTP/1.1" 200 {flags}{more} 0 13 41 40 "-" "curl/7" "id" "a.b" "{host}"'
        read = envoy(line.encode())
        assert read is not None, more
        (request,) = read
        assert (request.server, request.how, request.response_ms) == (None if host == "-" else host, how, 40.0)
        assert request.at == pytest.approx(START.timestamp() + 0.291)


def test_nginxs_own_format_tells_each_attempt() -> None:
    template = '$remote_addr [$time_iso8601] "$request" $status "$proxy_host" "$upstream_addr" "$upstream_status" "$upstream_response_time"'
    read = nginx(LogFormat("up", template + ' "$upstream_connect_time"'))
    assert callable(read)
    head = b'1.2.3.4 [2026-11-27T08:00:00+00:00] "GET / HTTP/1.1" '
    found = list(read(head + b'200 "web" "10.0.0.1:80, 10.0.0.2:80" "502, 200" "0.000, 0.040" "-, 0.001"') or ())
    assert [(r.pool, r.server, r.status, r.how, r.again) for r in found] == [
        ("web", "10.0.0.1:80", 502, UNREACHED, 1),
        ("web", "10.0.0.2:80", 200, "", 0),
    ]
    (nobody,) = read(head + b'502 "web" "web" "502" "0.000" "-"') or ()
    assert (nobody.server, nobody.how) == (None, NOBODY)
    assert read(b"something else") is None


def test_a_format_of_nginxs_that_names_no_server_is_told() -> None:
    here = window(sampled=False)
    (topology,) = here.topologies
    short = AccessLog("/var/log/nginx/access.log", LogFormat("short", "$remote_addr $status"), PLACE)
    named = replace(topology, product="nginx", logged=(Logged("http", (short,), ("web",), PLACE),))
    seen = with_logs(replace(here, topologies=(named,)), {"access.log": b"1.2.3.4 200\n" * 50})
    assert [c.what for c in seen.could_not] == ["logs/access.log"]
    assert "$upstream_addr" in seen.could_not[0].reason


def write(folder: Path, lines: Sequence[str]) -> None:
    (folder / "samples.csv").write_text("\n".join(("time,component,metric,value", *lines)))
    (folder / "recording.json").write_text('{"version": 1, "components": [{"name": "web", "kind": "pool"}], "configs": []}')


def test_a_log_decides_nothing_about_the_exit_code_and_no_link_is_followed(tmp_path: Path) -> None:
    write(tmp_path, [f"2026-11-27T08:00:{s:02d}Z,client,success_ratio,1" for s in range(30)])
    (tmp_path / "logs").mkdir()
    (tmp_path / "secret").write_text("127.0.0.1:1 [27/Nov/2026:08:00:00.000] http web/app1 0/0/0/1/1 200 74 - - ---- 1/1/0/0/0 0/0\n" * 20)
    (tmp_path / "logs" / "haproxy.log").symlink_to(tmp_path / "secret")
    seen = read_recording(tmp_path)
    assert not any(name == "web" for name, _ in seen.series)
    assert not any(c.what.startswith("logs/") for c in recorded(tmp_path).vital)


@pytest.mark.parametrize("at", ["30/Nov/2026:08:00:00.000", "20/Nov/2026:08:00:00.000"])
def test_a_line_with_another_days_date_stretches_nothing(at: str) -> None:
    strange = PLAIN.format(at=at, server="app1", ms=0, status=200, state="----", again=0).encode()
    whole = with_logs(window(sampled=False), {"haproxy.log": log()})
    for text in (strange + b"\n" + log(), log() + b"\n" + strange):
        seen = with_logs(window(sampled=False), {"haproxy.log": text})
        assert seen.series.keys() == whole.series.keys()
        assert all(np.array_equal(seen.series[key].values, each.values) for key, each in whole.series.items())
        assert seen.could_not == ()


def test_a_log_of_a_day_gives_no_more_than_an_hour_back() -> None:
    day = log(-82_800, until=20) + b"\n" + log()
    seen = with_logs(window(), {"haproxy.log": day})
    ended = seen.series["web", "ended_cut_total"]
    assert SECONDS <= len(ended.seconds) <= 3600 + SECONDS
    assert ended.seconds[-1] == (START + timedelta(seconds=SECONDS - 1)).timestamp()


@pytest.mark.parametrize("digits", [400, 5000])
def test_figures_of_many_digits_are_no_requests(digits: int) -> None:
    assert (
        haproxy(PLAIN.format(at="27/Nov/2026:08:00:00.000", server="app1", ms="9" * digits, status=200, state="----", again=0).encode())
        is None
    )
    line = f'[2026-11-27T08:00:00.000Z] "GET / HTTP/1.1" 200 - 0 4 {"9" * digits} 1 "-" "curl" "x" "web" "10.0.0.1:80"'
    assert envoy(line.replace("9" * digits, "9").encode()) is not None
    assert envoy(line.encode()) is None


def test_a_recording_of_logs_alone_is_of_their_time() -> None:
    bare = replace(window(), series={}, now=datetime(1970, 1, 1, tzinfo=UTC))
    seen = with_logs(bare, {"haproxy.log": log()})
    assert seen.could_not == ()
    assert START + timedelta(seconds=SECONDS - 1) <= seen.now < START + timedelta(seconds=SECONDS)
    assert seen.series["web/app1", "requests_total"].seconds[0] == START.timestamp() + 1
