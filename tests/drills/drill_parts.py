"""What the tests of drills share: a course, a clock that they turn, a dialogue with the director."""

import random
from datetime import UTC, datetime, timedelta

from poise.drills.director import step
from poise.drills.events import Asked, Effect, Event, Restarted, Second
from poise.drills.scenarios import scenario
from poise.drills.state import Pace, State
from poise.model.drill import Course

BEGAN = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
PACE = Pace(lead=5, page_after=5, hold=10, hold_again=5, grace=3, limit=300)


def course(name: str = "D01", seed: int = 1) -> Course:
    found = scenario(name)
    assert found is not None
    return found.course(random.Random(seed), seed, found.products[0])


class Play:
    """A drill in which each second so many requests end and so many of them fail."""

    def __init__(self, drill: Course | None = None) -> None:
        self.state = State(drill or course(), PACE, BEGAN)
        self.now, self.requests, self.failures = BEGAN, 0.0, 0.0
        self.effects: list[Effect] = []
        self.seconds: list[Second] = []

    def hear(self, event: Event) -> list[Effect]:
        self.state, effects = step(self.state, event)
        self.effects += effects
        return list(effects)

    def seconds_of(self, count: int, failing: float = 0.0, rate: float | None = None) -> list[Effect]:
        """So many seconds at the drill's rate, or another, of which that share fails."""
        made: list[Effect] = []
        for _ in range(count):
            self.now += timedelta(seconds=1)
            sent = self.state.course.tier.rate if rate is None else rate
            self.requests, self.failures = self.requests + sent, self.failures + sent * failing
            second = Second(self.now, self.requests, self.failures, 1 - failing, 100.0, 200.0)
            self.seconds.append(second)
            made += self.hear(second)
        return made

    def ask(self, command: str, **words: object) -> list[Effect]:
        return self.hear(Asked(self.now, command, words))

    def paged(self) -> "Play":
        """Until the pager rings, half of all failing."""
        self.seconds_of(5)
        self.seconds_of(6, failing=0.5)
        assert self.state.paged is not None
        return self

    def restarted(self, reason: str | None = None) -> list[Effect]:
        return self.hear(Restarted(self.now, reason))
