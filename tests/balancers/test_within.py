"""A load balancer is silent by the time in which poise could hear it."""

import asyncio
import time
from datetime import timedelta
from pathlib import Path

import pytest

from poise.balancers.haproxy.runtime_api import RuntimeApiError, ask
from poise.balancers.within import SLICES, within


def test_a_loop_that_stood_still_takes_the_answer_that_came_meanwhile(tmp_path: Path) -> None:
    async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"Name: HAProxy\n\n")
        writer.close()

    async def story() -> bytes:
        async with await asyncio.start_unix_server(answered, str(tmp_path / "s")):
            question = asyncio.ensure_future(ask(str(tmp_path / "s"), "show info", timedelta(seconds=0.4)))
            await asyncio.sleep(0)
            # Twice as long as it is waited for, in which nobody listens.
            time.sleep(0.8)  # noqa: ASYNC251
            return await question

    assert asyncio.run(story()).strip() == b"Name: HAProxy"


def test_who_does_not_answer_is_told_after_that_time_and_let_go_of(tmp_path: Path) -> None:
    ended: list[str] = []

    async def never() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("let go")

    async def story() -> float:
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            await within(0.2, never())
        took = time.monotonic() - began
        await asyncio.sleep(0)
        silent = await asyncio.start_unix_server(lambda *_: asyncio.sleep(60), str(tmp_path / "s"))
        with pytest.raises(RuntimeApiError, match=r"no answer to 'show info' within 0\.1 s"):
            await ask(str(tmp_path / "s"), "show info", timedelta(seconds=0.1))
        silent.close()
        return took

    assert asyncio.run(story()) > 0.2 * (1 - 1 / SLICES) and ended == ["let go"]


def test_what_it_raises_is_raised_and_who_gives_up_ends_it() -> None:
    async def refused() -> None:
        raise ConnectionRefusedError("no")

    async def story() -> None:
        with pytest.raises(ConnectionRefusedError):
            await within(1.0, refused())
        inner = asyncio.Event()
        asking = asyncio.ensure_future(within(60.0, inner.wait()))
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await asyncio.sleep(0)
        assert not [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]

    asyncio.run(story())
