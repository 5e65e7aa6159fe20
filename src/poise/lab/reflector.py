"""The network paths of a lab in the kernel: packets leave by a TUN device and come back late, or not at all.

    python -m poise.lab.reflector TUN_FILE_DESCRIPTOR

A packet from 10.77.0.1 to 10.77.0.2 comes back as one from 10.77.0.2 to 10.77.0.1, so both ends of a connection are on this machine and
everything between them is real: handshake, retransmissions, round-trip times (a fresh connect takes 201 ms with 200 ms of delay).
"""

import asyncio
import os
import random
import socket
import sys
from collections.abc import Mapping

from poise.lab.namespace import PATH_HOSTS
from poise.lab.plan import PathName
from poise.lab.serve_control import serve_control

_LARGEST_PACKET = 2048
_PACKETS_PER_TURN = 64


class Reflector:
    """Turns packets around."""

    def __init__(self, tun: int, seed: int = 1) -> None:
        self._tun = tun
        self._draw = random.Random(seed)  # noqa: S311 - repeatable on purpose
        self._weather = {socket.inet_aton(host): (0.0, 0.0) for host in PATH_HOSTS.values()}

    def weather(self, group: PathName, delay_ms: float = 0.0, loss_ratio: float = 0.0) -> Mapping[str, object]:
        """The control command: that path's extra round-trip time, half each way, and share of packets lost, each way."""
        self._weather[socket.inet_aton(PATH_HOSTS[group])] = (delay_ms / 2000.0, loss_ratio)
        return {}

    def read(self) -> None:
        """Takes what has come."""
        for _ in range(_PACKETS_PER_TURN):
            try:
                packet = os.read(self._tun, _LARGEST_PACKET)
            except BlockingIOError:
                return
            # IPv4 only: source at 12, destination at 16 (RFC 791). Swapping them leaves every checksum as it is.
            weather = self._weather.get(packet[16:20])
            if packet[0] >> 4 != 4 or weather is None or (weather[1] and self._draw.random() < weather[1]):
                continue
            back = packet[:12] + packet[16:20] + packet[12:16] + packet[20:]
            if weather[0]:
                asyncio.get_running_loop().call_later(weather[0], os.write, self._tun, back)
            else:
                os.write(self._tun, back)


async def run(tun: int) -> None:
    """Reflects until the lab hangs up."""
    reflector = Reflector(tun)
    asyncio.get_running_loop().add_reader(tun, reflector.read)
    await serve_control({"weather": reflector.weather})


if __name__ == "__main__":
    asyncio.run(run(int(sys.argv[1])))
