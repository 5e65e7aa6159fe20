"""Evaluates the condition of a `.if` or `.elif` line as far as it can be known without the machine that HAProxy runs on.

Grammar and predicates: HAProxy's configuration manual, section 2.4. Three-valued: None means it depends on what is not known here.
"""

from collections.abc import Mapping

from poise.model.regexp import regexp

# HAProxy's own bound (MAX_CFG_RECURSION); it also keeps hostile nesting away from our stack.
DEEPEST = 64
_INTEGER = regexp(r"[+-]?(0[xX][0-9a-fA-F]+|\d+)")
_PREDICATE = regexp(r"([a-z_]+)")
# They ask about the binary's build and its command line.
UNKNOWABLE = {"feature", "openssl_version_atleast", "openssl_version_before", "ssllib_name_startswith", "enabled"}
_VERSION = regexp(r"(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-dev(\d+))?")


class ConditionError(ValueError):
    """The expression is not one that HAProxy accepts."""


def version_key(version: str) -> tuple[int, int, int, int]:
    """`2.6.12` → (2, 6, 12, release); a development version comes before its release. Raises ConditionError for anything else."""
    match = _VERSION.match(version)
    if match is None:
        raise ConditionError(f"`{version}` is not a version")
    major, minor, patch, dev = match.groups()
    return int(major), int(minor or 0), int(patch or 0), int(dev) if dev else 1_000_000


class _Reader:
    def __init__(self, text: str, environment: Mapping[str, str] | None, target: str | None) -> None:
        self.text, self.environment, self.target, self.at = text, environment, target, 0

    def skip(self) -> None:
        while self.at < len(self.text) and self.text[self.at] in " \t":
            self.at += 1

    def take(self, token: str) -> bool:
        self.skip()
        if self.text.startswith(token, self.at):
            self.at += len(token)
            return True
        return False

    def either(self, depth: int) -> bool | None:
        value = self.both(depth)
        while self.take("||"):
            other = self.both(depth)
            value = True if value or other else (False if value is False and other is False else None)
        return value

    def both(self, depth: int) -> bool | None:
        value = self.term(depth)
        while self.take("&&"):
            other = self.term(depth)
            value = False if value is False or other is False else (True if value and other else None)
        return value

    def term(self, depth: int) -> bool | None:
        if depth <= 0:
            raise ConditionError("the condition is nested too deeply")
        negate = False
        while self.take("!"):
            negate = not negate
        value = self.atom(depth)
        return (not value) if negate and value is not None else value

    def atom(self, depth: int) -> bool | None:
        self.skip()
        number = _INTEGER.match(self.text, self.at)
        if number:
            self.at = number.end()
            return int(number.group(), 0 if "x" in number.group().lower() else 10) != 0
        if self.take("("):
            value = self.either(depth - 1)
            if not self.take(")"):
                raise ConditionError("a closing bracket is missing")
            return value
        name = _PREDICATE.match(self.text, self.at)
        if name is None:
            raise ConditionError(f"cannot parse `{self.text[self.at :]}`")
        self.at = name.end()
        return self.predicate(name.group(), self.arguments())

    def arguments(self) -> tuple[str, ...]:
        if self.text[self.at : self.at + 1] != "(":
            return ()
        end = self.text.find(")", self.at)
        if end < 0:
            raise ConditionError("a closing bracket is missing")
        inside = self.text[self.at + 1 : end]
        self.at = end + 1
        return tuple(_unquote(part.strip(" \t")) for part in inside.split(","))

    def defined(self, name: str) -> bool | None:
        if self.environment is None:
            return None
        # Set by HAProxy itself, according to how it was started: not to be known from files.
        return True if name in self.environment else (None if name.startswith("HAPROXY_") else False)

    def at_least(self, wanted: tuple[int, int, int, int]) -> bool | None:
        if self.target is None:
            return None
        have = version_key(self.target)
        if have[:2] == wanted[:2] and wanted[2] > 0 and self.target.count(".") < 2:
            return None  # the target names a branch, the condition a release of it
        return have >= wanted

    def predicate(self, name: str, arguments: tuple[str, ...]) -> bool | None:
        if name in ("streq", "strneq") and len(arguments) == 2:
            return (arguments[0] == arguments[1]) == (name == "streq")
        if len(arguments) != 1:
            raise ConditionError(f"`{name}` is not a known predicate, or has the wrong number of arguments")
        if name == "defined":
            return self.defined(arguments[0])
        if name in ("version_atleast", "version_before"):
            wanted = version_key(arguments[0])
            newer = self.at_least(wanted)
            return newer if name == "version_atleast" or newer is None else not newer
        if name in UNKNOWABLE:
            return None
        raise ConditionError(f"`{name}` is not a known predicate")


def _unquote(argument: str) -> str:
    if len(argument) >= 2 and argument[0] == argument[-1] and argument[0] in "\"'":
        return argument[1:-1]
    return argument


def evaluate(expression: str, environment: Mapping[str, str] | None, target: str | None) -> bool | None:
    """Whether the block is used; None if that depends on the HAProxy binary. Raises ConditionError where HAProxy refuses the line."""
    if not expression:
        return False
    reader = _Reader(expression, environment, target)
    value = reader.either(DEEPEST)
    reader.skip()
    if reader.at < len(expression):
        raise ConditionError(f"unexpected `{expression[reader.at :]}` at the end")
    return value
