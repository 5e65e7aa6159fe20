"""What `poise alert list` shows. Pure."""

from dataclasses import dataclass

from poise.alerting.delivery import Delivery
from poise.alerting.held import Held
from poise.alerting.silence import Silence


@dataclass(frozen=True, slots=True)
class Listed:
    """An alert that fires. `told` are the receivers that heard of it; `silenced` and `acknowledged` say by whom.

    `watched`: whether its watch runs; None where that is not known. Of one that ended the alert is what it saw last.
    """

    watching: str
    held: Held
    silenced: str | None = None
    acknowledged: str | None = None
    told: tuple[str, ...] = ()
    watched: bool | None = None


@dataclass(frozen=True, slots=True)
class Overview:
    """What all watches that share the store have to say."""

    alerts: tuple[Listed, ...] = ()
    silences: tuple[Silence, ...] = ()
    deliveries: tuple[tuple[str, Delivery], ...] = ()
    unreadable: int = 0
