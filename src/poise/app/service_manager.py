"""Tells systemd that a watch is ready, alive or ending: sd_notify(3) is one datagram to the socket that $NOTIFY_SOCKET names."""

import os
import socket
from contextlib import suppress
from datetime import datetime, timedelta

# Many load balancers have many turns a second; systemd is told of one.
APART = timedelta(seconds=5)


class ServiceManager:
    """Does nothing where nobody asked to be told: outside a unit of Type=notify. Never waits, and never fails the watch."""

    def __init__(self, place: str | None = None) -> None:
        said = os.environ.get("NOTIFY_SOCKET", "") if place is None else place
        # An @ stands for the zero byte of an abstract address.
        self._place = "\0" + said[1:] if said.startswith("@") else said
        self._alive: datetime | None = None

    def ready(self) -> None:
        """The files were read and the looks begin."""
        self._tell("READY=1")

    def alive(self, now: datetime, status: str = "") -> None:
        """A turn was taken: the watchdog of the unit counts from here."""
        if self._alive is None or now - self._alive >= APART:
            self._alive = now
            self._tell("WATCHDOG=1" + (f"\nSTATUS={status}" if status else ""))

    def stopping(self) -> None:
        """The last words are being said."""
        self._tell("STOPPING=1")

    def _tell(self, state: str) -> None:
        if not self._place:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
            link.setblocking(False)
            link.sendto(state.encode("utf-8", "replace"), self._place)
