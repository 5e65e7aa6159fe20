"""Where a load balancer writes down its requests, and how a line is made."""

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from poise.model.light import dataclass
from poise.model.location import Location

Escape = Literal["default", "json", "none"]


@dataclass(frozen=True, slots=True)
class LogFormat:
    """How a line is written: `template` in the product's own words. `escape` is what nginx does to values. `location` None: built in."""

    name: str
    template: str
    escape: Escape = "default"
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class AccessLog:
    """One log. `target` is as written: a path, `syslog:server=…`, or empty for the one that nginx writes when none is named.

    `format` is None where the named one is declared nowhere. `options` are the words behind it (`buffer`, `flush`, `gzip`, `if`).
    """

    target: str
    format: LogFormat | None
    location: Location
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Logged:
    """Requests of one listener that are logged alike: each of them to all of `logs`, to none where that is empty (`access_log off`).

    `pools` are those that these requests may be passed to; `location` is where that is said, the listener's own place where nothing is.
    `asked_by` names the directive that makes these requests beside others, which are logged nowhere (nginx: auth_request, mirror).
    """

    listener: str
    logs: tuple[AccessLog, ...]
    pools: tuple[str, ...]
    location: Location
    asked_by: str = ""
