"""What every notifier is."""

from typing import Protocol

from poise.alerting.notification import Notification


class Notifier(Protocol):
    """One way to tell. Returns when the receiver has taken the message; raises NotifyError where it has not."""

    async def send(self, notification: Notification) -> None:
        """Send this group."""
