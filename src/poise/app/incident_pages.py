"""The pages of incidents: one incident with what is similar, all of them, and what they teach."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

from poise.app import incident as app
from poise.incidents.similar import Similar, similar
from poise.model.incident import Incident
from poise.model.sample import Window

DigestForm = Literal["markdown", "html"]
# Of more the newest are compared: older ones seldom tell more, and each is folded from its log.
MOST_COMPARED = 200


def alike(store: Path, incident: Incident) -> tuple[Similar, ...]:
    """What is similar to it in the store; nothing where the store cannot be read."""
    if not store.exists():
        return ()
    return similar(incident, newest(store))


def newest(store: Path, most: int = MOST_COMPARED) -> tuple[Incident, ...]:
    """So many incidents, the one opened last first."""
    return tuple(app.one(store, each.id) for each in app.summaries(store, most))


def page(incident: Incident, window: Window | None, now: datetime, others: Sequence[Similar]) -> str:
    """The incident's page as one file."""
    from poise.report.incident_view import incident_view  # noqa: PLC0415

    return incident_view(incident, window, now, others)


def library(store: Path, now: datetime) -> str:
    """The library as one file."""
    from poise.report.incident_library import library_page  # noqa: PLC0415

    return library_page(app.every(store), now)


def digest(store: Path, form: DigestForm, now: datetime, since: datetime | None) -> str:
    """What the incidents since then teach."""
    from poise.incidents.digest import digest as made  # noqa: PLC0415

    text = made(app.every(store), now, since)
    if form == "markdown":
        return text
    from poise.report.incident_library import digest_page  # noqa: PLC0415

    return digest_page(text)
