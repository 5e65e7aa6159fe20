"""A network namespace of the lab's own, where true packet delay and true packet loss can be made. It ends with the processes in it."""

import ctypes
import fcntl
import os
import shutil
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from poise.lab.addresses import HOST
from poise.lab.plan import PathName
from poise.model.could_not import CouldNot

# What is sent to .2, .3 or .4 comes back as if from there, through the reflector.
PATH_HOSTS: Mapping[PathName, str] = {"lb-servers": "10.77.0.2", "servers-database": "10.77.0.3", "clients-lb": "10.77.0.4"}

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_SIOCSIFADDR, _SIOCSIFNETMASK, _SIOCSIFFLAGS = 0x8916, 0x891C, 0x8914
_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
_IFF_UP, _IFF_RUNNING = 0x1, 0x40


@dataclass(frozen=True, slots=True)
class Namespace:
    """Where we are now. `tun` is the file descriptor of the TUN device, `iptables` the program, each None when not to be had."""

    tun: int | None
    iptables: str | None


def enter() -> Namespace | CouldNot:
    """Moves this process into a new network namespace; all children that the main thread starts later are in it too.

    Call it once, from the main thread, before any event loop, and without root before any other thread: numpy starts threads when it is
    imported. Nothing outside can then reach what listens inside, nor can we reach anything outside. CouldNot leaves us where we were.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    uid, gid = os.getuid(), os.getgid()
    if not (os.geteuid() == 0 and libc.unshare(_CLONE_NEWNET) == 0):
        if libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) != 0:
            why = os.strerror(ctypes.get_errno())
            return CouldNot("network namespace", f"the kernel refused one ({why}); run as root, or allow unprivileged user namespaces")
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {uid} 1")
        Path("/proc/self/gid_map").write_text(f"0 {gid} 1")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        _up(control, "lo")
        return Namespace(_tun(control), shutil.which("iptables", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin"))


def _up(control: socket.socket, name: str) -> None:
    fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sH22x", name.encode(), _IFF_UP | _IFF_RUNNING))


def _tun(control: socket.socket) -> int | None:
    try:
        tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        fcntl.ioctl(tun, _TUNSETIFF, struct.pack("16sH22x", b"lab0", _IFF_TUN | _IFF_NO_PI))
        for request, address in ((_SIOCSIFADDR, HOST), (_SIOCSIFNETMASK, "255.255.255.0")):
            fields = struct.pack("16sHH4s16x", b"lab0", socket.AF_INET, 0, socket.inet_aton(address))
            fcntl.ioctl(control, request, fields)
        _up(control, "lab0")
    except OSError:
        os.close(tun)
        return None
    return tun
