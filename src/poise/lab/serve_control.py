"""The child's end of the control line: the socket on file descriptor 0, one JSON object a line."""

import asyncio
import json
import socket
from collections.abc import Callable, Mapping

Handler = Callable[..., Mapping[str, object] | None]


async def serve_control(handlers: Mapping[str, Handler], **ready: object) -> None:
    """Says that we are ready, answers commands by calling `handlers`, and returns when the lab hangs up (it is gone)."""
    reader, writer = await asyncio.open_connection(sock=socket.socket(fileno=0))
    writer.write(json.dumps({"ready": True, **ready}).encode() + b"\n")
    while line := await reader.readline():
        request = json.loads(line)
        try:
            answer = handlers[request.pop("command")](**request) or {}
        except (KeyError, TypeError, ValueError, OSError) as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        writer.write(json.dumps(answer).encode() + b"\n")
    writer.close()
