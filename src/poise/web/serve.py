"""A server in the loop that watches: started, and stopped with it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.types import ASGIApp

from poise.web.access import Guard, checked_host

MOST_CONNECTIONS = 64


class _Server(uvicorn.Server):
    """Ctrl-C is for the watch, which ends this server too."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Takes none over."""
        yield


@asynccontextmanager
async def serving(app: ASGIApp, token: str, host: str, port: int) -> AsyncIterator[int]:
    """Serves `app` to those who bear the token; gives the port. Raises NotLoopbackError, and OSError where the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((checked_host(host), port))
        # Who asks before the server has begun waits for it, and is not refused.
        listening.listen(MOST_CONNECTIONS)
        config = uvicorn.Config(
            Guard(app, token), log_config=None, access_log=False, lifespan="off", limit_concurrency=MOST_CONNECTIONS, server_header=False
        )
        server = _Server(config)
        task = asyncio.create_task(server.serve([listening]))
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            server.force_exit = True
            await asyncio.wait([task], timeout=2.0)
    finally:
        listening.close()
