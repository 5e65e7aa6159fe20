"""A blocking call in a thread that nothing waits for: a mail server that hangs holds up neither Ctrl-C nor those who write the store."""

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")


async def in_daemon_thread(call: Callable[[], Answer], seconds: float) -> Answer:
    """What `call` returns or raises; TimeoutError after `seconds`, and the thread is left to its own time limits."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Answer] = loop.create_future()

    def tell(answer: Answer | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(answer)  # type: ignore[arg-type]

    def run() -> None:
        answer, problem = None, None
        try:
            answer = call()
        except BaseException as error:  # the one who waits gets it
            problem = error
        if not loop.is_closed():
            loop.call_soon_threadsafe(tell, answer, problem)

    threading.Thread(target=run, daemon=True, name="poise notifier").start()
    return await asyncio.wait_for(future, seconds)
