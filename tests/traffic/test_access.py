"""Which command lets an account open a socket or a log: after the modes that Debian's packages give them."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

from poise.traffic.access import Account, what_helps, why_not

ALICE = Account(1000, {1000}, "alice")
ACL = "sudo setfacl -m u:alice:r /var/log/nginx/access.log (again after each rotation that makes a new file)"
HAPROXY, ADM = 64000, 64001  # groups without a name on this machine are told by number


def tree(**entries: tuple[int, int, int]) -> Callable[[Path], os.stat_result]:
    """`{path: (mode, uid, gid)}`; folders that are not named let everyone in."""

    def look(path: Path) -> os.stat_result:
        mode, uid, gid = entries.get(str(path), (stat.S_IFDIR | 0o755, 0, 0))
        return os.stat_result((mode, 0, 0, 1, uid, gid, 0, 0, 0, 0))

    return look


def test_a_socket_of_a_group_is_opened_by_its_members() -> None:
    look = tree(**{"/run/haproxy/admin.sock": (stat.S_IFSOCK | 0o660, 0, HAPROXY)})
    told = what_helps("/run/haproxy/admin.sock", ALICE, look)
    assert told == f"sudo usermod -aG {HAPROXY} alice, then restart poise (in a shell: log in again, or at once newgrp {HAPROXY})"
    assert what_helps("/run/haproxy/admin.sock", Account(1000, {1000, HAPROXY}, "alice"), look) is None
    assert what_helps("/run/haproxy/admin.sock", Account(0, {0}, "root"), look) is None


def test_a_socket_of_its_owner_alone_needs_another_line() -> None:
    told = what_helps("/run/haproxy/admin.sock", ALICE, tree(**{"/run/haproxy/admin.sock": (stat.S_IFSOCK | 0o600, 0, HAPROXY)}))
    assert told is not None and f"`mode 660 group {HAPROXY}`" in told and "reload" in told


def test_the_first_folder_that_is_closed_is_told() -> None:
    look = tree(**{"/var/log/nginx": (stat.S_IFDIR | 0o750, 33, ADM), "/var/log/nginx/access.log": (stat.S_IFREG | 0o640, 33, ADM)})
    assert (
        what_helps("/var/log/nginx/access.log", ALICE, look)
        == f"sudo usermod -aG {ADM} alice, then restart poise (in a shell: log in again, or at once newgrp {ADM})"
    )
    shut = tree(**{"/var/log/nginx": (stat.S_IFDIR | 0o700, 0, 0)})
    assert what_helps("/var/log/nginx/access.log", ALICE, shut) == "sudo setfacl -m u:alice:x /var/log/nginx"


def test_a_log_that_only_root_reads() -> None:
    look = tree(**{"/var/log/nginx/access.log": (stat.S_IFREG | 0o600, 0, 0)})
    assert what_helps("/var/log/nginx/access.log", ALICE, look) == ACL


def test_a_log_and_a_socket_are_told_the_same_way() -> None:
    path = "/var/log/nginx/access.log"
    for modes in ((stat.S_IFREG | 0o600, 0, 0), (stat.S_IFREG | 0o640, 33, ADM)):
        look = tree(**{path: modes})
        said = why_not(path, PermissionError(13, "Permission denied"), ALICE, look)
        assert said == f"alice may not read it: it is {said.partition(' is ')[2].partition(';')[0]}; {what_helps(path, ALICE, look)}"
    shut = tree(**{"/var/log/nginx": (stat.S_IFDIR | 0o700, 0, 0)})
    said = why_not(path, PermissionError(13, "Permission denied"), ALICE, shut)
    assert said == "alice may not enter /var/log/nginx: it is drwx------ root:root; sudo setfacl -m u:alice:x /var/log/nginx"
    # Its modes let everybody: what forbids it is not to be seen in them.
    assert "AppArmor" in why_not(path, PermissionError(13, "Permission denied"), ALICE, tree(**{path: (stat.S_IFREG | 0o644, 0, 0)}))
    assert "no such file" in why_not(path, FileNotFoundError(2, "No such file or directory"), ALICE, shut)


def test_what_is_not_there_is_no_matter_of_permission() -> None:
    def gone(path: Path) -> os.stat_result:
        raise FileNotFoundError(path)

    assert what_helps("/run/haproxy/admin.sock", ALICE, gone) is None
