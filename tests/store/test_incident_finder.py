"""Finding in the store: lines of incidents, words of events, kept files."""

import hashlib
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from poise.incidents.log_event import entry, hypothesis_opened, observed_time, opened
from poise.model.evidence import Evidence
from poise.store.incident_finder import MOST_BYTES, IncidentFinder
from poise.store.store_error import StoreError

NOW = datetime(2023, 11, 10, 13, 45, tzinfo=UTC)


def test_a_line_of_each_is_made_once_for_each_length_of_its_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with IncidentFinder(tmp_path / "i.db") as log:
        log.append("never opened", entry("change", NOW, NOW, "x", "a change that led to nothing"))
        for name in ("a", "b"):
            log.append_all(name, (opened(NOW, NOW, "x", f"title {name}", "error"), observed_time("detected", NOW, NOW, "x")))
        log.append("b", observed_time("resolved", NOW + timedelta(minutes=7), NOW, "x"))
        seen = [(s.id, s.title, s.status, s.start, s.lasted) for s in log.summaries()]
        assert seen == [
            ("b", "title b", "resolved", NOW, timedelta(minutes=7)),
            ("a", "title a", "open", NOW, None),
        ]
        assert [s.id for s in log.summaries(1)] == ["b"]
        assert [s.id for s in log.summaries(status="open")] == ["a"]
        assert log.list() == ("b", "a", "never opened")
        assert log.list(opened=True, most=1) == ("b",)
        assert log.list(beginning="n") == ("never opened",)
        assert log.list(beginning="%") == ()
        log.append("a", opened(NOW, NOW, "x", "better title", "error"))
        read: list[str] = []
        events = log.events
        monkeypatch.setattr(log, "events", lambda name: [read.append(name), events(name)][1])
        assert [s.title for s in log.summaries()] == ["title b", "better title"]
        assert read == ["a"]


def test_words_are_found_in_all_that_was_said(tmp_path: Path) -> None:
    spoke = Evidence("retransmits of lb1", 5.0, "none", -3.0, "TCP_INFO")
    with IncidentFinder(tmp_path / "i.db") as log:
        log.append("a", opened(NOW, NOW, "on call", "Ungleich verteilte Anfragen", "error"))
        log.append("a", hypothesis_opened("h", "The network is lossy", "network", NOW, NOW, "web team", (spoke,)))
        log.append("b", opened(NOW, NOW, "on call", "Zürich is slow \ud800 \x00 and late", "warning"))
        log.append("b", entry("note", NOW, NOW, "on call", "net-5 and network both 100% fine"))

        def found(words: str) -> list[tuple[str, int]]:
            return [(hit.incident, hit.event.seq) for hit in log.search(words)]

        assert found("network") == [("b", 4), ("a", 2)]
        assert found("NETWORK lossy") == [("a", 2)]
        assert found("retransmits") == found("tcp_info") == found("web team") == [("a", 2)]
        assert found("zurich") == found("late") == [("b", 3)]
        assert found("ungleich anf*") == [("a", 1)]
        assert found("anf") == found("note") == found("h") == []
        # What is an operator to SQLite's search is a word here.
        assert found("network OR nothing") == found('network" NEAR("') == []
        assert found("net-5") == [("b", 4)]
        assert [hit.title for hit in log.search("network", most=1)] == ["Zürich is slow \ud800 \x00 and late"]
        with pytest.raises(StoreError, match="holds no word"):
            log.search('"*"')


def test_a_file_is_kept_as_it_was(tmp_path: Path) -> None:
    content = bytes(range(256)) * 8
    path = tmp_path / "i.db"
    with IncidentFinder(path) as log:
        digest = log.attach(content)
        assert digest == hashlib.sha256(content).hexdigest()
        assert log.attach(content) == digest
        assert log.attached(digest) == content
        with pytest.raises(StoreError, match="poise incident link"):
            log.attach(bytes(MOST_BYTES + 1))
        with pytest.raises(StoreError, match="attached in another store"):
            log.attached("00")
    connection = sqlite3.connect(path)
    for statement in ("UPDATE attachment SET content = x''", "DELETE FROM attachment"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(statement)
    connection.close()


def test_what_an_older_poise_wrote_is_found(tmp_path: Path) -> None:
    """A store of schema 0005, made by taking back what 0006 adds."""
    path = tmp_path / "i.db"
    with IncidentFinder(path) as log:
        log.append("a", opened(NOW, NOW, "on call", "Ungleich \ud800 verteilt", "error"))
        log.append("b", entry("note", NOW, NOW, "on call", "nothing came of it"))
    with sqlite3.connect(path) as connection:
        for statement in ("DROP TRIGGER event_counts", "DROP TABLE incident", "DROP TABLE event_search", "DROP TABLE attachment"):
            connection.execute(statement)
        connection.execute("UPDATE alembic_version SET version_num = '0005'")
    connection.close()
    with IncidentFinder(path) as log:
        assert [(hit.incident, hit.event.seq) for hit in log.search("verteilt")] == [("a", 1)]
        assert log.list() == ("b", "a")
        assert log.list(opened=True) == ("a",)
        assert log.append("a", entry("note", NOW, NOW, "x", "later")) == 3
        assert [hit.event.seq for hit in log.search("later")] == [3]
