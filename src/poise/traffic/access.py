"""Why a file or a socket may not be opened by this process, and the command that would change it."""

import grp
import os
import pwd
import stat
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Account:
    """Whom the kernel takes this process for."""

    uid: int
    groups: Collection[int]
    name: str


def own_account() -> Account:
    """This process's."""
    uid = os.geteuid()
    return Account(uid, {os.getegid(), *os.getgroups()}, _user(uid))


def what_helps(
    path: str, account: Account | None = None, look: Callable[[Path], os.stat_result] = os.stat, product: str = "haproxy"
) -> str | None:
    """The command that would let this account open that file or socket of this product; None where its permissions let it, or where
    nobody can tell."""
    who = account or own_account()
    if who.uid == 0:
        return None
    place = Path(path)
    for folder in reversed(place.parents):
        about = _looked(folder, look)
        if about is None:
            return None
        if not _may(about, who, 1):
            return _advice(str(folder), about, who, 1, product)
    about = _looked(place, look)
    if about is None:
        return None
    # To connect to a socket is to write to it (unix(7)).
    needed = 2 if stat.S_ISSOCK(about.st_mode) else 4
    return None if _may(about, who, needed) else _advice(path, about, who, needed, product)


def why_not(path: str, error: OSError, account: Account | None = None, look: Callable[[Path], os.stat_result] = os.stat) -> str:
    """Why a log cannot be read, and the command that helps: one sentence for people who see no figures because of it."""
    if isinstance(error, FileNotFoundError):
        return "there is no such file: check the path, and that the load balancer was reloaded since the file names it"
    if not isinstance(error, PermissionError):
        return error.strerror or str(error)
    who = account or own_account()
    for place in (*reversed(Path(path).absolute().parents), Path(path)):
        about, bit = _looked(place, look), 4 if place == Path(path) else 1
        if about is not None and not _may(about, who, bit):
            may_not = "may not read it" if bit == 4 else f"may not enter {place}"
            modes = f"{stat.filemode(about.st_mode)} {_user(about.st_uid)}:{_name(about.st_gid)}"
            return f"{who.name} {may_not}: it is {modes}; {_advice(str(place), about, who, bit)}"
    return f"{who.name} may not read it though its modes would let it: look for an ACL (getfacl {path}), AppArmor or SELinux"


def _looked(path: Path, look: Callable[[Path], os.stat_result]) -> os.stat_result | None:
    try:
        return look(path)
    except OSError:
        return None


def _may(about: os.stat_result, who: Account, bit: int) -> bool:
    """Owner, group and others exclude each other, in that order (path_resolution(7))."""
    shift = 6 if about.st_uid == who.uid else 3 if about.st_gid in who.groups else 0
    return bool(about.st_mode >> shift & bit)


def _advice(path: str, about: os.stat_result, who: Account, bit: int, product: str = "haproxy") -> str:
    group = _name(about.st_gid)
    if about.st_mode >> 3 & bit and about.st_gid != 0:
        return f"sudo usermod -aG {group} {who.name}, then restart poise (in a shell: log in again, or at once newgrp {group})"
    if stat.S_ISSOCK(about.st_mode):
        if product == "envoy":
            # Envoy has the mode in decimal: 432 is 0660. The group is that of its account, or of a folder with the setgid bit.
            return (
                f"its mode is {about.st_mode & 0o777:o}: let a group in where Envoy is configured (`mode: 432` beside the path of "
                f"`admin.address.pipe`), start Envoy as an account of that group, and sudo usermod -aG GROUP {who.name}"
            )
        # Nobody is to join root's group: the packages have one of their own.
        own = group if about.st_gid != 0 else "haproxy"
        return (
            f"its mode is {about.st_mode & 0o777:o}: let a group in where the socket is configured (HAProxy: `mode 660 group {own}` on "
            f"its `stats socket` line), reload, and sudo usermod -aG {own} {who.name}"
        )
    letter = {1: "x", 4: "r"}[bit]
    # ACLs belong to the file: logrotate makes a new one.
    again = " (again after each rotation that makes a new file)" if bit == 4 else ""
    return f"sudo setfacl -m u:{who.name}:{letter} {path}{again}"


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _name(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)
