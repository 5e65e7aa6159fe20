"""What a proxy section says so far: HAProxy's built-in defaults, then the defaults section, then its own lines."""

from collections import ChainMap
from collections.abc import Mapping
from dataclasses import field, replace
from datetime import timedelta
from typing import TypeVar

from poise.balancers.haproxy.document import Line, Word
from poise.balancers.haproxy.lower.places import Spot
from poise.model.light import dataclass
from poise.model.location import Location
from poise.model.topology import Algorithm, Bind, Mode, Route

T = TypeVar("T")


@dataclass(slots=True)
class Keyword:
    """One keyword of a server or bind line with its value ("" for one that stands alone) and the words it came from."""

    name: str
    value: str
    file: str
    line: Line
    word: Word
    value_word: Word | None = None

    @property
    def location(self) -> Location:
        """Where its value stands, or the keyword itself if it has none."""
        word = self.value_word or self.word
        return self.line.span(self.file, word.start, word.end)


@dataclass(slots=True)
class Check:
    """How the servers of this proxy are checked when they have `check`."""

    kind: str = "tcp"
    method: str | None = None
    path: str | None = None
    expect: str | None = None
    location: Location | None = None
    scripted: bool = False


@dataclass(slots=True)
class Settings:
    """Mutable only while one section is read; `copy` gives the next section its own."""

    # The configuration manual, 4.2: mode is tcp where nothing says http, 3 retries, round robin.
    mode: Mode = "tcp"
    algorithm: Algorithm = Algorithm("roundrobin")
    hash_method: str | None = None
    hash_function: str | None = None
    hash_modifier: str | None = None
    hash_balance_factor: int | None = None
    timeouts: dict[str, timedelta] = field(default_factory=dict)
    retries: int = 3
    retry_on: tuple[str, ...] = ()
    redispatch: bool = False
    all_backups: bool = False
    check: Check = field(default_factory=Check)
    persistence: str | None = None
    persistence_location: Location | None = None
    fullconn: int | None = None
    http_reuse: str | None = None
    close_mode: str | None = None
    maxconn: int | None = None
    maxconn_location: Location | None = None
    stats: bool = False
    stats_uri: str | None = None
    stats_auth: bool = False
    stats_admin: bool = False
    stats_location: Location | None = None
    disabled: bool = False
    default_pool: Route | None = None
    # Never changed in place: sections that say no more about it share that of their defaults.
    default_server: Mapping[str, Keyword] = field(default_factory=dict)
    default_server_locations: list[Location] = field(default_factory=list)
    options: dict[str, str] = field(default_factory=dict)
    places: ChainMap[str, Spot] = field(default_factory=ChainMap)
    environment: Mapping[str, str] = field(default_factory=dict)
    # How many slots templates made so far, in the whole file: one list, shared by all sections.
    slots: list[int] = field(default_factory=list)
    # Lists of rules are shared with the section that they were inherited from until one of our own is added. Joined, they are shared too:
    # a thousand pools that inherit a thousand rules must not cost a million.
    rules: dict[str, list[str]] = field(default_factory=dict)
    own_rules: set[str] = field(default_factory=set)
    inherited_rules: Mapping[str, str] = field(default_factory=dict)
    joined: Mapping[str, str] | None = None
    acls: ChainMap[str, None] = field(default_factory=ChainMap)
    routes: list[Route] = field(default_factory=list)
    use_server: list[tuple[str, str]] = field(default_factory=list)
    binds: list[Bind] = field(default_factory=list)

    def described(self) -> dict[str, str]:
        """Every setting by keyword; rules of one keyword joined by line ends."""
        own = {name: "\n".join(lines) for name, lines in self.rules.items() if name in self.own_rules}
        return {**self.options, **self.inherited_rules, **own}

    def add_rule(self, name: str, text: str, spot: Spot) -> None:
        """Add one rule of that keyword; what other sections inherit with us stays as it is."""
        if name not in self.own_rules:
            self.own_rules.add(name)
            self.rules[name] = list(self.rules.get(name, ()))
        lines = self.rules[name]
        self.places.setdefault(name, spot)
        self.places[f"{name}.{len(lines)}"] = spot
        lines.append(text)

    def all_rules(self) -> Mapping[str, str]:
        """The rules as `described` joins them, worked out once. Only for a section that is complete."""
        if self.joined is None:
            own = {name: "\n".join(lines) for name, lines in self.rules.items() if name in self.own_rules}
            self.joined = {**self.inherited_rules, **own}
        return self.joined

    @property
    def size(self) -> int:
        """How many entries a copy takes, beside what every section has."""
        return len(self.options) + len(self.rules)

    def without_lines(self) -> "Settings":
        """A copy without the lines kept as written and where they stand: what they mean is kept."""
        return replace(
            self, options={}, places=ChainMap(), rules={}, own_rules=set(), inherited_rules={}, joined={}, acls=ChainMap()
        ).copy()

    def copy(self) -> "Settings":
        """An independent copy, for a section that begins with these settings."""
        return replace(
            self,
            timeouts=dict(self.timeouts),
            check=replace(self.check),
            default_server_locations=list(self.default_server_locations),
            options=dict(self.options),
            places=_below(self.places),
            own_rules=set(),
            joined=None,
            inherited_rules=self.all_rules(),
            rules=dict(self.rules),
            acls=_below(self.acls),
            routes=list(self.routes),
            use_server=list(self.use_server),
            binds=list(self.binds),
        )


def _below(inherited: "ChainMap[str, T]") -> "ChainMap[str, T]":
    """A mapping of its own that falls back on the inherited one, which is not copied but where sections inherit from very many others."""
    maps = inherited.maps if len(inherited.maps) < 50 else [dict(inherited)]
    return ChainMap({}, *maps)
