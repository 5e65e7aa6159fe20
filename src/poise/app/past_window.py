"""Any moment of the history as the window that a watch had then: what judges, diagnoses or draws a live stack does so with the past."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

from poise.app.needs import parse_needs
from poise.daemon.recorder import HEADING
from poise.diagnosis.recording import EVENTS, MANIFEST, SAMPLES, read
from poise.model.could_not import CouldNot
from poise.model.sample import Window
from poise.store.history.history_reader import HistoryReader, Subject

SPAN = timedelta(minutes=20)


def past_window(reader: HistoryReader, subject: Subject, now: datetime, span: timedelta = SPAN) -> Window:
    """The stack, the files, the needs and the series of the `span` up to `now`, in the finest rows that are kept of it; what is not known
    any more is in its `could_not`. Raises StoreError. What takes time is to read the files anew."""
    end = now.timestamp()
    setting = reader.setting(subject, end)
    known = setting or {}
    texts = known.get("configs") or {}
    parts = {key: known.get(key) or [] for key in ("components", "edges")}
    needs_text = known.get("needs")
    needs, problems = parse_needs(needs_text, "poise.toml") if isinstance(needs_text, str) else (None, ())
    files = {**texts, MANIFEST: json.dumps({"version": 1, **parts, "configs": list(texts)}), SAMPLES: HEADING, EVENTS: ""}
    window = read(files, needs)
    series = reader.series(subject, end - span.total_seconds(), end + 0.001)
    missing = () if setting is not None else (CouldNot(subject.name, "the stack and the files of that time are not kept"),)
    events = reader.events(subject, end - span.total_seconds(), end + 0.001)
    return replace(window, now=now, series=series, events=events, could_not=(*missing, *problems, *window.could_not))
