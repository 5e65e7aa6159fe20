"""The notifier of a receiver."""

from collections.abc import Callable, Mapping
from pathlib import Path

from poise.model.receiver import Receiver, ReceiverKind
from poise.notifiers.alertmanager import Alertmanager
from poise.notifiers.apprise_service import AppriseService
from poise.notifiers.mail import Mail
from poise.notifiers.notifier import Notifier
from poise.notifiers.webhook import Webhook

HERE = Path()
NOTIFIERS: Mapping[ReceiverKind, Callable[[Receiver, Path], Notifier]] = {
    "apprise": AppriseService,
    "webhook": Webhook,
    "email": Mail,
    "alertmanager": Alertmanager,
}


def build(receiver: Receiver, base: Path = HERE) -> Notifier:
    """Files that are named without their folder are in `base`."""
    return NOTIFIERS[receiver.kind](receiver, base)
