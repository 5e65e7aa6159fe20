"""The services that Apprise speaks to, each by its URL. The library is imported when it is used first: it takes half a second."""

import logging
import re
from contextvars import ContextVar
from functools import partial
from pathlib import Path

from poise.alerting.notification import Notification
from poise.model.receiver import Receiver, Reference
from poise.notifiers.daemon_thread import in_daemon_thread
from poise.notifiers.http_post import TEMPORARY
from poise.notifiers.notify_error import NotifyError
from poise.notifiers.secret import read_secret, scrubbed
from poise.report.notification_text import MessageText, notification_text
from poise.report.printable import one_line

# A service may need several requests, each with Apprise's own time limits of a few seconds.
WHOLE_SECONDS = 30.0
# These write URLs, tokens included, into logs.
TALKATIVE = ("apprise", "urllib3", "requests", "requests_oauthlib", "oauthlib")
_STATUS = re.compile(r"error=(\d{3})")


class AppriseService:
    """One service. Its URL holds the service's token: it is only ever read from where the receiver says."""

    def __init__(self, receiver: Receiver, base: Path) -> None:
        if receiver.url_from is None:
            raise ValueError("a receiver of kind apprise has url_from")
        self._receiver, self._base = receiver, base
        self._url_from: Reference = receiver.url_from

    def __repr__(self) -> str:
        return f"AppriseService({self._receiver.name!r})"

    async def send(self, notification: Notification) -> None:
        """Hand it to the service."""
        url = read_secret(self._url_from, self._base)
        kind = "failure" if notification.pages else "warning" if notification.firing else "success" if notification.resolved else "info"
        try:
            await in_daemon_thread(partial(_notify, url, notification_text(notification), kind), WHOLE_SECONDS)
        except TimeoutError:
            raise NotifyError(f"the service did not answer within {WHOLE_SECONDS:.0f} s") from None


class _Heard(logging.Handler):
    """Keeps what the library says in this context, for the reason why it failed: what it says of another receiver at the same time would
    be taken for this one's status, and holds a URL that is not known here. The library hands the context to the threads that it uses."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if _HEARD.get() is self:
            self.lines.append(record.getMessage())


_HEARD: ContextVar[_Heard | None] = ContextVar("poise_apprise_heard", default=None)


def _notify(url: str, said: MessageText, kind: str) -> None:
    """Blocks. Raises NotifyError."""
    for name in TALKATIVE:
        logger = logging.getLogger(name)
        logger.propagate = False
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
    try:
        import apprise  # noqa: PLC0415 - see the module
    except ImportError:
        raise NotifyError("Apprise is not installed here: pip install 'poise[apprise]'", permanent=True) from None
    heard = _Heard()
    logger = logging.getLogger("apprise")
    logger.addHandler(heard)
    _HEARD.set(heard)
    try:
        services = apprise.Apprise()
        known = services.add(url)
        if not known or len(services) != 1:
            raise NotifyError(
                "its URL is none of one service that Apprise knows; see https://github.com/caronc/apprise/wiki", permanent=True
            )
        # The title is the text's first line already.
        done = services.notify(body=said.text, notify_type=kind, body_format=apprise.NotifyFormat.TEXT)
    except (TypeError, ValueError) as error:
        raise NotifyError(f"Apprise could not use its URL: {type(error).__name__}", permanent=True) from None
    except OSError as error:
        # No file descriptor or no memory is left now: that passes, and the message must not be lost for it.
        raise NotifyError(f"Apprise: {error.strerror or type(error).__name__}") from None
    finally:
        logger.removeHandler(heard)
    if not done:
        raise _failure(url, heard.lines)


def _failure(url: str, lines: list[str]) -> NotifyError:
    said = one_line(scrubbed(" ".join(lines[-3:]), url))[:300] or "the service did not take it"
    status = _STATUS.search(" ".join(lines))
    code = int(status[1]) if status else 0
    return NotifyError(f"Apprise: {said}", permanent=400 <= code < 500 and code not in TEMPORARY)
