"""Secrets: read from where a Reference says, and taken out of every text that others wrote."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from poise.model.receiver import Receiver, Reference
from poise.notifiers.notify_error import NotifyError

HERE = Path()
MOST_BYTES = 64 * 1024
# Parts of a URL that are worth hiding: shorter ones are words such as "api" or "v1", and hide nothing.
SHORTEST = 4
_PARTS = re.compile(r"[\s/:@?&=#,;+]+")


def read_secret(reference: Reference, base: Path) -> str:
    """The secret, without white space around it. `base` is the folder that relative files are in. Raises NotifyError.

    What is missing may come yet (a mount, a vault): it is no permanent error.
    """
    if reference.kind == "env":
        value = os.environ.get(reference.name, "").strip()
        if not value:
            raise NotifyError(f"the environment has no variable {reference.name}, or an empty one: set it where poise is started")
        return value
    path = base / reference.name
    try:
        with path.open("rb") as file:
            value = file.read(MOST_BYTES).decode("utf-8", "surrogateescape").strip()
    except OSError as error:
        raise NotifyError(f"{path}: {error.strerror or 'it cannot be read'}: put the secret there, readable for poise alone") from None
    if not value or "\n" in value or "\x00" in value or any("\ud800" <= sign <= "\udfff" for sign in value):
        raise NotifyError(f"{path}: it must hold the secret alone, on one line")
    return value


def unreadable(receiver: Receiver, base: Path = HERE) -> Iterator[str]:
    """What will keep its secrets from being used, or from being secret."""
    for reference in (receiver.url_from, receiver.password_from, receiver.token_from):
        if reference is None:
            continue
        try:
            read_secret(reference, base)
        except NotifyError as error:
            yield str(error)
            continue
        if reference.kind == "file" and (base / reference.name).stat().st_mode & 0o007:
            yield f"every account of this machine can read {base / reference.name}: chmod o= {base / reference.name}"


def scrubbed(text: str, *secrets: str | None) -> str:
    """The text without these secrets and without the parts of them, for libraries repeat a URL in pieces. Hides too much rather than too
    little."""
    parts = {part for secret in secrets if secret for part in (secret, *_PARTS.split(secret)) if len(part) >= SHORTEST}
    for part in sorted(parts, key=len, reverse=True):
        text = text.replace(part, "***")
    return text
