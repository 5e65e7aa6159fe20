"""The postmortems in the docs are what poise writes of their logs, every figure has its event, and the reviewer finds no error in them."""

import re
from pathlib import Path

import pytest

from poise.app.incident import IncidentError, Material
from poise.app.incident_file import log_lines, read_log
from poise.app.postmortem import judged, postmortem
from poise.incidents.lifecycle import entry
from poise.report.postmortem_page import with_notes

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "postmortems"
NAMES = ("november", "demo", "database-locked")


@pytest.fixture(scope="module", params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_it_is_what_its_log_gives_and_the_reviewer_finds_no_error(name: str) -> None:
    text = (EXAMPLES / f"{name}.md").read_text("utf-8")
    assert postmortem(read_log(EXAMPLES / f"{name}.jsonl"), "markdown", Material()) == text
    assert judged(text)[0] == 0
    # Each mark has its note, each note is an event of the log, and each line of the timeline has one.
    events = {int(n) for n in re.findall(r'^\{"seq": (\d+)', (EXAMPLES / f"{name}.jsonl").read_text("utf-8"), re.M)}
    notes = {int(n) for n in re.findall(r"^\[\^(\d+)\]: ", text, re.M)}
    assert {int(n) for n in re.findall(r"\[\^(\d+)\](?!:)", text)} == notes
    assert notes <= events
    rows = text.split("## Timeline (UTC)")[1].split("\n## ")[0].strip().splitlines()[2:]
    assert rows
    assert all(re.search(r"\[\^\d+\] \|$", row) for row in rows)


def test_the_minutes_and_lessons_of_november_stand_where_they_belong() -> None:
    text = (EXAMPLES / "november.md").read_text("utf-8")
    assert "| The database is slow | database | ruled out | 2023-11-10 14:15:00 | 2023-11-10 16:30:00 | 2 h 15 min [^" in text
    # 135 and 75 of the 285 minutes from detection at 13:45 to restoration at 18:30.
    assert "73.7 % of the time from detection to the end (3 h 30 min)" in text
    lucky = text.split("## Where we were lucky")[1].split("\n## ")[0]
    assert lucky.strip().startswith("- the change was made at a quarter of the declared peak [^")
    assert "Lucky" not in text.split("## Timeline")[1].split("## Cause")[0]
    assert "## What others should know" in text


def test_a_template_of_a_team_reorders_and_escapes(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    head, *rest = (EXAMPLES / "november.jsonl").read_text("utf-8").splitlines()
    log.write_text("\n".join([head, *rest]).replace("Requests distributed", "<b>Requests</b> | distributed"), "utf-8")
    mine = tmp_path / "mine.j2"
    mine.write_text(
        "# {{ incident.title }}\n\n{{ actions }}\n\nFound after {{ durations.to_cause }}; {{ incident.times.resolved.at }}\n", "utf-8"
    )
    text = postmortem(read_log(log), "markdown", Material(), mine)
    assert text.startswith("# \\<b\\>Requests\\</b\\> \\| distributed unevenly over pool web\n\n| Action | Kind |")
    assert "Found after 4 h; 2023-11-10 18:30:00 UTC\n" in text
    for wrong, why in (
        ("{{ no_such }}", "'no_such' is undefined; known are head"),
        ("{% if %}", "line 1: "),
        ("{{ ().__class__.__bases__ }}", "unsafe"),
        ("{{ title.x.y }}", "has no attribute 'x'"),
        ("{{ 1 / 0 }}", "ZeroDivisionError"),
    ):
        mine.write_text(wrong, "utf-8")
        with pytest.raises(IncidentError, match=r"could not fill the template .*mine\.j2: ") as told:
            postmortem(read_log(log), "markdown", Material(), mine)
        assert why in str(told.value)


def test_a_log_comes_back_as_it_was_and_a_broken_one_is_told(tmp_path: Path) -> None:
    at = read_log(EXAMPLES / "november.jsonl").times["detected"].at
    path = tmp_path / "log.jsonl"
    path.write_text(log_lines("i1", [(7, entry("note", at, at, "a", "b\u2028c"))]), "utf-8")
    read = read_log(path)
    assert (read.id, [(e.text, e.source, e.at, e.event) for e in read.timeline]) == ("i1", [("b\u2028c", "a", at, 7)])
    for wrong in (b"", b"{}", b'{"version": 1}\n{"kind": 1}', b"\xff\xfe", b'{"version": 1}\n[', b"[" * 100_000):
        path.write_bytes(wrong)
        with pytest.raises(IncidentError, match=r"could not read .*log\.jsonl: .*; name a file of `poise incident log`"):
            read_log(path)


def test_footnotes_become_links_and_back() -> None:
    incident = read_log(EXAMPLES / "november.jsonl")
    page, text = (postmortem(incident, form, Material()) for form in ("html", "markdown"))
    numbers = re.findall(r'href="#event-(\d+)"', page)
    assert numbers == re.findall(r"\[\^(\d+)\](?!:)", text) != []
    for number in numbers:
        assert f'<li id="event-{number}">' in page
        assert f'id="ref-{number}"' in page
    assert "<script" not in page
    assert with_notes("<p>[^9] stays</p>") == "<p>[^9] stays</p>"
