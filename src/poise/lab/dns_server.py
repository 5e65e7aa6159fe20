"""The lab's name server: every name has one address, until somebody writes the wrong one into the zone.

python -m poise.lab.dns_server '{"port": 21057, "address": "127.0.0.1"}'
"""

import asyncio
import json
import socket
import struct
import sys
from collections.abc import Mapping

from poise.lab.serve_control import serve_control

_HEADER, _TYPE_A, _SECONDS = 12, 1, 1


def answer(query: bytes, address: str) -> bytes | None:
    """The answer to a question for an A record; no records for any other type, None for what is no question (RFC 1035, 4.1)."""
    end = query.find(b"\0", _HEADER)
    if len(query) < _HEADER or end < 0 or len(query) < end + 5:
        return None
    question = query[_HEADER : end + 5]
    found = struct.unpack_from("!H", query, end + 1)[0] == _TYPE_A
    # Flags: an answer, authoritative, recursion desired and available, no error; one question, one answer or none.
    head = query[:2] + struct.pack("!HHHHH", 0x8580, 1, int(found), 0, 0)
    # The name of the record is a pointer to that of the question.
    record = struct.pack("!HHHIH", 0xC00C, _TYPE_A, 1, _SECONDS, 4) + socket.inet_aton(address) if found else b""
    return head + question + record


class DnsServer(asyncio.DatagramProtocol):
    """Answers over UDP."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio's callback."""
        self._transport = transport  # type: ignore[assignment]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """asyncio's callback."""
        said = answer(data, self._address)
        if said is not None and self._transport is not None:
            self._transport.sendto(said, addr)

    def address(self, address: str) -> Mapping[str, object]:
        """The control command: what every name is from now on."""
        socket.inet_aton(address)
        self._address = address
        return {}


async def run(port: int, address: str) -> None:
    """Answers until the lab hangs up."""
    server = DnsServer(address)
    await asyncio.get_running_loop().create_datagram_endpoint(lambda: server, local_addr=("127.0.0.1", port))
    await serve_control({"address": server.address})


if __name__ == "__main__":
    asyncio.run(run(**json.loads(sys.argv[1])))
