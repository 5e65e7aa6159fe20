"""What variables may hold: `map`, `geo`, `split_clients`, and `set` where it counts, as far as the file says it."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from poise.balancers.nginx.document import Directive
from poise.balancers.nginx.lower.defined import assigns
from poise.balancers.nginx.lower.scope import Scope
from poise.model.light import dataclass
from poise.model.regexp import regexp

_VARIABLE = regexp(r"\$(?:\{(\w+)\}|(\w+))")
# Variables that begin the path of a request: what stands in front of them is the whole address.
_PATH = frozenset(("request_uri", "uri", "document_uri", "is_args", "args", "query_string"))
_GEO_WORDS = frozenset(("delete", "proxy", "proxy_recursive", "ranges", "include"))
_DEFINING = frozenset(("map", "geo", "split_clients", "set"))
# So many entries that lead to one value are told.
MOST_KEYS = 10
# Alternatives of one target; a longer list is as good as not known.
MOST_ALTERNATIVES = 1000


@dataclass(frozen=True, slots=True)
class Choice:
    """A target with its variables replaced; `why` says by what (`map $host $pool: example.org`). `known` False: some could not be."""

    target: str
    why: str = ""
    known: bool = True


@dataclass(frozen=True, slots=True)
class _Value:
    """A value with what leads to it: `head` such as `map $host $pool`, and the first entries of it that do."""

    text: str
    head: str
    keys: list[str]

    @property
    def why(self) -> str:
        """What leads to the value, for a route's condition."""
        more = ", …" if len(self.keys) == MOST_KEYS else ""
        return f"{self.head}: {', '.join(self.keys)}{more}" if self.keys else self.head


@lru_cache(maxsize=1024)
def _defines(name: str) -> bool:
    return name in _DEFINING or assigns(name)


def _entries(block: Directive) -> tuple[str, str, Iterator[tuple[str, str]]] | None:
    """The variable that a block defines, the block's header, and its entries as key and value; None for other directives."""
    args = block.args
    if block.body is None or not args or (block.name in ("map", "split_clients") and len(args) != 2):
        return None
    skipped = {"map": ("include",), "geo": _GEO_WORDS, "split_clients": ()}.get(block.name)
    if skipped is None:
        return None
    pairs = ((entry.name, entry.args[0]) for entry in block.body if len(entry.args) == 1 and entry.name not in skipped)
    return args[-1], f"{block.name} {block.value}", pairs


class Variables:
    """The variables that one http or stream block defines for all of it. Names are without `$`, in lower case as nginx keeps them."""

    def __init__(self) -> None:
        self.values: dict[str, dict[str, _Value]] = {}
        self.found: dict[str, list[Choice]] = {}
        # The directives that define variables, `set` and scripts among them.
        self.defining: list[Directive] = []

    def learn(self, directives: Iterable[Directive]) -> None:
        """Take what these directives define; values that repeat are kept once, with the first entries that lead to them."""
        for directive in directives:
            if _defines(directive.name):
                self.defining.append(directive)
            found = _entries(directive) if directive.body is not None else None
            if found is None:
                continue
            variable, head, pairs = found
            values = self.values.setdefault(variable.removeprefix("$").lower(), {})
            for key, value in pairs:
                keys = values.setdefault(value, _Value(value, head, [])).keys
                if len(keys) < MOST_KEYS:
                    keys.append(key)

    def _of(self, name: str, scope: Scope) -> list[_Value]:
        """The values of one variable at a place."""
        assigned = scope.values_of(name)
        if assigned:
            return [_Value(each.value, each.condition, []) for each in assigned]
        return list(self.values.get(name, {}).values())

    def choices(self, written: str, scope: Scope) -> list[Choice]:
        """What a target such as `http://$pool/x` may be at a place. Only the variables in front of the path are replaced."""
        if "$" not in written:
            return [Choice(written)]
        if scope.assigns:
            return self._choices(written, scope)
        # Nothing here depends on the place, and configurations repeat such targets in many locations.
        if written not in self.found:
            self.found[written] = self._choices(written, scope)
        return self.found[written]

    def _choices(self, written: str, scope: Scope) -> list[Choice]:
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
                values = self._of((found[1] or found[2]).lower(), scope)
                if not values or len(values) * len(waiting) > MOST_ALTERNATIVES:
                    finished.append(Choice(choice.target, choice.why, known=False))
                    continue
                head, tail = choice.target[: found.start()], choice.target[found.end() :]
                for value in values:
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
