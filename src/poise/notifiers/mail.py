"""E-mail over SMTP, encrypted before the password is said."""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import format_datetime
from functools import partial
from pathlib import Path

from poise.alerting.identity import digest
from poise.alerting.notification import Notification
from poise.model.receiver import Receiver, Smtp
from poise.notifiers.daemon_thread import in_daemon_thread
from poise.notifiers.http_post import context_of
from poise.notifiers.notify_error import NotifyError
from poise.notifiers.secret import read_secret, scrubbed
from poise.report.notification_text import notification_text
from poise.report.printable import one_line

EACH_STEP_SECONDS = 10.0
WHOLE_SECONDS = 30.0


class Mail:
    """One message to all addresses. Its Message-ID is the notification's: mail systems drop the second of the same."""

    def __init__(self, receiver: Receiver, base: Path) -> None:
        if receiver.smtp is None:
            raise ValueError("a receiver of kind email has its smtp")
        self._receiver, self._base, self._smtp = receiver, base, receiver.smtp

    def __repr__(self) -> str:
        return f"Mail({self._receiver.name!r})"

    async def send(self, notification: Notification) -> None:
        """Hand it to the mail server."""
        password = None if self._receiver.password_from is None else read_secret(self._receiver.password_from, self._base)
        ca_file = None if self._receiver.ca_file is None else self._base / self._receiver.ca_file
        context = None if self._smtp.encryption == "none" else context_of(ca_file)
        letter = _letter(notification, self._smtp)
        call = partial(_deliver, self._smtp, letter, self._receiver.user, password, context)
        try:
            refused = await in_daemon_thread(call, WHOLE_SECONDS)
        except NotifyError:
            raise
        except smtplib.SMTPResponseException as error:
            said = one_line(scrubbed(_text(error.smtp_error), password))[:300]
            raise NotifyError(f"{self._smtp.server} answered {error.smtp_code} {said}", permanent=error.smtp_code >= 500) from None
        except smtplib.SMTPRecipientsRefused as error:
            codes = {code for code, _ in error.recipients.values()}
            raise NotifyError(f"{self._smtp.server} takes mail for none of the addresses", permanent=min(codes) >= 500) from None
        except smtplib.SMTPNotSupportedError:
            raise NotifyError(
                f'{self._smtp.server} offers no way to log in, or no encryption: is it the right port? tls = "tls" is for 465',
                permanent=True,
            ) from None
        except TimeoutError:
            raise NotifyError(f"{self._smtp.server} did not answer in time") from None
        except ssl.SSLCertVerificationError as error:
            why = f"the certificate of {self._smtp.server} is not accepted: {error.verify_message}"
            raise NotifyError(f"{why}; name its authority with ca_file") from None
        except (OSError, smtplib.SMTPException) as error:
            why = error.strerror if isinstance(error, OSError) and error.strerror else "it closed the connection"
            raise NotifyError(f"{self._smtp.server}: {one_line(scrubbed(str(why), password))}") from None
        if refused:
            raise NotifyError(
                f"{self._smtp.server} refused {', '.join(map(one_line, refused))}; the other addresses got it", permanent=True
            )


def _deliver(smtp: Smtp, letter: EmailMessage, user: str | None, password: str | None, context: ssl.SSLContext | None) -> tuple[str, ...]:
    """The addresses that were refused while others were taken. Blocks."""
    host, _, port = smtp.server.rpartition(":")
    host = host.strip("[]")
    if smtp.encryption == "tls":
        client: smtplib.SMTP = smtplib.SMTP_SSL(host, int(port), timeout=EACH_STEP_SECONDS, context=context)
    else:
        client = smtplib.SMTP(host, int(port), timeout=EACH_STEP_SECONDS)
    try:
        if smtp.encryption == "starttls":
            client.ehlo()
            if not client.has_extn("starttls"):
                raise NotifyError(
                    f'{smtp.server} offers no STARTTLS, so nothing was sent; tls = "tls" is for port 465, "none" for one on this machine',
                    permanent=True,
                )
            client.starttls(context=context)
        if password is not None:
            client.login(user or "", password)
        refused = client.send_message(letter, smtp.sender, smtp.to)
        return tuple(refused)
    finally:
        # Whatever the server says at the end, it has taken the message or not.
        client.close()


def _letter(notification: Notification, smtp: Smtp) -> EmailMessage:
    said = notification_text(notification)
    letter = EmailMessage()
    domain = smtp.sender.rpartition("@")[2] or "poise.invalid"
    letter["Subject"] = said.title[:200]
    letter["From"], letter["To"] = smtp.sender, ", ".join(smtp.to)
    letter["Date"] = format_datetime(notification.at)
    letter["Message-ID"] = f"<{notification.id}@{domain}>"
    # All messages of a group are one conversation.
    letter["References"] = f"<{digest(notification.receiver, str(notification.group))[:20]}@{domain}>"
    # RFC 3834: out-of-office notes do not answer it.
    letter["Auto-Submitted"] = "auto-generated"
    if notification.pages:
        letter["Importance"] = "high"
    letter.set_content(said.text)
    return letter


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
