"""The environment variables a configuration sees while it is read, changed on the way by `setenv` and its relatives."""

from collections.abc import Mapping, Sequence

# HAProxy sets these itself when it starts (configuration manual, 2.3); their values are not in the files.
OWN = frozenset(
    (
        "HAPROXY_LOCALPEER",
        "HAPROXY_CFGFILES",
        "HAPROXY_MWORKER",
        "HAPROXY_CLI",
        "HAPROXY_MASTER_CLI",
        "HAPROXY_STARTUP_VERSION",
        "HAPROXY_BRANCH",
        "HAPROXY_HTTP_LOG_FMT",
        "HAPROXY_HTTPS_LOG_FMT",
        "HAPROXY_TCP_LOG_FMT",
        "HAPROXY_HTTP_CLF_LOG_FMT",
        "HAPROXY_TCP_CLF_LOG_FMT",
    )
)
# A variable that holds itself twice doubles with every line: after this many characters values are no longer filled in.
MOST_EXPANDED = 16 * 1024 * 1024
KEYWORDS = frozenset(("setenv", "presetenv", "unsetenv", "resetenv"))


class Environment:
    """Values by name, as they stand at the line being read; `file`, `line` and `section` answer the pseudo-variables."""

    def __init__(self, given: Mapping[str, str] | None, file: str) -> None:
        self.values = dict(given or {})
        self.file, self.line, self.section = file, 0, ""
        self.expanded = 0

    def lookup(self, name: str) -> str | None:
        """The value of that variable, None if it is not set."""
        if name == ".FILE":
            return self.file
        if name == ".LINE":
            return str(self.line)
        if name == ".SECTION":
            return self.section
        value = self.values.get(name)
        if value is None:
            return "${" + name + "}" if name in OWN else None
        self.expanded += len(value)
        return value if self.expanded <= MOST_EXPANDED else ""

    def act(self, words: Sequence[str]) -> str | None:
        """Perform a `setenv`, `presetenv`, `unsetenv` or `resetenv` line; what is wrong with it, if anything."""
        keyword, arguments = words[0], words[1:]
        if keyword in ("setenv", "presetenv"):
            if len(arguments) < 2:
                return f"`{keyword}` needs a name and a value"
            if keyword == "setenv" or arguments[0] not in self.values:
                self.values[arguments[0]] = arguments[1]
        elif keyword == "unsetenv":
            for name in arguments:
                self.values.pop(name, None)
        else:
            self.values = {name: self.values[name] for name in arguments if name in self.values}
        return None
