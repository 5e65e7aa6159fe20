"""A drill: a real stack that something real is done to, what the trainee is told of it, and what counts as a way out."""

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Literal

from poise.model.fault import Layer
from poise.model.light import dataclass

# What can be done to a running stack. `settings` writes the load balancer's file, `reload` makes it take it, `rate` is of the clients,
# `app` tells an application server, `statement` makes each write take so many ms longer, `edit` replaces text of the load balancer's file,
# `admin` is a line on its socket, `sql` a statement, `restart` is of a part of the stack, `choke` stops the clients' program, `probe` asks
# as a monitor with too little patience does, `move` takes the applications to another address.
ActKind = Literal["settings", "reload", "rate", "app", "statement", "edit", "admin", "sql", "restart", "choke", "wait", "probe", "move"]
Quality = Literal["none", "workaround", "runtime only", "durable"]
Measure = Literal["top-share", "database-ms", "bypass-ms", "failing-share", "attempts", "listener-full", "down"]


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that is done. `target` is a server's name, a pattern to replace, a part of the stack; `values` what the kind needs."""

    kind: ActKind
    target: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A way somebody may take: a fix, a shortcut, a wrong turn. `undo` restores what a reload of the first file does not."""

    name: str
    acts: tuple[Act, ...]
    undo: tuple[Act, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """A line of the change log. `seconds` before the stack is shown, or after the page where it is `later`."""

    seconds: float
    component: str
    text: str
    later: bool = False


@dataclass(frozen=True, slots=True)
class Clue:
    """Something that was there to be seen. `command` shows it in the trainee's folder; whoever typed one of `signs` looked at it.

    `measure` is the figure that it shows, between `low` and `high` here and elsewhere in the drills that look alike.
    """

    name: str
    what: str
    command: str
    signs: tuple[str, ...]
    measure: Measure
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What is true. A hypothesis is right when it names one of `layers` and, of the mechanism, one of `words`. `fault` is its name in
    poise.faults; `said` tells it in a sentence."""

    layers: tuple[Layer, ...]
    component: str
    fault: str
    words: tuple[str, ...]
    said: str


@dataclass(frozen=True, slots=True)
class Tier:
    """The stack of a drill in health. `rate` requests/s, `settings` of the load balancer in the lab's words, `hot` a server's index,
    `resolved` whether the load balancer finds the servers by a name."""

    product: str
    pool: str
    servers: tuple[str, ...]
    slots: int
    queue: int
    service_ms: float
    rate: float
    hot: int
    resolved: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def capacity(self) -> float:
        """Requests per second that all servers together complete."""
        return len(self.servers) * self.slots * 1000.0 / self.service_ms

    def survives(self, servers: int) -> bool:
        """Whether so many servers carry the load when one of them is lost."""
        return (servers - 1) * self.slots * 1000.0 / self.service_ms >= self.rate


@dataclass(frozen=True, slots=True)
class Course:
    """One drill as a seed made it.

    `prepare` is done before anybody looks, at a quiet load; `inject` begins the harm. `band` holds the clients' success (0–1) under it.
    `spoilers` are words that nothing the trainee reads may hold. `fixes` end the drill; `shortcuts` and `wrong_turns` must not.
    `touch` False says that the right answer is to change nothing. `again` is done once more after the restart of a check, where the
    trigger comes back by itself; clients are measured `settle` seconds later. `linger` seconds after a repair clients may still get answers
    of what was repaired.
    """

    drill: str
    seed: int
    tier: Tier
    page: str
    changes: tuple[Change, ...]
    prepare: tuple[Act, ...]
    inject: tuple[Act, ...]
    band: tuple[float, float]
    answer: Answer
    clues: tuple[Clue, ...]
    hints: tuple[str, ...]
    fixes: tuple[Attempt, ...]
    shortcuts: tuple[Attempt, ...]
    wrong_turns: tuple[Attempt, ...]
    spoilers: tuple[str, ...] = ()
    touch: bool = True
    again: tuple[Act, ...] = ()
    settle: float = 0.0
    linger: float = 0.0
