"""What was seen of one load balancer at an instant: what the pages are made of. Pure."""

from dataclasses import dataclass

from poise.model.alert import Alert
from poise.model.could_not import CouldNot
from poise.model.sample import Window


@dataclass(frozen=True, slots=True)
class Look:
    """`alerts` are those that lived then, resolved ones too; the window's events tell the rest of the last hour."""

    load_balancer: str
    window: Window
    alerts: tuple[Alert, ...] = ()
    could_not: tuple[CouldNot, ...] = ()
