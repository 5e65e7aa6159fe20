"""Runs one program of the lab so that it dies with the lab, also when the lab is killed with SIGKILL.

    python -I -S child.py DEATH_SIGNAL PARENT_PID ACCOUNT -- PROGRAM ARGUMENTS…

DEATH_SIGNAL is a number. ACCOUNT is `-` to stay who we are, `namespace:UID` to be UID in a user namespace of our own (no privilege and no
file ownership changes: PostgreSQL refuses to run as root), or `setuid:UID` where namespaces are forbidden.
Uses only the standard library's builtins so that it starts in about 10 ms; it replaces itself by the program.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:  # noqa: PTH123 - pathlib doubles the start-up time
        file.write(text)


def _become(account: str, libc: ctypes.CDLL) -> None:
    kind, _, uid = account.partition(":")
    if kind == "namespace":
        outside_uid, outside_gid = os.getuid(), os.getgid()
        if libc.unshare(CLONE_NEWUSER) != 0:
            raise OSError(ctypes.get_errno(), "unshare of a user namespace was refused")
        # user_namespaces(7): an unprivileged writer may map its own ids only, and must give up setgroups first.
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{uid} {outside_uid} 1")
        _write("/proc/self/gid_map", f"{uid} {outside_gid} 1")
    elif kind == "setuid":
        os.setgroups([])
        os.setgid(int(uid))
        os.setuid(int(uid))


def main(arguments: list[str]) -> None:
    """Binds our life to the parent's, changes account, becomes the program."""
    death_signal, parent, account = int(arguments[0]), int(arguments[1]), arguments[2]
    command = arguments[arguments.index("--") + 1 :]
    libc = ctypes.CDLL(None, use_errno=True)
    if account != "-":
        _become(account, libc)
    # After the change of account: changing credentials clears the death signal (prctl(2)).
    if libc.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) was refused")
    if os.getppid() != parent:  # the lab died before the line above took effect
        os._exit(1)
    os.execvp(command[0], command)  # noqa: S606 - no shell wanted


if __name__ == "__main__":
    main(sys.argv[1:])
