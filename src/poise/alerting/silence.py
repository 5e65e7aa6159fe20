"""Silences: who wants not to be told of what, why, from when until when. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from poise.model.matcher import Matcher, all_match


@dataclass(frozen=True, slots=True)
class Silence:
    """It begins and it ends: one without an end outlives its reason. All matchers must hold; one without matchers would silence all."""

    id: str
    author: str
    comment: str
    matchers: tuple[Matcher, ...]
    starts: datetime
    ends: datetime

    def __post_init__(self) -> None:
        for wrong, why in (
            (not self.author.strip(), "names no author"),
            (not self.comment.strip(), "gives no reason"),
            (not self.matchers, "names no alerts"),
            (self.ends <= self.starts, "ends before it begins"),
        ):
            if wrong:
                raise ValueError(f"a silence that {why}")

    def active(self, now: datetime) -> bool:
        """Is it in force?"""
        return self.starts <= now < self.ends

    def covers(self, labels: Mapping[str, str], now: datetime) -> bool:
        """Does it silence an alert with these labels now?"""
        return self.active(now) and all_match(self.matchers, labels)
