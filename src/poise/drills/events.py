"""What the director of a drill hears, and what it wants done."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Any, Literal

from poise.model.drill import Act, Change
from poise.model.fault import Layer
from poise.model.light import dataclass


@dataclass(frozen=True, slots=True)
class Second:
    """What clients felt in the second that ended `at`; the totals count since they began. `success` is None where no request ended; by
    `late` seconds the machine let the director wait for its turn."""

    at: datetime
    requests: float
    failures: float
    success: float | None = None
    p50_ms: float | None = None
    p99_ms: float | None = None
    late: float = 0.0


@dataclass(frozen=True, slots=True)
class Asked:
    """The trainee asks or says something: say, hint, status, check, act, abort, leave."""

    at: datetime
    command: str
    words: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Seen:
    """The stack was changed by somebody. `trap` names a forbidden shortcut that it is."""

    at: datetime
    layer: Layer | None
    component: str
    text: str
    trap: str | None = None


@dataclass(frozen=True, slots=True)
class Restarted:
    """The load balancer was started from its files; or was not, for this `reason`."""

    at: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Broke:
    """Something of the drill itself failed: never the trainee's fault."""

    at: datetime
    reason: str


Event = Second | Asked | Seen | Restarted | Broke


@dataclass(frozen=True, slots=True)
class Do:
    """Act on the stack."""

    acts: tuple[Act, ...]
    by: Literal["director", "trainee"] = "director"


@dataclass(frozen=True, slots=True)
class Tell:
    """The answer to what was asked; `code` as commands exit."""

    text: str
    code: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """Wake the trainee."""

    text: str


@dataclass(frozen=True, slots=True)
class Log:
    """A line of the change log."""

    change: Change


@dataclass(frozen=True, slots=True)
class Inspect:
    """Look at the stack now for what is forbidden."""


@dataclass(frozen=True, slots=True)
class Restart:
    """Start the load balancer from its files."""


@dataclass(frozen=True, slots=True)
class End:
    """The drill is over: end everything of it."""


Effect = Do | Tell | Page | Log | Inspect | Restart | End
