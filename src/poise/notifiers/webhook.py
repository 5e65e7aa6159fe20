"""A webhook: the notification as JSON (`poise schema notification`), posted to a URL."""

import base64
import json
from pathlib import Path

from poise.alerting.notification import Notification
from poise.model.receiver import Receiver
from poise.notifiers.http_post import judged, post, target_of
from poise.notifiers.notify_error import NotifyError
from poise.notifiers.secret import read_secret, scrubbed
from poise.report.notification_json import notification_document
from poise.report.printable import one_line


class Webhook:
    """`Idempotency-Key` is the notification's id: a receiver that gets one twice can drop the second."""

    def __init__(self, receiver: Receiver, base: Path) -> None:
        self._receiver, self._base = receiver, base

    def __repr__(self) -> str:
        return f"Webhook({self._receiver.name!r})"

    async def send(self, notification: Notification) -> None:
        """Post it; any 2xx says that it was taken."""
        body = json.dumps(notification_document(notification), ensure_ascii=True, allow_nan=False).encode()
        await posted(self._receiver, self._base, "", body, {"Idempotency-Key": notification.id})


async def posted(receiver: Receiver, base: Path, path: str, body: bytes, headers: dict[str, str]) -> None:
    """Post to the receiver's URL, with its password or token. Raises NotifyError without them."""
    url = receiver.url if receiver.url_from is None else read_secret(receiver.url_from, base)
    password = None if receiver.password_from is None else read_secret(receiver.password_from, base)
    token = None if receiver.token_from is None else read_secret(receiver.token_from, base)
    target = target_of((url or "").rstrip("/") + path if path else url or "")
    if token is not None:
        headers["Authorization"] = f"Bearer {_ascii(token)}"
    elif password is not None:
        headers["Authorization"] = "Basic " + base64.b64encode(f"{receiver.user or ''}:{password}".encode()).decode()
    ca_file = None if receiver.ca_file is None else base / receiver.ca_file
    status, answer = await post(target, body, headers, ca_file)
    hidden = (password, token, headers.get("Authorization"), target.path if receiver.url_from is not None else None)
    judged(target, status, one_line(scrubbed(answer[:300], *hidden)))


def _ascii(token: str) -> str:
    if not token.isascii() or not token.isprintable():
        raise NotifyError("its token holds signs that no HTTP header may hold", permanent=True)
    return token
