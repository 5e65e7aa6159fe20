"""What `upstream` blocks may say."""

from collections.abc import Callable

from poise.balancers.nginx.check.versions import Version, told
from poise.balancers.nginx.directives.since import SERVER_WORDS_SINCE
from poise.balancers.nginx.document import Directive
from poise.balancers.nginx.values import host_and_port, number, seconds

_FLAGS = frozenset(("backup", "down", "resolve", "drain"))
_VALUES: dict[str, Callable[[str], bool]] = {
    "weight": lambda text: bool(number(text)),
    "max_conns": lambda text: number(text) is not None,
    "max_fails": lambda text: number(text) is not None,
    "fail_timeout": lambda text: seconds(text) is not None,
    "slow_start": lambda text: seconds(text) is not None,
    "route": bool,
    "service": bool,
}
# Methods that take no backup servers, if they stand above them (nginx sets its flags as it reads).
_WITHOUT_BACKUP = frozenset(("ip_hash", "hash", "random"))


def server_problem(directive: Directive, version: Version | None, stream: bool) -> str | None:
    """What nginx would refuse of a `server` line in an upstream block; None when nothing."""
    address = directive.args[0]
    if "$" in address and "resolve" not in directive.args:
        return f"`{address}` holds a variable, which nginx does not fill in here"
    if not address.startswith("unix:"):
        host, port = host_and_port(address)
        if not host or "/" in host or host.count("[") != host.count("]"):
            return f"there is no host in `{address}`"
        if port is not None and not (0 < (number(port) or 0) < 65536):
            return f"`{port}` in `{address}` is no port"
        if port is None and stream and not any(word.startswith("service=") for word in directive.args):
            return f"there is no port in `{address}`"
    elif address == "unix:":
        return "there is no path behind `unix:`"
    for word in directive.args[1:]:
        name, sign, value = word.partition("=")
        if sign and name in _VALUES and not _VALUES[name](value):
            return f"`{word}` is no value that nginx takes for `{name}` of a server"
        if name not in (_VALUES if sign else _FLAGS):
            return f"`{word}` is not a parameter of `server` in an upstream block"
        if version is not None and (since := SERVER_WORDS_SINCE.get(name)) and version < since:
            return f"`{name}` of `server` exists from nginx {told(since)} on, and the file is read for {'.'.join(map(str, version[:2]))}"
        if version is not None and name == "slow_start":
            return "`slow_start` of `server` exists in the commercial nginx Plus only"
    return None


class Upstream:
    """One upstream block, told its lines in order."""

    def __init__(self, stream: bool) -> None:
        self.stream = stream
        self.servers = 0
        self.backups = 0
        self.resolves = False
        self.zone = False
        self.without_backup = ""
        self.foreign = False

    def line(self, directive: Directive, version: Version | None) -> str | None:
        """What nginx would refuse of this line."""
        name = directive.name
        if name != "server":
            if name in _WITHOUT_BACKUP:
                self.without_backup = name
            self.zone = self.zone or name == "zone"
            self.foreign = self.foreign or name in ("state", "include") or "lua" in name
            return None
        self.servers += 1
        self.resolves = self.resolves or "resolve" in directive.args[1:]
        if "backup" in directive.args[1:]:
            self.backups += 1
            if self.without_backup:
                return f"`{self.without_backup}` supports no `backup` servers"
        return server_problem(directive, version, self.stream)

    def end(self) -> str | None:
        """What nginx would refuse of the whole."""
        if self.resolves and not self.zone:
            return "`resolve` of a server needs a `zone` in this upstream"
        if self.foreign or self.servers > self.backups:
            return None
        return "all servers of this upstream are `backup`" if self.servers else "there is no server in this upstream"
