"""Settings in effect at a place: those of the blocks around it, where an inner block replaces all lines of a directive at once.

Source: nginx.org, e.g. proxy_set_header: "These directives are inherited from the previous configuration level if and only if there are no
proxy_set_header directives defined on the current level".
"""

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Any, NamedTuple

from poise.balancers.nginx.directives import forms_of
from poise.balancers.nginx.document import Directive
from poise.balancers.nginx.globs import is_glob
from poise.model.location import Location

_FAMILIES = frozenset(("proxy", "grpc", "fastcgi", "uwsgi", "scgi", "memcached", "resolver"))
_LIMITS = ("limit_req", "limit_req_dry_run", "limit_conn", "limit_conn_dry_run")
_ADDRESSES = ("allow", "deny")
_ALSO = frozenset(("set_real_ip_from", "real_ip_header", "real_ip_recursive", "health_check", *_LIMITS, *_ADDRESSES))
PASSES = frozenset(("proxy_pass", "grpc_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "memcached_pass"))
_ACCESS = frozenset(("auth_basic", "auth_request", "auth_jwt", "ssl_verify_client"))
# How many values one variable is followed to within one block.
MOST_ASSIGNED = 200
# Blocks nested deeper than this are not followed; nginx's own documentation never goes beyond four.
MOST_DEPTH = 100


@cache
def _is_setting(name: str) -> bool:
    """Whether routes are told of the directive. Names that nobody knows are left out: a file could hold any number of them."""
    return (name.partition("_")[0] in _FAMILIES or name in _ALSO) and name not in PASSES and bool(forms_of(name))


class Places(Mapping[str, Location]):
    """Where each option stands; worked out only for those that are asked for."""

    __slots__ = ("directives",)

    def __init__(self, directives: Mapping[str, Directive]) -> None:
        self.directives = directives

    def __getitem__(self, name: str) -> Location:
        return self.directives[name].value_location()

    def get(self, name: str, default: Any = None) -> Any:
        """As every mapping's. Theirs costs an exception for each name that is not there."""
        directive = self.directives.get(name)
        return default if directive is None else directive.value_location()

    def __contains__(self, name: object) -> bool:
        # Without it the place would be worked out.
        return name in self.directives

    def __iter__(self) -> Iterator[str]:
        return iter(self.directives)

    def __len__(self) -> int:
        return len(self.directives)

    def __repr__(self) -> str:
        return repr(dict(self))


class WordPlaces(Mapping[str, Location]):
    """Where each parameter of one line stands (`weight=5`: its 5), and its address (`Spots`); worked out only for those that are asked for.

    It keeps where the line stands, not what was read of it: a file may hold 100,000 servers.
    """

    __slots__ = ("end", "source", "start", "words")

    def __init__(self, directive: Directive) -> None:
        self.source, self.start, self.end = directive.source, directive.start, directive.end
        self.words = _words(directive.args[1:])[0]

    def __getitem__(self, name: str) -> Location:
        return parameter_place(self._line(), name)

    @property
    def weight(self) -> Location | None:
        """See Spots."""
        return self["weight"] if "weight" in self.words else None

    @property
    def address(self) -> Location:
        """See Spots."""
        return self._line().word(1)

    @property
    def maxconn(self) -> Location | None:
        """See Spots."""
        return self["max_conns"] if "max_conns" in self.words else None

    def _line(self) -> Directive:
        first, *others = (word.value for word in self.source.words(self.start, self.end))
        return Directive(self.source, first, tuple(others), self.start, self.end)

    def __iter__(self) -> Iterator[str]:
        return iter(self.words)

    def __len__(self) -> int:
        return len(self.words)

    def __repr__(self) -> str:
        return repr(dict(self))


@lru_cache(1024)
def _words(words: tuple[str, ...]) -> tuple[Mapping[str, int], Mapping[str, str]]:
    """Which word of a line each parameter is, and its value. Most servers have the same few: they share what is found."""
    values = {}
    for word in words:
        name, _, value = word.partition("=")
        values[name] = value
    return {word.partition("=")[0]: index for index, word in enumerate(words, 2)}, values


def parameter_place(directive: Directive, name: str) -> Location:
    """Where the value of a parameter of this line stands, the whole word where it has none. Raises KeyError where there is no such one."""
    index = _words(directive.args[1:])[0][name]
    return directive.within(index, len(name) + 1 if directive.args[index - 1].startswith(f"{name}=") else 0)


def parameters(directive: Directive) -> Mapping[str, str]:
    """The words behind the first argument of a line, `name=value` by name, "" for those that stand alone."""
    return _words(directive.args[1:])[1]


class Assigned(NamedTuple):
    """One value that `set` gives a variable, and under which `if` (empty: always)."""

    value: str
    condition: str


class Scope:
    """What is set at one level. `values` and `directives` hold the families that routes are told of, `access` what limits who may come.

    `assigned` holds what `set` gives variables at this level alone.
    """

    __slots__ = ("access", "assigned", "assigns", "directives", "outer", "places", "values")

    def __init__(
        self,
        values: Mapping[str, str],
        directives: Mapping[str, Directive],
        access: Mapping[str, list[str]],
        assigned: Mapping[str, tuple[Assigned, ...]],
        outer: "Scope | None" = None,
    ) -> None:
        self.values = values
        self.directives = directives
        self.places = Places(directives)
        self.access = access
        self.assigned = assigned
        self.outer = outer
        # Whether `set` gives any variable a value here or around.
        self.assigns: bool = bool(assigned) or (outer is not None and outer.assigns)

    def inside(self, body: list[Directive]) -> "Scope":
        """The scope of a block with these directives inside this one."""
        own: dict[str, list[Directive]] = {}
        access: dict[str, list[str]] = {}
        assigned: dict[str, tuple[Assigned, ...]] = {}
        for at, directive in enumerate(body, 1):
            name = directive.name
            if directive.body is not None:
                if name == "if":
                    _assign_in_if(assigned, directive)
            elif name == "include":
                # What it brings stands behind it; one without a pattern that brings nothing was not there.
                if not is_glob(directive.value) and all(behind.source is directive.source for behind in body[at : at + 1]):
                    own.setdefault(name, []).append(directive)
            elif _is_setting(name):
                own.setdefault(name, []).append(directive)
                if name in _ADDRESSES:
                    # allow and deny are one list to nginx, in the order of their lines.
                    access.setdefault("access", []).append(f"{name} {directive.value}")
            elif name == "set" and len(directive.args) == 2:
                assigned[directive.args[0].removeprefix("$").lower()] = (Assigned(directive.args[1], ""),)
            elif name in _ACCESS:
                access.setdefault(name, []).append(directive.value)
        if not own and not access and not assigned:
            return self
        values = {name: _joined(lines) for name, lines in own.items()}
        outer = self.values
        if "access" in access:
            outer = {name: value for name, value in outer.items() if name not in _ADDRESSES}
        return Scope(
            {**outer, **values} if own else outer,
            _placed(self.directives, own) if own else self.directives,
            {**self.access, **access} if access else self.access,
            assigned,
            self,
        )

    def values_of(self, variable: str) -> list[Assigned]:
        """What `set` may have given the variable here: this level's values, and the outer ones' where none of these is sure."""
        found: list[Assigned] = []
        scope: Scope | None = self
        for _ in range(MOST_DEPTH):
            if scope is None:
                break
            here = scope.assigned.get(variable, ())
            found += here
            if any(not each.condition for each in here):
                break
            scope = scope.outer
        return found


def _joined(lines: list[Directive]) -> str:
    return lines[0].value if len(lines) == 1 else "\n".join([line.value for line in lines])


def _placed(outer: Mapping[str, Directive], own: Mapping[str, list[Directive]]) -> Mapping[str, Directive]:
    """The first directive of each name; of headers that are set, and of senders that are believed, also each by its own name,
    `proxy_set_header connection`."""
    found = dict(outer)
    for name, lines in own.items():
        found[name] = lines[0]
        if name.endswith("_set_header") or name == "set_real_ip_from":
            for stale in [key for key in outer if key.startswith(f"{name} ")] if name in outer else ():
                del found[stale]
            found.update((f"{name} {line.args[0].lower()}", line) for line in lines if line.args)
    return found


def _assign_in_if(assigned: dict[str, tuple[Assigned, ...]], block: Directive) -> None:
    for line in block.body or []:
        if line.name == "set" and line.body is None and len(line.args) == 2:
            name = line.args[0].removeprefix("$").lower()
            assigned[name] = (*assigned.get(name, ())[-MOST_ASSIGNED:], Assigned(line.args[1], f"if {block.value}"))


EMPTY = Scope({}, {}, {}, {})


def options_of(body: list[Directive], skip: frozenset[str] = frozenset()) -> tuple[dict[str, str], Places]:
    """The directives of one block by name, repeated ones joined by line ends, and where each stands. Blocks are left out."""
    found: dict[str, list[Directive]] = {}
    for directive in body:
        if directive.body is None and directive.name not in skip:
            found.setdefault(directive.name, []).append(directive)
    return {name: _joined(lines) for name, lines in found.items()}, Places({name: each[0] for name, each in found.items()})
