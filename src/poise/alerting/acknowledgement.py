"""An acknowledgement: somebody has an alert in hand, and need not be told again. Pure."""

from dataclasses import dataclass
from datetime import datetime

from poise.alerting.held import Held
from poise.alerting.level import Level


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """`alert_id` is an Identity's id. It ends with the alert; `level` None is that of the alert when the watch hears of it."""

    alert_id: str
    who: str
    at: datetime
    note: str = ""
    level: Level | None = None

    def holds(self, held: Held) -> bool:
        """Is it still about this alert? One that fired again later, or got worse, speaks again."""
        fired = held.alert.fired
        return (self.level is None or held.level <= self.level) and (fired is None or self.at >= fired)
