"""What the pages ask of the application: the one door between the web and everything that knows or does something."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from poise.report.dashboard.views import Board, HeatStrip
from poise.web.incident_desk import IncidentDesk


class RefusedError(Exception):
    """What was asked cannot be done; the message says why and what to do. Shown as text, with `status` (HTTP)."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Asked:
    """What if: of one pool, weights by server, servers lost, and the peak times so much. Names are checked by the desk."""

    load_balancer: str
    pool: str
    weights: Mapping[str, int]
    lost: tuple[str, ...]
    surge: float = 1.0


class Desk(Protocol):
    """Live where `at` is None; else the history as it stood at that instant. All raise RefusedError with a word that helps."""

    @property
    def incidents(self) -> IncidentDesk:
        """Who knows of incidents."""

    @property
    def turn(self) -> int:
        """Rises with every look, so that who waits for news need not compare boards."""

    async def news(self, turn: int) -> int:
        """Waits until there is a later turn than this one; gives it."""

    async def board(self, at: datetime | None = None) -> Board:
        """The first page. The same object while nothing was looked at."""

    async def newest(self) -> tuple[int, Board]:
        """The newest turn and its board, for who waited for news. `board` may be a moment older: nobody who opens a page waits."""

    async def heat(self, load_balancer: str, pool: str, at: datetime | None = None, minutes: int = 20) -> HeatStrip:
        """The heat strip of a pool up to that instant."""

    async def series(self, load_balancer: str, component: str, metric: str, at: datetime | None, minutes: int) -> list[tuple[float, float]]:
        """Epoch seconds and values of one series; counters as rates a second."""

    async def diagnosis(self, at: datetime | None = None) -> Mapping[str, Any]:
        """As the contract's diagnose JSON."""

    async def review(self) -> Mapping[str, Any]:
        """The last review: findings, and the forecast of each loss, as the contract's audit and predict JSON under those two keys."""

    async def what_if(self, asked: Asked) -> Mapping[str, Any]:
        """The forecast before and after, as the contract's predict JSON under `before` and `after`."""

    async def acknowledge(self, key: str, who: str, why: str) -> str:
        """Somebody has an alert in hand; gives the words that were kept."""

    async def silence(self, key: str, who: str, why: str, minutes: int) -> str:
        """Nobody is woken by this alert for so long; gives the words that were kept."""

    async def told_by_alertmanager(self, message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Alerts from elsewhere open incidents or join them; gives what became of those that belong together."""
