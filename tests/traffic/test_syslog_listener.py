"""The syslog listener: heads, addresses, other programs' sockets."""

import asyncio
import socket
from pathlib import Path

import pytest

from poise.lab.ports import take_ports
from poise.traffic import syslog
from poise.traffic.syslog import SyslogError, SyslogListener

# As nginx 1.22 sent them, with and without `nohostname`.
WITH_HOST = b'<190>Nov 27 02:55:08 vm nginx: [-] "GET / HTTP/1.1" s=200'
WITHOUT = b'<190>Nov  7 02:55:08 lb: [-] "GET /a: b HTTP/1.1" s=200'


async def until(listener: SyslogListener, messages: int) -> tuple[bytes, int]:
    lines, odd = b"", 0
    while lines.count(b"\n") + odd < messages:
        await asyncio.sleep(0.001)
        more, strange, _ = listener.take()
        lines, odd = lines + more, odd + strange
    return lines, odd


def test_messages_by_udp_and_by_a_unix_socket(tmp_path: Path) -> None:
    async def story() -> None:
        ports = take_ports(91)
        udp, unix = SyslogListener(f"127.0.0.1:{ports.first}"), SyslogListener(f"unix:{tmp_path}/log.sock")
        await udp.open()
        await unix.open()
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        local = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        for message in (WITH_HOST, b"hello", WITHOUT + b"\nx"):
            sender.sendto(message, ("127.0.0.1", ports.first))
            local.sendto(message, f"{tmp_path}/log.sock")
        for listener in (udp, unix):
            lines, odd = await until(listener, 3)
            assert lines == b'[-] "GET / HTTP/1.1" s=200\n[-] "GET /a: b HTTP/1.1" s=200 x\n' and odd == 1
        assert udp.lost_by_kernel() == 0
        with pytest.raises(SyslogError, match="another program receives there: add a second line"):
            await SyslogListener(f"127.0.0.1:{ports.first}").open()
        with pytest.raises(SyslogError, match="another program receives there: add a second line"):
            await SyslogListener(f"unix:{tmp_path}/log.sock").open()
        udp.close()
        unix.close()
        assert not (tmp_path / "log.sock").exists()
        sender.close()
        local.close()
        ports.release()

    asyncio.run(story())


def test_a_socket_left_behind_is_taken_over_and_a_file_is_not(tmp_path: Path) -> None:
    async def story() -> None:
        left = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        left.bind(f"{tmp_path}/left.sock")
        left.close()
        listener = SyslogListener(f"unix:{tmp_path}/left.sock")
        await listener.open()
        listener.close()
        (tmp_path / "file").write_text("kept")
        with pytest.raises(SyslogError, match="no socket"):
            await SyslogListener(f"unix:{tmp_path}/file").open()
        assert (tmp_path / "file").read_text() == "kept"

    asyncio.run(story())


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("0.0.0.0:15140", "loopback"),
        ("[::]:15140", "loopback"),
        ("logs.example:1514", "name"),
        ("127.0.0.1", "the system's own log"),
        ("unix:/dev/log", "the system's own log"),
        ("127.0.0.1:x", "no port"),
        ("127.0.0.1:99999", "no port"),
    ],
)
def test_addresses_that_are_not_listened_at(address: str, why: str) -> None:
    with pytest.raises(SyslogError, match=why):
        asyncio.run(SyslogListener(address).open())


def test_what_waits_is_bounded_and_what_is_lost_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syslog, "MOST_WAITING_BYTES", 200)

    async def story() -> tuple[bytes, int, int]:
        ports = take_ports(92)
        listener = SyslogListener(f"127.0.0.1:{ports.first}")
        await listener.open()
        assert listener._received is not None
        for _ in range(10):
            listener._received.datagram_received(WITH_HOST, None)
        taken = listener.take()
        listener.close()
        ports.release()
        return taken

    lines, odd, dropped = asyncio.run(story())
    assert (lines.count(b"\n"), odd, dropped) == (3, 0, 7)
