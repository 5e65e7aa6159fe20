"""A bound on how long a load balancer may take to answer, of the time in which poise could hear it."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
# What holds poise up once costs a load balancer no more of its time than one of so many slices.
SLICES = 8


async def within(seconds: float, answer: Coroutine[Any, Any, T]) -> T:
    """What it gives. Raises TimeoutError where it takes longer than that, and whatever it raises.

    A clock that runs while the event loop does not (a diagnosis in another thread, a machine with other work) calls a load balancer silent
    whose answer lies in the socket; watching a hundred, its alerts and their diagnoses held up the next looks. So time is waited in slices:
    each gives the loop the chance to take in what has come, and a loop that stood still for seconds has lost one.
    """
    task = asyncio.ensure_future(answer)
    try:
        for _ in range(SLICES):
            await asyncio.wait([task], timeout=seconds / SLICES)
            if task.done():
                return task.result()
        raise TimeoutError
    finally:
        task.cancel()
