"""The load generator as a client: what it retries, what it counts, how it reckons."""

import asyncio
import io
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from poise.lab.load import Generator, LoadSettings, varying
from poise.lab.load_client import LoadClient

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n"
Serve = Callable[[int, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def outcomes(serve: Serve, requests: int, timeout_seconds: float = 2.0) -> tuple[list[str], int]:
    """How that many requests, one after the other, end against a server that speaks as scripted; and how many connections they took."""

    async def story() -> tuple[list[str], int]:
        connections = 0

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal connections
            connections += 1
            await serve(connections, reader, writer)
            writer.close()

        server = await asyncio.start_server(accept, "127.0.0.1", 0)
        client = LoadClient("127.0.0.1", server.sockets[0].getsockname()[1], timeout_seconds)
        ended = [await client.get() for _ in range(requests)]
        server.close()
        return ended, connections

    return asyncio.run(story())


async def _read(reader: asyncio.StreamReader) -> bool:
    try:
        await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return False
    return True


def test_a_connection_is_reused():
    async def serve(_: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await _read(reader):
            writer.write(OK)

    assert outcomes(serve, 5) == (["ok"] * 5, 1)


def test_a_reused_connection_that_closes_in_silence_is_retried_once_on_a_fresh_one():
    async def serve(_: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _read(reader)
        writer.write(OK)
        await _read(reader)

    assert outcomes(serve, 3) == (["ok"] * 3, 3)


def test_a_fresh_connection_that_closes_in_silence_is_an_error():
    async def serve(_: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _read(reader)

    assert outcomes(serve, 2) == (["connection_error"] * 2, 2)


def test_an_answer_that_breaks_off_is_an_error_and_not_retried():
    async def serve(_: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _read(reader)
        writer.write(OK)
        await _read(reader)
        writer.write(OK[:20])

    assert outcomes(serve, 2) == (["ok", "connection_error"], 1)


def test_statuses_from_400_on_are_failures():
    async def serve(_: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _read(reader)
        writer.write(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    assert outcomes(serve, 2) == (["http_error"] * 2, 2)


def test_silence_ends_with_the_timeout():
    async def serve(_: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _read(reader)
        await _read(reader)

    assert outcomes(serve, 1, timeout_seconds=0.2) == (["timeout"], 1)


def test_nobody_listening_is_a_connection_error():
    assert asyncio.run(LoadClient("127.0.0.1", 1).get()) == "connection_error"


def test_samples_of_a_second():
    output = io.StringIO()
    generator = Generator(LoadSettings("127.0.0.1", 1, 80.0, "load.csv", seed=1), output)
    generator._outcomes = [("ok", float(ms)) for ms in range(1, 100)] + [("timeout", 5000.0)]
    generator._sent = 110
    generator.write(datetime(2026, 11, 22, 7, 0, 1, tzinfo=UTC), 1.0)
    values = dict(line.rsplit(",", 2)[1:] for line in output.getvalue().splitlines())
    assert output.getvalue().startswith("2026-11-22T07:00:01.000Z,client,requests_per_second,110\n")
    assert values == {
        "requests_per_second": "110",
        "requests_total": "100",
        "failures_total": "1",
        "timeouts_total": "1",
        "connection_errors_total": "0",
        "success_ratio": "0.99",
        "p50_ms": "51",
        "p99_ms": "99",
    }


def test_a_second_without_answers_has_no_ratio_and_no_latency():
    output = io.StringIO()
    Generator(LoadSettings("127.0.0.1", 1, 80.0, "load.csv", seed=1), output).write(datetime(2026, 11, 22, tzinfo=UTC), 1.0)
    assert "success_ratio" not in output.getvalue()
    assert "p99_ms" not in output.getvalue()


@pytest.mark.parametrize(
    ("second", "rate"),
    [(0.0, 80.0), (22.5, 96.0), (67.5, 64.0), (30.0, 80 * (1 + 0.2 * 0.8660254) * 1.25), (112.5, 96.0)],
)
def test_a_varying_load_is_a_sine_with_bursts(second, rate):
    assert varying(80.0, 1000.0, second, bursts=(29.0,)) == pytest.approx(rate)


def test_a_varying_load_stays_below_the_highest():
    assert varying(80.0, 90.0, 22.5, bursts=()) == 90.0
