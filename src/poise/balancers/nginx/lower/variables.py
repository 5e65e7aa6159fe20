"""What variables may hold: `set`, `map`, `geo`, `split_clients` and the like, as far as the file says it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from poise.balancers.nginx.document import Directive

_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
# Variables that begin the path of a request: what stands in front of them is the whole address.
_PATH = frozenset(("request_uri", "uri", "document_uri", "is_args", "args", "query_string"))
_MAP_WORDS = frozenset(("hostnames", "volatile", "include"))
_GEO_WORDS = frozenset(("delete", "proxy", "proxy_recursive", "ranges", "include"))
# Alternatives of one target; a longer list is as good as not known.
MOST_ALTERNATIVES = 2000


@dataclass(frozen=True, slots=True)
class Choice:
    """A target with its variables replaced; `why` says by what (`map $host $pool: example.org`). `known` False: some could not be."""

    target: str
    why: str = ""
    known: bool = True


@dataclass(frozen=True, slots=True)
class _Value:
    text: str
    why: str


def _definitions(directive: Directive) -> Iterator[tuple[str, _Value]]:
    """The variable and values that one directive defines."""
    body, args = directive.body, directive.args
    if directive.name == "set" and len(args) == 2:
        yield args[0], _Value(args[1], "")
    elif directive.name == "map" and len(args) == 2 and body is not None:
        for entry in body:
            if len(entry.args) == 1 and entry.name not in ("include",):
                yield args[1], _Value(entry.args[0], f"map {args[0]} {args[1]}: {entry.name}")
    elif directive.name == "geo" and args and body is not None:
        for entry in body:
            if len(entry.args) == 1 and entry.name not in _GEO_WORDS:
                yield args[-1], _Value(entry.args[0], f"geo {args[-1]}: {entry.name}")
    elif directive.name == "split_clients" and len(args) == 2 and body is not None:
        for entry in body:
            if len(entry.args) == 1:
                yield args[1], _Value(entry.args[0], f"split_clients {args[0]} {args[1]}: {entry.name}")


class Variables:
    """The variables that one http or stream block defines. Names are without `$`, in lower case as nginx keeps them."""

    def __init__(self) -> None:
        self.values: dict[str, dict[str, _Value]] = {}

    def learn(self, directives: Iterable[Directive]) -> None:
        """Take what these directives define; values that repeat are kept once."""
        for directive in directives:
            for name, value in _definitions(directive):
                self.values.setdefault(name.removeprefix("$").lower(), {}).setdefault(value.text, value)

    def choices(self, written: str) -> list[Choice]:
        """What a target such as `http://$pool/x` may be. Only the variables in front of the path are replaced."""
        if "$" not in written:
            return [Choice(written)]
        waiting = [Choice(written)]
        finished: list[Choice] = []
        # Each round replaces one variable; values may hold variables again, so the rounds are bounded.
        for _ in range(8):
            following: list[Choice] = []
            for choice in waiting:
                found = _first(choice.target)
                if found is None:
                    finished.append(choice)
                    continue
                values = self.values.get((found[1] or found[2]).lower())
                if not values or len(values) * len(waiting) > MOST_ALTERNATIVES:
                    finished.append(Choice(choice.target, choice.why, known=False))
                    continue
                head, tail = choice.target[: found.start()], choice.target[found.end() :]
                for value in values.values():
                    why = "; ".join(filter(None, (choice.why, value.why)))
                    following.append(Choice(head + value.text + tail, why))
            waiting = following
            if not waiting:
                break
        finished += [Choice(choice.target, choice.why, known=False) for choice in waiting]
        return list(dict.fromkeys(finished))


def _first(target: str) -> re.Match[str] | None:
    """The first variable in the scheme or address of a target, None when there is none."""
    found = _VARIABLE.search(target)
    if found is None or (found[1] or found[2]) in _PATH:
        return None
    scheme = target.find("://")
    path = target.find("/", scheme + 3 if scheme >= 0 else 0)
    if target.startswith("unix:", scheme + 3 if scheme >= 0 else 0):
        return found
    return None if 0 <= path < found.start() else found
