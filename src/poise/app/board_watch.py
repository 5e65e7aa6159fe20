"""Holds the board of an incident against what a watch sees: which hypotheses could be ruled out, and which wait for a test."""

from datetime import datetime, timedelta

from poise.app.journal import Journal
from poise.incidents import log_event
from poise.incidents.board_prompts import QUIET, prompts, pursued, speaks_against
from poise.incidents.figures import evidence_words
from poise.incidents.lifecycle import fold
from poise.incidents.log_event import LogEvent
from poise.incidents.log_response import could_rule_out
from poise.model.diagnosis import Diagnosis
from poise.model.sample import Window
from poise.store.store_error import StoreError

# The whole log is read for it.
EVERY = timedelta(minutes=1)


class BoardWatch:
    """Of one incident. What it says is on the timeline too; said again after a restart, it stands there once."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._after: datetime | None = None

    def take(self, incident_id: str, window: Window, diagnosis: Diagnosis, now: datetime) -> list[str]:
        """One line for each hypothesis that the figures of now rule out, and for each whose owner is asked."""
        if self._after is not None and now < self._after:
            return []
        self._after = now + EVERY
        try:
            known = self._journal.events(incident_id)
        except StoreError:
            # That the store fails is told where something is to be kept.
            return []
        incident = fold(known, incident_id)
        lines: list[str] = []
        events: list[LogEvent] = []
        for h in pursued(incident):
            figure = speaks_against(diagnosis, h.layer) if h.could_rule_out is None else None
            if figure is not None:
                said = f"“{h.statement}” ({h.layer}) could be ruled out: {evidence_words(figure)}"
                lines.append(said)
                events += [could_rule_out(h.id, figure, now, now, "poise"), log_event.entry("check", now, now, "poise", said)]
        for prompt in prompts(incident, now, window, diagnosis):
            asked = f"prompt {prompt.hypothesis.id} {prompt.hypothesis.looked_at.isoformat()} {prompt.quiet // QUIET}"
            if not any(e.payload.get("id") == asked for e in known):
                lines.append(prompt.said)
                events.append(log_event.entry("note", now, now, "poise", prompt.said, entry_id=asked))
        if events:
            self._journal.append_all(incident_id, events)
        return lines
