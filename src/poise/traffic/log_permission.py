"""Why a log cannot be read, and the command that helps."""

import grp
import os
import pwd
import stat


def why_not(path: str, error: OSError) -> str:
    """One sentence for people who see no figures because of it."""
    if isinstance(error, FileNotFoundError):
        return "there is no such file: check the path, and that the load balancer was reloaded since the file names it"
    if not isinstance(error, PermissionError):
        return error.strerror or str(error)
    user = _user(os.geteuid())
    # The first folder that does not let us through hides all below.
    folder = "/"
    for part in os.path.dirname(os.path.abspath(path)).split("/"):  # noqa: PTH100, PTH120 - names are kept as they were given
        folder = os.path.join(folder, part)  # noqa: PTH118
        if not os.access(folder, os.X_OK):
            return f"{user} may not enter {folder}: {_help(folder, user, 'x')}"
    return f"{user} may not read it: {_help(path, user, 'r')}"


def _help(path: str, user: str, right: str) -> str:
    alone = f"`setfacl -m u:{user}:{right} {path}` (again after each rotation that makes a new file)"
    try:
        about = os.stat(path)  # noqa: PTH116
    except OSError:
        return alone
    group = _group(about.st_gid)
    mode = f"{stat.filemode(about.st_mode)} {_user(about.st_uid)}:{group}"
    bit = stat.S_IRGRP if right == "r" else stat.S_IXGRP
    if about.st_mode & bit and group != "root":
        return f"it is {mode}; `usermod -aG {group} {user}` and restart poise"
    return f"it is {mode}; `chgrp adm {path} && chmod g+{right} {path} && usermod -aG adm {user}` and restart poise, or {alone}"


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
