"""A postmortem document becomes an incident with the document's own times; what it leaves out must be named."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from poise.app.incident import every, one
from poise.cli.incident import command
from poise.incidents.durations import durations
from poise.incidents.segments import segments

NOVEMBER = Path(__file__).parents[1] / "review" / "november.md"


def run(store: Path, *arguments: str, code: int = 0, given: str | None = None) -> str:
    done = CliRunner().invoke(command, ["import", *arguments, "--store", str(store)], input=given)
    assert done.exit_code == code, (done.output, done.exception)
    return done.stdout if code == 0 else done.stderr


def test_the_day_as_its_document_tells_it(tmp_path: Path) -> None:
    """The figures of the story: acknowledged after 15 minutes, cause 240, mitigated 255, resolved 285; 135 and 75 on wrong tracks."""
    store = tmp_path / "i.db"
    name = run(store, str(NOVEMBER), "--who", "platform").strip()
    story = one(store, name)
    assert (story.title, story.origin, story.status) == ("web frontend unavailable behind the load balancer", "import", "resolved")
    d = durations(story)
    minutes = [
        None if s is None else s.total_seconds() / 60 for s in (d.to_detect, d.to_acknowledge, d.to_cause, d.to_mitigate, d.to_resolve)
    ]
    assert minutes == [None, 15, 240, 255, 285]
    assert [(h.layer, h.state, h.minutes) for h in story.hypotheses] == [
        ("database", "ruled_out", 135),
        ("network", "ruled_out", 75),
        ("load-balancer", "confirmed", 0),
    ]
    assert story.hypotheses[0].statement == "A problem in the database was suspected, as queries were slow."
    assert [(p.kind, p.minutes) for p in segments(story)][2] == ("wrong_track", 210)
    assert len(story.action_items) == 6
    assert {t.source for t in story.times.values()} == {"stated"}
    assert story.timeline[1].source == "november.md:19"
    assert story.attachments[0].size_bytes == NOVEMBER.stat().st_size
    assert f"was imported before, as {name}" in run(store, str(NOVEMBER), code=2)
    assert len(every(store)) == 1


LOCAL = """# Slow checkouts

## Timeline

- 23:50 - Alert: checkout latency above 2 s.
- 00:10 - We found that the connection pool of the database was exhausted.
- 00:30 - Resolved after a restart of the pool.

## Action items

- Raise the pool's limit (owner: payments, due: Q3)
"""


def test_date_and_zone_are_asked_for_where_the_document_has_none(tmp_path: Path) -> None:
    store, file = tmp_path / "i.db", tmp_path / "local.md"
    file.write_text(LOCAL)
    assert "--date 2023-11-10" in run(store, str(file), code=2)
    assert "--zone UTC or Europe/Berlin" in run(store, str(file), "--date", "2024-07-01", code=2)
    assert "is no time zone" in run(store, str(file), "--date", "2024-07-01", "--zone", "Berlin", code=2)
    assert not store.exists()
    name = run(store, "-", "--date", "2024-07-01", "--zone", "Europe/Berlin", given=LOCAL).strip()
    story = one(store, name)
    # In July Berlin is two hours ahead of UTC, and after midnight it is the next day.
    assert story.times["detected"].at.isoformat() == "2024-07-01T21:50:00+00:00"
    assert story.times["detected"].zone == "Europe/Berlin"
    assert story.times["resolved"].at.isoformat() == "2024-07-01T22:30:00+00:00"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "it is empty"),
        ("nothing of that kind", "could not "),
        ("# Postmortem\n\n## Action items\n\n- Add a test\n", "no time at which"),
    ],
)
def test_what_is_no_postmortem_is_told(tmp_path: Path, content: str, why: str) -> None:
    file = tmp_path / "x.md"
    file.write_text(content)
    assert why in run(tmp_path / "i.db", str(file), code=2)
    assert "could not read" in run(tmp_path / "i.db", str(tmp_path / "none.md"), code=2)
    assert not (tmp_path / "i.db").exists()


def test_every_document_of_the_corpus_is_imported_or_told_why(tmp_path: Path) -> None:
    """Documents of all formats: whatever the reader found in them becomes a log that folds without a word of what could not be read."""
    store, told = tmp_path / "i.db", 0
    for file in sorted((NOVEMBER.parent / "corpus").glob("*-*.md"))[::8]:
        done = CliRunner().invoke(command, ["import", str(file), "--zone", "UTC", "--date", "2024-01-01", "--store", str(store)])
        assert done.exit_code in (0, 2), (file, done.exception)
        told += done.exit_code == 2
    found = every(store)
    assert len(found) > 4 > told
    assert not [e.text for i in found for e in i.timeline if e.text.startswith("Kept unread")]


def test_a_time_that_the_clocks_showed_twice_is_asked_for(tmp_path: Path) -> None:
    """Berlin's clocks went from 03:00 back to 02:00 on 29 October 2023."""
    file, store = tmp_path / "x.md", tmp_path / "i.db"
    file.write_text("# Slow checkouts\n\n## Timeline\n\n- 2023-10-29 02:30 - Alert: errors\n- 2023-10-29 04:00 - Resolved\n")
    assert "line 5 has a time that the clocks in Europe/Berlin showed twice" in run(store, str(file), "--zone", "Europe/Berlin", code=2)
    file.write_text(file.read_text().replace("02:30", "02:30+01:00").replace("04:00", "04:00+01:00"))
    assert one(store, run(store, str(file)).strip()).times["detected"].at.isoformat() == "2023-10-29T01:30:00+00:00"
