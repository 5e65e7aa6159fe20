"""What the pages of incidents ask of the application."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class IncidentPart:
    """An incident as its page shows it: `body` is HTML of our own making, all else texts of others."""

    id: str
    title: str
    status: str
    postmortem: str
    body: str
    hypotheses: tuple[tuple[str, str], ...]
    """Id and words of those that are pursued."""


@dataclass(frozen=True, slots=True)
class LibraryPart:
    """All incidents, and what a search found: id, instant and words of each line."""

    body: str
    hits: tuple[tuple[str, str, str], ...]


class IncidentDesk(Protocol):
    """All raise RefusedError with a word that helps."""

    async def library(self, words: str) -> LibraryPart:
        """The library; with words also the newest lines that say all of them."""

    async def one(self, incident: str) -> IncidentPart:
        """One incident; its id may be a beginning, or "last"."""

    async def postmortem(self, incident: str) -> tuple[str, str]:
        """Its title, and the draft as HTML of our own making."""

    async def open(self, who: str, title: str) -> str:
        """Opens an incident; its id."""

    async def act(self, incident: str, act: str, who: str, said: Mapping[str, str]) -> None:
        """Somebody does something in it: one of ACTS, with the fields of its form. Kept when this returns."""


ACTS = ("say", "decide", "hypothesis", "rule-out", "confirm", "action", "time", "postmortem")
"""What a person does on an incident's page."""
