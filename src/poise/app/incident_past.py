"""Asks the history that a watch keeps when each hypothesis of an incident could have been ruled out, and what to test next."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from poise.app.history import chosen
from poise.app.incident import existing, resolve
from poise.app.past_window import past_window
from poise.diagnosis.engine import diagnose
from poise.incidents import log_event
from poise.incidents.board_prompts import Prompt, prompts, speaks_against
from poise.incidents.lifecycle import fold
from poise.incidents.log_response import could_rule_out
from poise.model.incident import BoardHypothesis, Check, Incident
from poise.model.sample import Window
from poise.store.history.history_reader import HistoryReader
from poise.store.history.sample_history import history_path
from poise.store.store_error import StoreError

# A moment takes a second or so to read: dense where most is to be saved, in the first minutes, and never more than so many.
FIRST, LATER, MOST = timedelta(minutes=1), timedelta(minutes=5), 40
DENSE = 10


@dataclass(frozen=True, slots=True)
class LookedBack:
    """What was found of one hypothesis. `could` is None where no moment's figures ruled it out; `moments` how many were looked at."""

    hypothesis: BoardHypothesis
    could: Check | None
    moments: int


def look_back(store: Path, incident_id: str, config: str | None, now: datetime) -> tuple[LookedBack, ...]:
    """Goes through the time that each hypothesis was pursued, and keeps the first moment whose figures rule it out. Those that were
    confirmed are left out. Raises IncidentError, HistoryError, StoreError."""
    with existing(store) as log, HistoryReader(history_path(store)) as reader:
        found = resolve(log, incident_id)
        subject = chosen(reader, config, None)
        results = []
        for h in fold(log.events(found), found).hypotheses:
            if h.state == "confirmed":
                continue
            could, moments = None, 0
            for at in _moments(h, now):
                moments += 1
                figure = speaks_against(diagnose(past_window(reader, subject, at)), h.layer)
                if figure is not None:
                    could = Check(at, "poise", (figure,))
                    log.append(found, could_rule_out(h.id, figure, at, now, "poise"))
                    break
            results.append(LookedBack(h, could, moments))
        return tuple(results)


def asked(store: Path, incident_id: str, config: str | None, now: datetime) -> tuple[Incident, tuple[Prompt, ...]]:
    """The hypotheses that wait for evidence at `now`, with the test that the history of then says would tell most; without a history, or a
    load balancer in it that is meant, without a test. Raises IncidentError, StoreError."""
    from poise.app.history import HistoryError  # noqa: PLC0415 - beside its use

    with existing(store) as log:
        found = resolve(log, incident_id)
        incident = fold(log.events(found), found)
    waiting = prompts(incident, now)
    if not waiting:
        return incident, ()
    try:
        window = history_window(store, config, now)
    except (HistoryError, StoreError):
        if config is not None:
            raise
        return incident, waiting
    return incident, prompts(incident, now, window, diagnose(window))


def hold_against(store: Path, incident_id: str, window: Window, who: str, now: datetime) -> tuple[tuple[BoardHypothesis, int], ...]:
    """Attaches to each open hypothesis what the diagnosis of that window says of its layer: the figures of the likeliest fault in it. Gives
    those hypotheses with how many figures each got. Raises IncidentError, StoreError."""
    found = diagnose(window)
    with existing(store) as log:
        name = resolve(log, incident_id)
        given = []
        for h in fold(log.events(name), name).hypotheses:
            figures = max((d for d in found.hypotheses if d.layer == h.layer), key=lambda d: d.probability, default=None)
            if h.state in ("open", "supported") and figures is not None:
                log.append(name, log_event.hypothesis_evidence(h.id, figures.evidence, window.now, now, who))
                given.append((h, len(figures.evidence)))
        return tuple(given)


def history_window(store: Path, config: str | None, at: datetime) -> Window:
    """What a watch saw up to that instant. Raises HistoryError, StoreError."""
    with HistoryReader(history_path(store)) as reader:
        return past_window(reader, chosen(reader, config, None), at)


def _moments(h: BoardHypothesis, now: datetime) -> Iterator[datetime]:
    """From a minute after it was opened to its end."""
    at, end = h.opened + FIRST, h.closed or now
    for number in range(MOST):
        if at > end:
            return
        yield at
        at += FIRST if number < DENSE else LATER
