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
KEYWORDS = frozenset(("setenv", "presetenv", "unsetenv", "resetenv"))
# A file whose variables double each other (`setenv A "$A$A"`) would fill any memory. No configuration comes near.
MOST_CHARACTERS = 4 * 1024 * 1024


class Environment:
    """Values by name, as they stand at the line being read; `file`, `line` and `section` answer the pseudo-variables.

    `values` stays the same mapping throughout. `spent` says once that variables stand for too much; they are then empty.
    """

    def __init__(self, given: Mapping[str, str] | None, file: str) -> None:
        self.values = dict(given or {})
        self.file, self.line, self.section = file, 0, ""
        self.room, self.spent = MOST_CHARACTERS, ""

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
        if len(value) > self.room:
            if self.room >= 0:
                self.spent = (
                    f"variables stand for more than {MOST_CHARACTERS // 1024**2} MiB of text in all: from here on they are read as empty"
                )
            self.room = -1
            return ""
        self.room -= len(value)
        return value

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
            kept = {name: self.values[name] for name in arguments if name in self.values}
            self.values.clear()
            self.values.update(kept)
        return None
