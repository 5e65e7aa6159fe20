"""What is wrong with the words that say how a load balancer is reached. No value is repeated: it may hold a password."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from poise.model.reach import Reach

URLS = ("stats_url", "status", "admin")


def reach_mistakes(reach: Reach, at: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each mistake with the path of keys that leads to it, as for all of a poise.toml."""
    for key in URLS:
        url = getattr(reach, key)
        if url is None:
            continue
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            parts, port = None, None
        if parts is None or parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
            yield (*at, key), "must be a URL, such as http://10.0.0.5:8404/stats"
        elif parts.username or parts.password:
            yield (
                (*at, key),
                "holds a password, which whoever reads this file sees. Write user:password into a file of mode 600 and name it in "
                "`credentials_file`, or name the variable that holds it in `credentials_env`",
            )
    if reach.socket is not None and not _is_place(reach.socket):
        yield (*at, "socket"), "must be a path, or tcp://HOST:PORT"
    if reach.access_log is not None and not reach.access_log.startswith(("/", "./", "../", "syslog:server=")):
        yield (*at, "access_log"), "must be a path that begins with / or ., or syslog:server=HOST:PORT"
    if reach.credentials_file and reach.credentials_env:
        yield (*at, "credentials_env"), "stands beside `credentials_file`: name one of them"
    if reach.every_seconds is not None and not 1 <= reach.every_seconds <= 3600:
        yield (*at, "every_seconds"), "must be 1 to 3600 seconds"


def _is_place(socket: str) -> bool:
    if socket.startswith(("/", "./", "../", "unix@")):
        return True
    host, _, port = socket.removeprefix("tcp://").rpartition("@")[2].rpartition(":")
    return bool(host) and port.isdigit() and 0 < int(port) < 65536
