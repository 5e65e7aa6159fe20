"""One command to a HAProxy statistics or master socket, and its answer.

The socket is a Unix path or host:port, with HAProxy's prefixes (`unix@`, `ipv4@`, `ipv6@`, `tcp@`, `sockpair@` is not reachable).
"""

import asyncio
from datetime import timedelta

from poise.balancers.within import within
from poise.model.could_not import CouldNot

# A pool of 10,000 servers answers 2.4 MB to "show stat"; anything far beyond is not an answer of ours.
ANSWER_LIMIT_BYTES = 64 * 1024 * 1024
# Commands that change something answer nothing, but for these (cli sources of 2.6 and 2.8: set server addr, add server, del server).
ACCEPTED = ("changed from", "no need to change", "new server registered", "server deleted")


class RuntimeApiError(Exception):
    """The socket did not answer. `could_not` says why and what would help."""

    def __init__(self, could_not: CouldNot) -> None:
        super().__init__(f"{could_not.what}: {could_not.reason}")
        self.could_not = could_not


async def command(address: str, text: str, timeout: timedelta = timedelta(seconds=1)) -> str:  # noqa: ASYNC109 - the bound is part of the answer
    """Send one line (several commands joined by `;` are one line) and return all that was answered, the trailing blank line removed.

    Raises RuntimeApiError with a CouldNot where the socket is missing, refuses, denies or does not answer within `timeout`.
    """
    return (await ask(address, text, timeout)).decode("utf-8", "replace")


async def ask(address: str, text: str, timeout: timedelta = timedelta(seconds=1)) -> bytes:  # noqa: ASYNC109 - the bound is part of the answer
    """As `command`, the answer as it came: for one of megabytes, of which only numbers are read."""
    try:
        return await within(timeout.total_seconds(), _exchange(address, text))
    except TimeoutError:
        raise RuntimeApiError(
            CouldNot(
                address,
                f"no answer to '{text}' within {timeout.total_seconds():g} s: is the process stopped, or the socket full?",
                cause="hangs",
            )
        ) from None
    except FileNotFoundError:
        raise RuntimeApiError(
            CouldNot(
                address,
                "the socket does not exist: is HAProxy running, and does 'stats socket' in its global section name this path?",
                cause="gone",
            )
        ) from None
    except PermissionError:
        raise RuntimeApiError(
            CouldNot(
                address,
                "permission denied: run as a member of the socket's group, or set 'mode 660 group …' on its 'stats socket' line",
                cause="barred",
            )
        ) from None
    except ConnectionRefusedError:
        raise RuntimeApiError(
            CouldNot(address, "connection refused: nothing listens there (a stopped HAProxy leaves its socket file behind)", cause="gone")
        ) from None
    except (OSError, ValueError) as error:
        raise RuntimeApiError(CouldNot(address, f"{error}: check the address of the 'stats socket' line")) from None


def refused(answer: str) -> bool:
    """Does HAProxy's answer to a command that changes something say no?"""
    words = answer.strip().lower()
    return bool(words) and not any(phrase in words for phrase in ACCEPTED)


async def _exchange(address: str, text: str) -> bytes:
    reader, writer = await _connect(address)
    try:
        writer.write(text.encode() + b"\n")
        await writer.drain()
        # The master socket of HAProxy 2.8 closes only when the client half-closes.
        if writer.can_write_eof():
            writer.write_eof()
        answer = bytearray()
        while chunk := await reader.read(1 << 16):
            answer += chunk
            if len(answer) > ANSWER_LIMIT_BYTES:
                raise ValueError(f"the answer is longer than {ANSWER_LIMIT_BYTES} bytes")
        return bytes(answer).rstrip(b"\n")
    finally:
        writer.close()


async def _connect(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    prefix, _, rest = address.rpartition("@")
    place = rest if prefix else address
    if prefix == "unix" or place.startswith(("/", ".")) or (not prefix and ":" not in place):
        return await asyncio.open_unix_connection(place, limit=1 << 20)
    if prefix not in ("", "ipv4", "ipv6", "tcp", "tcp4", "tcp6"):
        raise ValueError(f"'{prefix}@' cannot be reached from another process")
    host, _, port = place.rpartition(":")
    host = host.strip("[]")
    return await asyncio.open_connection("127.0.0.1" if host in ("", "*") else host, int(port), limit=1 << 20)
