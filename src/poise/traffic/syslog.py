"""Receives what a server logs by syslog, over UDP or a Unix datagram socket, and takes off the head of RFC 3164 as nginx writes it:
`<190>Nov 27 02:55:08 host tag: `, without the host where `nohostname` is said (seen with nginx 1.22 and 1.31)."""

import asyncio
import ipaddress
import os
import re
import socket
import stat
from collections import deque
from contextlib import suppress

# Messages that wait to be read: at 300 bytes a hundred thousand, which is more than a second of what one core can read.
MOST_WAITING_BYTES = 32 * 1024 * 1024
# The kernel gives at most net.core.rmem_max (208 kB unless raised), which it doubles: some 400 messages.
RECEIVE_BUFFER_BYTES = 8 * 1024 * 1024
# Where nobody listens there, a system's logger may still be started later.
DEFAULT_PORT = 514
SYSTEM_SOCKETS = ("/dev/log", "/run/systemd/", "/var/run/systemd/", "/run/rsyslog/")
_HEAD = re.compile(rb"<[0-9]{1,3}>[A-Z][a-z]{2} [ 0-9][0-9] [0-9]{2}:[0-9]{2}:[0-9]{2} (?:[^ :]+ )?[A-Za-z0-9_]{1,32}: ")


class SyslogError(Exception):
    """The address cannot be listened at; the message says why and what helps."""


class _Received(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.waiting: deque[bytes] = deque()
        self.size = 0
        self.dropped = 0

    def datagram_received(self, data: bytes, addr: object) -> None:
        if self.size + len(data) > MOST_WAITING_BYTES:
            self.dropped += 1
            return
        self.waiting.append(data)
        self.size += len(data)


class SyslogListener:
    """One socket. `address` is as behind nginx's `syslog:server=`: host, host:port, [v6]:port or unix:/path.

    Only loopback addresses are listened at unless `remote`: anybody who reaches the port could tell us anything.
    """

    def __init__(self, address: str, remote: bool = False) -> None:
        self.address, self._remote = address, remote
        self._received: _Received | None = None
        self._transport: asyncio.DatagramTransport | None = None
        self._path: str | None = None
        self._inode = 0

    async def open(self) -> None:
        """Listen. Raises SyslogError where that is not possible."""
        try:
            bound = self._unix() if self.address.startswith("unix:") else self._udp()
        except PermissionError:
            advice = "poise may not listen there: ports below 1024 and folders of others need more rights; log to a higher port"
            raise SyslogError(f"syslog {self.address}: {advice}, `access_log syslog:server=127.0.0.1:15140 …`") from None
        except OSError as error:
            raise SyslogError(f"syslog {self.address}: {error.strerror or error}{_advice(error)}") from None
        with suppress(OSError):
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        bound.setblocking(False)
        self._inode = os.fstat(bound.fileno()).st_ino
        loop = asyncio.get_running_loop()
        self._transport, self._received = await loop.create_datagram_endpoint(_Received, sock=bound)

    def _udp(self) -> socket.socket:
        host, port = _host_and_port(self.address)
        if port == DEFAULT_PORT:
            raise OSError(0, f"is the system's own log, whose place poise does not take{_ANOTHER}")
        if host == "localhost":
            host = "127.0.0.1"
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            raise OSError(0, "is a name: name the address itself") from None
        if not address.is_loopback and not self._remote:
            raise OSError(0, "is no address of this machine alone: poise listens at loopback addresses unless told otherwise")
        bound = socket.socket(socket.AF_INET6 if address.version == 6 else socket.AF_INET, socket.SOCK_DGRAM)
        return _bound(bound, (host, port))

    def _unix(self) -> socket.socket:
        path = self.address.removeprefix("unix:")
        if path.startswith(SYSTEM_SOCKETS):
            raise OSError(0, f"is the system's own log, whose place poise does not take{_ANOTHER}")
        self._give_up_stale(path)
        bound = _bound(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM), path)
        # nginx's workers write to it, and they are other users.
        os.chmod(path, 0o666)  # noqa: PTH101, S103
        self._path = path
        return bound

    @staticmethod
    def _give_up_stale(path: str) -> None:
        """A socket that nobody reads any more is removed; one that somebody does is left alone."""
        try:
            is_socket = stat.S_ISSOCK(os.lstat(path).st_mode)
        except FileNotFoundError:
            return
        if not is_socket:
            raise OSError(0, "there is a file of that name that is no socket")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect(path)
            except ConnectionRefusedError:
                os.unlink(path)  # noqa: PTH108
                return
        raise OSError(0, f"another program receives there{_ANOTHER}")

    def take(self) -> tuple[bytes, int, int]:
        """The messages since the last look as lines, without their heads; how many had none; how many were lost in this process."""
        if self._received is None:
            return b"", 0, 0
        received = self._received
        messages, dropped = received.waiting, received.dropped
        received.waiting, received.size, received.dropped = deque(), 0, 0
        lines, odd = [], 0
        for message in messages:
            head = _HEAD.match(message)
            if head is None:
                odd += 1
            else:
                # A value that was logged unescaped may hold line ends; nginx itself ends no message with one.
                lines.append(message[head.end() :].replace(b"\n", b" "))
        return b"\n".join(lines) + b"\n" if lines else b"", odd, dropped

    def lost_by_kernel(self) -> int | None:
        """Datagrams that the kernel threw away because poise was too slow, since the socket was opened; None where it does not say."""
        for name in ("/proc/net/udp", "/proc/net/udp6"):
            try:
                with open(name, encoding="ascii", errors="replace") as table:  # noqa: PTH123
                    for line in table:
                        words = line.split()
                        if len(words) > 12 and words[9] == str(self._inode):
                            return int(words[12])
            except (OSError, ValueError):
                return None
        return None

    def close(self) -> None:
        """Close the socket and remove its file."""
        if self._transport is not None:
            self._transport.close()
        if self._path is not None:
            with suppress(OSError):
                os.unlink(self._path)  # noqa: PTH108
        self._transport = self._received = self._path = None


_ANOTHER = ": add a second line for poise, `access_log syslog:server=127.0.0.1:15140 FORMAT;`"


def _advice(error: OSError) -> str:
    return f": another program receives there{_ANOTHER}" if error.errno == 98 else ""


def _bound(unbound: socket.socket, address: tuple[str, int] | str) -> socket.socket:
    try:
        unbound.bind(address)
    except (OSError, OverflowError) as error:
        unbound.close()
        raise error if isinstance(error, OSError) else OSError(0, "is no port") from None
    return unbound


def _host_and_port(address: str) -> tuple[str, int]:
    if address.startswith("["):
        host, _, rest = address[1:].partition("]")
        port = rest.removeprefix(":")
    else:
        host, _, port = address.partition(":")
    if port and not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536):
        raise OSError(0, f"{port!r} is no port")
    return host, int(port) if port else DEFAULT_PORT
