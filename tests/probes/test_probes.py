"""Probes against small real servers and real files on loopback."""

import asyncio
import os
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from poise.probes.application import ApplicationProbe
from poise.probes.change_log import ChangeLog
from poise.probes.client import ClientProbe
from poise.probes.database import DatabaseProbe
from poise.probes.hop import HopProbe, attempt, probe_hop
from poise.probes.host import HostProbe
from poise.probes.prometheus_text import samples as read_metrics
from poise.probes.sample_file import SampleFile
from poise.probes.source import Reading, Source, gather
from poise.probes.tail import Tail

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def port() -> int:
    start = 21000 + os.getpid() * 13 % 5000
    for number in range(start, 31000):
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", number))
            except OSError:
                continue
            return number
    raise RuntimeError("no free port")


class Web:
    """Answers every request with `body` after `delay` seconds; keeps the connection open, whatever the client says."""

    def __init__(self, body: str = "ok", delay: float = 0.0, status: int = 200) -> None:
        self.body, self.delay, self.status, self.asked = body, delay, status, 0

    async def __aenter__(self) -> "Web":
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", port())
        self.address = f"127.0.0.1:{self.server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self.server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                self.asked += 1
                await asyncio.sleep(self.delay)
                writer.write(f"HTTP/1.1 {self.status} X\r\nContent-Length: {len(self.body)}\r\n\r\n{self.body}".encode())
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


def figures(samples: object) -> dict[str, float]:
    return {s.metric: s.value for s in samples}  # type: ignore[attr-defined]


@pytest.mark.live
def test_a_hop_is_timed_through_the_path_and_around_it() -> None:
    async def story() -> None:
        async with Web(delay=0.2) as slow, Web() as fast:
            probe = HopProbe("lb→app1", slow.address, fast.address, "http")
            await probe.sample(NOW)
            seen = figures(await probe.sample(NOW))
            assert 195 <= seen["ping_ms"] < 1000 and seen["direct_ping_ms"] < 150
            assert seen["connect_ms"] < 50 and seen["direct_connect_ms"] < 50
            assert (seen["attempts_total"], seen["connect_failures_total"], seen["retransmits_total"]) == (2, 0, 0)

    asyncio.run(story())


@pytest.mark.live
def test_a_refused_connection_is_a_failure_and_no_exception() -> None:
    async def story() -> None:
        seen = figures(await probe_hop(f"127.0.0.1:{port()}", None, "postgres", NOW, "app→main"))
        assert seen == {"connect_failures_total": 1, "retransmits_total": 0, "attempts_total": 1}

    asyncio.run(story())


@pytest.mark.live
def test_a_lost_syn_is_seen_by_the_kernels_count() -> None:
    """A full accept queue loses SYNs for real: the first retransmission comes after 1 s (RFC 6298)."""

    async def story() -> None:
        with socket.socket() as full:
            full.bind(("127.0.0.1", port()))
            full.listen(0)
            address = f"127.0.0.1:{full.getsockname()[1]}"
            fillers = [socket.socket() for _ in range(3)]
            for one in fillers:
                one.setblocking(False)
                one.connect_ex(full.getsockname())
            seen = await attempt(address, "http", seconds=1.6)
            assert seen.failed and seen.connect_ms is None and seen.retransmits >= 1
            for one in fillers:
                one.close()

    asyncio.run(story())


@pytest.mark.live
def test_application_metrics_become_means_of_the_last_interval() -> None:
    page = 'app_in_flight{pool="a b"} 3\napp_slots 4\n# HELP x y\napp_response_seconds_sum %s\napp_response_seconds_count %d\n'

    async def story() -> None:
        async with Web(page % ("1.0", 10)) as web:
            probe = ApplicationProbe("app1", f"http://{web.address}/metrics")
            assert figures((await probe.sample(NOW)).samples) == {"in_flight": 3, "slots": 4}
            web.body = page % ("3.0", 20)
            assert figures((await probe.sample(NOW)).samples)["response_ms"] == pytest.approx(200)
            # Nothing completed; then the process was restarted.
            assert "response_ms" not in figures((await probe.sample(NOW)).samples)
            web.body = page % ("0.1", 1)
            assert "response_ms" not in figures((await probe.sample(NOW)).samples)
            web.delay = 5.0
            hung = ApplicationProbe("app1", f"http://{web.address}/metrics", seconds=0.1)
            assert "within 0.1 s" in (await hung.sample(NOW)).could_not[0].reason

    asyncio.run(story())


def test_prometheus_text_is_read_and_other_lines_are_passed_over() -> None:
    text = 'a{x="1",y="q\\"}"} 2.5 1700000000\nb NaN\nnot a sample\nc_total{} 1e3\n# c 5\n'
    found = list(read_metrics(text))
    assert [(n, v) for n, _, v in found] == [("a", 2.5), ("c_total", 1000.0)]
    assert found[0][1] == {"x": "1", "y": 'q\\"}'}


@pytest.mark.live
def test_our_own_client_keeps_its_rate_whatever_the_service_does() -> None:
    async def story() -> None:
        async with Web(delay=0.5) as web:
            probe = ClientProbe("client", f"http://{web.address}/", rate=20.0, patience=2.0)
            await probe.sample(NOW)
            async with asyncio.timeout(20):
                while web.asked < 20:  # noqa: ASYNC110 - what is waited for is the server's count
                    await asyncio.sleep(0.02)
            seen = figures((await probe.sample(NOW)).samples)
            assert seen["success_ratio"] == 1.0 and seen["failures_total"] == 0
            assert seen["p99_ms"] >= 500
            assert "requests_per_second" not in seen
            web.status, web.delay = 503, 0.0
            failed = seen["failures_total"]
            async with asyncio.timeout(20):
                while failed == 0:
                    await asyncio.sleep(0.02)
                    failed = figures((await probe.sample(NOW)).samples)["failures_total"]
            await probe.close()

    asyncio.run(story())


def test_a_tail_survives_rotation_truncation_and_half_lines(tmp_path: Path) -> None:
    path = tmp_path / "load.csv"
    tail = Tail(path)
    assert tail.lines() == []
    path.write_text("one\ntwo\nthr")
    assert tail.lines() == ["one", "two"]
    with path.open("a") as file:
        file.write("ee\n")
    assert tail.lines() == ["three"]
    path.write_text("new\n")
    assert tail.lines() == ["new"]
    path.rename(tmp_path / "load.csv.1")
    assert tail.lines() == []
    path.write_text("after rotation\n")
    assert tail.lines() == ["after rotation"]


def test_sample_files_and_change_logs_tell_what_they_could_not_read(tmp_path: Path) -> None:
    async def story() -> None:
        samples, changes = tmp_path / "load.csv", tmp_path / "changes.jsonl"
        later = (NOW + timedelta(hours=1)).isoformat()
        samples.write_text(f"time,component,metric,value\n2026-11-22T12:00:00Z,client,p99_ms,160\nrubbish\n{later},client,p99_ms,1\n")
        read = await SampleFile(samples).sample(NOW)
        assert [(s.at, s.component, s.value) for s in read.samples] == [(NOW, "client", 160.0)]
        assert len(read.could_not) == 1 and "rubbish" in read.could_not[0].reason
        good = '{"at":"2026-11-22T13:00:00+01:00","kind":"change","component":"pool web","text":"deployed"}'
        changes.write_text(f'{good}\n{{"at":"2026-11-22T12:00:00","text":"no zone"}}\n[]\n')
        log = ChangeLog(changes)
        found = await log.sample(NOW)
        assert [(e.at, e.component, e.text) for e in found.events] == [(NOW, "pool web", "deployed")]
        assert len(found.could_not) == 2
        assert not (await log.sample(NOW)).events

    asyncio.run(story())


def test_the_hosts_load_is_read_from_proc(tmp_path: Path) -> None:
    async def story() -> None:
        (tmp_path / "meminfo").write_text("MemTotal: 1000 kB\nMemFree: 10 kB\nMemAvailable: 250 kB\n")
        (tmp_path / "stat").write_text("cpu  100 0 100 700 100 0 0 0 0 0\ncpu0 1 1 1\n")
        probe = HostProbe(proc=tmp_path)
        assert figures((await probe.sample(NOW)).samples) == {"memory_ratio": 0.75}
        (tmp_path / "stat").write_text("cpu  150 0 125 800 125 0 0 0 0 0\n")
        assert figures((await probe.sample(NOW)).samples)["cpu_ratio"] == pytest.approx(75 / 200)

    asyncio.run(story())


def test_a_hung_source_holds_nobody_up_and_is_told() -> None:
    async def story() -> None:
        release = asyncio.Event()

        async def hangs(now: datetime) -> Reading:
            await release.wait()
            return Reading()

        async def broken(now: datetime) -> Reading:
            raise RuntimeError("no such thing")

        async def fine(now: datetime) -> Reading:
            return Reading()

        sources = (Source("hung", hangs), Source("broken", broken), Source("fine", fine))
        clock = asyncio.get_running_loop().time
        began = clock()
        first = await gather(sources, NOW, 0.5)
        assert 0.45 <= clock() - began < 5
        assert [len(r.could_not) for r in first] == [1, 1, 0]
        assert "RuntimeError: no such thing" in first[1].could_not[0].reason
        began = clock()
        await gather(sources, NOW, 0.5)
        # The second round does not wait for what was late already.
        assert clock() - began < 0.4
        release.set()
        await asyncio.sleep(0)
        assert not (await gather(sources, NOW, 0.5))[0].could_not
        for source in sources:
            await source.close()

    asyncio.run(story())


@pytest.mark.parametrize(
    "dsn",
    [
        "postgresql://u:s3cr/et@h/db",
        "postgresql://u:12/s3cr@h/db",
        "postgresql://u:1#s3cr@h/db",
        "postgresql://u:[s3cr@h/db",
        "x://u:s3cr@h",
    ],
)
def test_a_malformed_dsn_is_told_without_its_password(dsn: str) -> None:
    reading = asyncio.run(DatabaseProbe(dsn, "main").look(NOW))
    (told,) = reading.could_not
    assert "s3cr" not in f"{told}" and "[watch.database.main]" in told.reason and "%2F" in told.reason


@pytest.mark.parametrize("url", ["http://u:s3cr/et@h/metrics", "http://u:s3cr@127.0.0.1:1/metrics", "ftp://u:s3cr@h/", "http://[s3cr@h/"])
def test_a_metrics_page_is_told_without_its_password(url: str) -> None:
    (told,) = asyncio.run(ApplicationProbe("app1", url).sample(NOW)).could_not
    assert "s3cr" not in f"{told}"


def test_what_a_change_log_cannot_tell_holds_no_password(tmp_path: Path) -> None:
    (tmp_path / "changes.jsonl").write_text("dsn is now postgresql://u:s3cret" + "x" * 60 + "@h/db\n")
    (told,) = asyncio.run(ChangeLog(tmp_path / "changes.jsonl").sample(NOW)).could_not
    assert "s3cret" not in told.reason
