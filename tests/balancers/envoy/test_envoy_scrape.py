"""Envoy's collector where there is no Envoy that answers as one does, and recorded answers of one."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lowered_envoy import read

from poise.balancers.envoy.running import endpoints
from poise.balancers.envoy.running.others import listener_samples, process_samples
from poise.balancers.envoy.running.staleness import Staleness
from poise.balancers.envoy.running.statistics import Statistics
from poise.balancers.envoy.running.tables import Tables
from poise.balancers.envoy.scrape import Scraper
from poise.model.sample import Block
from poise.model.topology import Topology

NOW = datetime(2026, 11, 27, 3, 2, 57, tzinfo=UTC)
DATA = Path(__file__).with_name("data")
CLUSTERS, STATS = (DATA / "clusters.txt").read_text(), (DATA / "stats.txt").read_text()
HOST = "{endpoint: {address: {socket_address: {address: %s, port_value: %d}}}}"
FILE = (
    "static_resources: {clusters: [{name: 'a:b/c', type: STRICT_DNS, connect_timeout: 1s, load_assignment: {cluster_name: x, endpoints: "
    f"[{{lb_endpoints: [{HOST % ('localhost', 28910)}, {HOST % ('127.0.0.1', 28910)}]}}]}}}}]}}"
)
EMPTY = Topology("envoy", "envoy.yaml")


def figures(block: Block) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for sample in block.samples():
        found.setdefault(sample.component, {})[sample.metric] = sample.value
    return found


def test_flags_ipv6_doubles_sockets_and_names_of_dns():
    found = endpoints.read(CLUSTERS)
    tables = Tables("lb1")
    rows = figures(tables.server_block(NOW, found, read(FILE)))
    assert [name for name in rows if not name.startswith("web/")] == [
        "a:b/c/localhost:28910",
        "a:b/c/127.0.0.1:28910",
        "six/[::1]:28910",
        "six/127.0.0.1:28910",
        "six/127.0.0.1:28910#2",
        "six//tmp/x.sock",
    ]
    assert found.broken == 0
    told = {
        name.rpartition(":")[2]: {m for m in ("up", "health_failed", "drain", "declared_unhealthy", "degraded", "backup") if row[m]}
        for name, row in rows.items()
        if name.startswith("web/")
    }
    assert told == {
        "28910": {"health_failed"},
        "28911": {"health_failed"},
        "28914": {"health_failed"},
        "28915": {"health_failed", "drain"},
        "28916": {"health_failed", "declared_unhealthy"},
        "28917": {"health_failed", "degraded"},
        "28918": {"health_failed", "declared_unhealthy"},
        "28912": {"health_failed", "backup"},
    }
    pools = figures(tables.pool_block(NOW, found, Statistics(STATS), EMPTY))
    # Nobody is fit and Envoy chose thirty times all the same.
    assert (pools["web"]["panic"], pools["web"]["panic_total"], pools["web"]["servers_up"]) == (1, 30, 0)
    assert (pools["web"]["responses_5xx_total"], pools["a:b/c"]["responses_5xx_total"], pools["a:b/c"]["servers"]) == (8, 0, 2)
    # `update_time` is 1795748574596 ms.
    assert pools["web"]["discovery_age_seconds"] == pytest.approx(NOW.timestamp() - 1795748574.596)
    assert "discovery_age_seconds" not in pools["six"]


def test_figures_of_listeners_and_of_the_process():
    answered = Statistics(STATS)
    listeners = listener_samples(answered, EMPTY)
    assert {component for component, _ in listeners} == {"127.0.0.1_28902"}
    assert {m: listeners["127.0.0.1_28902", m] for m in ("sessions_total", "requests_total", "responses_5xx_total")} == {
        "sessions_total": 30,
        "requests_total": 30,
        "responses_5xx_total": 8,
    }
    full = Statistics(STATS.replace("28902.downstream_cx_overflow: 0", "28902.downstream_cx_overflow: 7"))
    assert listener_samples(full, EMPTY)["127.0.0.1_28902", "refused_total"] == 7
    process = process_samples(answered, EMPTY, "lb1", Staleness(), NOW)
    assert (process["lb1", "live"], process["lb1", "pools_added_total"]) == (1, 3)
    assert ("lb1", "certificate_days") not in process


@pytest.mark.parametrize(
    "written",
    [
        "layered_runtime: {layers: [{name: a, static_layer: {overload.global_downstream_max_connections: 77}}]}",
        "layered_runtime: {layers: [{name: a, static_layer: {overload.global_downstream_max_connections: 1}}, {name: b, static_layer: "
        "{overload.global_downstream_max_connections: 77}}]}",
        "overload_manager: {resource_monitors: [{name: m, typed_config: {'@type': type.googleapis.com/envoy.extensions.resource_monitors."
        "downstream_connections.v3.DownstreamConnectionsConfig, max_active_downstream_connections: 77}}]}",
    ],
)
def test_the_limit_of_all_connections_is_the_files(written):
    topology = read(f"{written}\nstatic_resources: {{}}")
    assert process_samples(Statistics(STATS), topology, "lb1", Staleness(), NOW)["lb1", "session_limit"] == 77


def test_a_host_that_no_check_was_made_of_is_not_down():
    """As Envoy 1.40 answered 0.4 s after its start: all hosts with the flag of a failed check, and no check failed."""
    found = endpoints.read(CLUSTERS)
    begun = Statistics(STATS.replace("cluster.web.health_check.failure: 8", "cluster.web.health_check.failure: 0"))
    rows = figures(Tables("lb1").server_block(NOW, found, EMPTY, begun))
    assert not {"up", "health_failed"} & rows["web/127.0.0.1:28910"].keys()
    # Its discovery says that it is unhealthy, whatever checks will find.
    assert (rows["web/127.0.0.1:28916"]["up"], rows["web/127.0.0.1:28916"]["declared_unhealthy"]) == (0, 1)
    rows = figures(Tables("lb1").server_block(NOW, found, EMPTY, Statistics(STATS)))
    assert (rows["web/127.0.0.1:28910"]["up"], rows["web/127.0.0.1:28910"]["health_failed"]) == (0, 1)


def test_an_older_envoy_tells_less_and_that_is_said():
    old = "\n".join(line for line in CLUSTERS.split("\n") if "::rq_error::" not in line and "::rq_pending_active::" not in line)
    found = endpoints.read(old)
    rows = figures(Tables("lb1").server_block(NOW, found, EMPTY))
    assert "queue" not in rows["web/127.0.0.1:28910"] and "requests_total" in rows["web/127.0.0.1:28910"]


def test_times_of_the_last_interval():
    text = "cluster.web.upstream_rq_time: P0(1,0) P25(1,1) P50(2.05,2) P99(31.5,5.07) P100(32,6)\ncluster.a.upstream_rq_time: P50(nan,2)"
    assert Statistics(text).times == {"cluster.web.upstream_rq_time": {"p50_ms": 2.05, "p99_ms": 31.5}}


def test_discovery_that_brings_nothing_but_failures():
    stale = Staleness()

    def after(seconds: float, attempts: int, taken: int, failed: int) -> float:
        values = {"cluster.a.update_attempt": attempts, "cluster.a.update_success": taken, "cluster.a.update_failure": failed}
        return stale.failing_seconds("cluster.a.", NOW + timedelta(seconds=seconds), values)

    assert [
        after(0, 3, 3, 0),
        after(1, 4, 3, 1),  # the first failure
        after(5, 4, 3, 1),  # none since, and no success either
        after(9, 6, 4, 2),  # it succeeded again
        after(10, 7, 4, 3),
        after(12, 1, 0, 0),  # Envoy was started anew
        after(13, 2, 0, 1),
        after(33, 3, 0, 2),
    ] == [0, 0, 4, 0, 0, 0, 0, 20]
    assert str(stale.failing_seconds("cluster.b.", NOW, {})) == "nan"
    never = Staleness()
    values = {"a.update_attempt": 5.0, "a.update_rejected": 1.0}
    assert [never.failing_seconds("a.", NOW + timedelta(seconds=s), values) for s in (0, 7)] == [0, 7]


def test_an_endpoint_that_is_cut_off_is_counted_and_the_others_hold():
    lines = CLUSTERS.split("\n")
    at = next(i for i, line in enumerate(lines) if "28914::rq_total::" in line)
    found = endpoints.read("\n".join([*lines[:at], *lines[at + 1 :]]))
    assert (found.broken, len(found.pools)) == (1, len(endpoints.read(CLUSTERS).pools) - 1)


def test_clusters_are_read_alike_in_columns_and_one_endpoint_after_the_other(monkeypatch: pytest.MonkeyPatch):
    whole = endpoints.read(CLUSTERS)
    assert len(whole.pools) == 14
    monkeypatch.setattr(endpoints._Layout, "take_all", lambda *_: False)
    assert endpoints.read(CLUSTERS) == whole


def test_one_that_replaces_another_that_had_just_started_is_compared_again():
    """Within five seconds both say that they are up for 0 s, and neither has counted anything else."""
    uptime, dumps = 0, 0

    async def story() -> None:
        nonlocal uptime, dumps

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal dumps
            target = (await reader.readuntil(b"\r\n\r\n")).split()[1]
            body = CLUSTERS if target == b"/clusters" else STATS.replace("server.uptime: 0", f"server.uptime: {uptime}")
            if target.startswith(b"/config_dump"):
                dumps, body = dumps + 1, "{}"
            writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
            writer.close()

        async def until_asked(at: datetime) -> None:
            before = dumps
            async with asyncio.timeout(10):
                while dumps == before:
                    await scraper.scrape(at)
                    await asyncio.sleep(0.02)

        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            scraper = Scraper(read(FILE), admin=f"127.0.0.1:{server.sockets[0].getsockname()[1]}")
            await until_asked(NOW)
            uptime = 10
            await until_asked(NOW + timedelta(seconds=40))
            await scraper.close()

    asyncio.run(story())


def test_a_start_is_told_and_a_dump_that_is_refused_costs_only_the_comparison():
    uptime = 50

    async def story() -> None:
        nonlocal uptime

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            target = (await reader.readuntil(b"\r\n\r\n")).split()[1]
            status, body = 200, CLUSTERS if target == b"/clusters" else STATS.replace("server.uptime: 0", f"server.uptime: {uptime}")
            if target.startswith(b"/config_dump"):
                status, body = 403, "no"
            writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
            writer.close()

        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            scraper = Scraper(read(FILE), admin=f"127.0.0.1:{server.sockets[0].getsockname()[1]}")
            first = await scraper.scrape(NOW)
            assert (first.events, len(first.blocks), first.could_not) == ((), 2, ())
            uptime = 2
            second = await scraper.scrape(NOW)
            assert [event.text for event in second.events] == ["Envoy was started 2 s ago, from its file"]
            async with asyncio.timeout(10):
                while not (second := await scraper.scrape(NOW)).could_not:  # noqa: ASYNC110 - it comes in the background
                    await asyncio.sleep(0.02)
            assert len(second.blocks) == 2
            assert "answered 403" in second.could_not[0].reason and "edited and not taken" in second.could_not[0].reason
            assert "file_differences" not in {sample.metric for sample in second.samples}
            await scraper.close()

    asyncio.run(story())


@pytest.mark.parametrize("odd", ["²", "\0", "nan", "inf", "-1", "9" * 400, "::", "", "\x1b[31m"])
def test_odd_values_do_not_break_a_look(odd):
    """Names come from whoever hands out the configuration; figures should be Envoy's own, and are not trusted either."""
    keys = ("priority", "weight", "success_rate", "health_flags", "hostname", "default_priority::max_requests")
    for key in keys:
        text = "\n".join(f"{line.rpartition('::')[0]}::{odd}" if f"::{key}::" in line else line for line in CLUSTERS.split("\n"))
        found, tables = endpoints.read(text), Tables("lb1")
        assert len(found.pools) + found.broken == 14
        assert len(tables.server_block(NOW, found, read(FILE)).components) == len(found.pools)
        assert tables.pool_block(NOW, found, Statistics(STATS.replace(": 0", f": {odd}")), EMPTY).components == ("a:b/c", "six", "web")


@pytest.mark.parametrize("text", ["<html>", '{"clusters": []}', "a: 1\nb: 2", "::observability_name::", "\0\x1b[31m"])
def test_what_is_not_envoys_is_refused(text):
    with pytest.raises(ValueError, match="expected Envoy's /clusters"):
        endpoints.read(text)


async def _against(answer: bytes, do: Callable[[str], Awaitable[None]]) -> None:
    """With a server that gives this answer to everybody."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        if answer:
            writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        await do(f"127.0.0.1:{server.sockets[0].getsockname()[1]}")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n", "answered 403"),
        (b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", "is this Envoy's admin interface"),
        (b'HTTP/1.1 200 OK\r\ncontent-length: 15\r\n\r\n{"nodes": [{}]}', "is this Envoy's admin interface"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", "server.live"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab", "ended in its middle"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\nab", "a chunk without a size"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n", "longer than"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "not HTTP"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "not HTTP"),
        (b"", "no answer to /clusters within 0.2 s"),
    ],
)
def test_other_answers_are_said_to_be_other(answer, said):
    async def ask(address: str) -> None:
        scrape = await Scraper(EMPTY, admin=address, timeout=timedelta(seconds=0.2)).scrape(NOW)
        assert (scrape.samples, scrape.blocks) == ((), ())
        assert said in scrape.could_not[0].reason
        assert scrape.could_not[0].what == address
        assert "not known" in scrape.could_not[0].reason

    asyncio.run(_against(answer, ask))


@pytest.mark.parametrize(
    ("admin", "said"),
    [
        ("", "no 'admin' section"),
        ("address: {socket_address: {address: 127.0.0.1, port_value: 0}}", "port 0"),
        ("address: {pipe: {path: /nowhere/admin.sock}}", "the socket does not exist"),
        ("address: {socket_address: {address: 0.0.0.0, port_value: 1}}", "connection refused"),
    ],
)
def test_no_way_to_ask(admin, said):
    topology = read(f"{f'admin: {{{admin}}}' if admin else ''}\nstatic_resources: {{}}")
    scrape = asyncio.run(Scraper(topology).scrape(NOW))
    assert (scrape.samples, scrape.blocks) == ((), ())
    assert said in scrape.could_not[0].reason
    assert "shares, health and limits" in scrape.could_not[0].reason
    # Whoever asks why a control socket is silent looks for the address that the file has.
    assert scrape.could_not[0].what in ("envoy.yaml", *(socket.address for socket in topology.control_sockets))


def test_credentials_are_sent_and_not_told():
    heard: list[bytes] = []

    async def story() -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            heard.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n")
            writer.close()

        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            scrape = await Scraper(EMPTY, admin=address, credentials="me:geheim").scrape(NOW)
        assert "answered 401" in scrape.could_not[0].reason
        assert "geheim" not in repr(scrape)

    asyncio.run(story())
    assert b"Authorization: Basic bWU6Z2VoZWlt\r\n" in heard[0]


def test_credentials_of_a_url_are_not_told():
    scrape = asyncio.run(Scraper(EMPTY, admin="http://user:geheim@127.0.0.1:1/").scrape(NOW))
    assert "geheim" not in repr(scrape)
    assert scrape.could_not[0].what == "127.0.0.1:1"
