"""Who is told of an alert, and how: a `[receiver.NAME]` table of poise.toml. It names its secrets and never holds one."""

from dataclasses import field
from datetime import timedelta
from typing import Literal

from poise.model.finding import Severity
from poise.model.light import dataclass
from poise.model.matcher import Matcher, MatchField

ReceiverKind = Literal["apprise", "webhook", "email", "alertmanager"]
Encryption = Literal["starttls", "tls", "none"]
# A load balancer and a pool fail as one: what is wrong in a pool is one message, not one for each server.
GROUP_BY: tuple[MatchField, ...] = ("load_balancer", "pool")


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a secret is: a file, or a variable of the environment. It is read when it is used, so a new one counts at once."""

    kind: Literal["file", "env"]
    name: str


@dataclass(frozen=True, slots=True)
class Timing:
    """When a group speaks, in Alertmanager's words: `group_wait` before its first message, `group_interval` before news of it,
    `repeat_interval` before the same again. The first page of a group does not wait."""

    group_wait: timedelta = timedelta(seconds=30)
    group_interval: timedelta = timedelta(minutes=5)
    repeat_interval: timedelta = timedelta(hours=4)


# Alertmanager groups and repeats by itself, and takes an alert for resolved that it has not heard of for a while, as Prometheus' own are.
TO_ALERTMANAGER = Timing(timedelta(0), timedelta(seconds=5), timedelta(minutes=1))


@dataclass(frozen=True, slots=True)
class Smtp:
    """How e-mail leaves. `server` is host:port; without `encryption` nothing hides the words or the password."""

    server: str
    sender: str
    to: tuple[str, ...]
    encryption: Encryption = "starttls"


@dataclass(frozen=True, slots=True)
class Receiver:
    """One receiver. `url` is one without a secret; `url_from` names where one with a secret is. `severity` is the least that it is told,
    `pages_only` leaves out all that need not wake a person."""

    name: str
    kind: ReceiverKind
    url: str | None = None
    url_from: Reference | None = None
    user: str | None = None
    password_from: Reference | None = None
    token_from: Reference | None = None
    smtp: Smtp | None = None
    ca_file: str | None = None
    severity: Severity = "warning"
    pages_only: bool = True
    match: tuple[Matcher, ...] = ()
    send_resolved: bool = True
    group_by: tuple[MatchField, ...] = GROUP_BY
    timing: Timing = field(default_factory=Timing)

    @property
    def is_person(self) -> bool:
        """Are its messages read by people? Alertmanager keeps alerts of its own: an acknowledgement must not let them run out there."""
        return self.kind != "alertmanager"
