"""The relay between a client and an echo server."""

import asyncio
import time

from poise.lab.ports import take_ports
from poise.lab.relay import Relay


def through(weather: dict[str, float], messages: list[bytes]) -> tuple[bytes, float]:
    """What an echo server returns of these messages through a relay with that weather, and the seconds to its first byte."""

    async def story() -> tuple[bytes, float]:
        async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while data := await reader.read(1000):
                writer.write(data)
            writer.close()

        ports = take_ports(900)
        server = await asyncio.start_server(echo, "127.0.0.1", ports.first)
        relay = Relay([{"group": "g", "listen": ("127.0.0.1", ports.first + 1), "target": ("127.0.0.1", ports.first)}], seed=1)
        reader, writer = await asyncio.open_connection("127.0.0.1", ports.first + 1)
        relay.weather("g", **weather)
        began = time.perf_counter()
        for message in messages:
            writer.write(message)
            await asyncio.sleep(0)
        first = await reader.read(1)
        seconds = time.perf_counter() - began
        rest = await reader.readexactly(sum(map(len, messages)) - 1)
        relay.weather("g")
        writer.close()
        server.close()
        ports.release()
        return first + rest, seconds

    return asyncio.run(story())


def test_bytes_pass_unchanged_and_in_order_whatever_the_weather():
    messages = [bytes([number]) * 700 for number in range(100)]
    for weather in ({}, {"delay_ms": 30.0}, {"loss_ratio": 0.5}):
        assert through(weather, messages)[0] == b"".join(messages)


def test_a_delay_is_one_round_trip():
    assert 0.1 <= through({"delay_ms": 100.0}, [b"x"])[1] < 0.3
