"""Five events in rare ways of writing dates, times and lists: each is read with its time, date and zone."""

import pytest

from poise.review.review import review

TIMES = ("2024-03-05T22:10", "2024-03-05T22:40", "2024-03-05T23:55", "2024-03-06T00:20", "2024-03-06T01:05")
WHAT = ("errors begin", "alert fires", "on-call acknowledges", "cause found: a full disk", "service restored")
HEAD = "# Outage of 5 March 2024\n\n## Timeline (UTC)\n"


def rows(form: str) -> str:
    """One line an event: `d` and `c` are the day of the month and the clock, `h` and `m` its parts, `w` what happened."""
    return "\n".join(
        form.format(d=t[8:10], c=t[11:], h=t[11:13], m=t[14:], w=w, n=n) for n, (t, w) in enumerate(zip(TIMES, WHAT, strict=True), 1)
    )


FORMATS = {
    "date-time group": "Outage\n\n" + rows("{d}{h}{m}Z MAR 24 {w}"),
    "day and time run together": "# Outage\n\n## Timeline (UTC)\n" + rows("202403{d}-{h}{m} {w}"),
    "underscore": "# Outage\n\n## Timeline (UTC)\n" + rows("- 2024-03-{d}_{c} {w}"),
    "month between the figures": "# Outage\n\n## Timeline (UTC)\n" + rows("- 2024-Mar-{d} {c} {w}"),
    "comment of a ticket": "# Outage (UTC)\n\n" + rows("Ops added a comment - {d}/Mar/24 {c}\n{w}\n"),
    "chat of a telephone": "Outage (UTC)\n\n" + rows("[{d}.03.24, {c}:00] Ops: {w}"),
    "signed chat": "# Outage of 5 March 2024 (UTC)\n\n" + rows("**Ops**  {c}\n{w}\n"),
    "stamp below": "# Outage\n\n" + rows("**Update** - {w}\n*Mar {d}, 2024 - {c} UTC*\n"),
    "h between": HEAD + rows("- {h} h {m} {w}"),
    "points in prose too": HEAD + rows("{h}.{m} {w}"),
    "tree": HEAD + "```\n" + rows("|-- {c} {w}") + "\n```",
    "keys of YAML": "date: 2024-03-05\nzone: UTC\ntimeline:\n" + rows('  "{c}": {w}'),
    "LaTeX": "\\section{{Outage of 5 March 2024}}\n\\subsection{{Timeline (UTC)}}\n\\begin{{itemize}}\n".replace("{{", "{").replace(
        "}}", "}"
    )
    + rows("\\item {c} {w}")
    + "\n\\end{itemize}",
    "several on a line": "# Outage of 5 March 2024 (UTC)\n\n" + rows("{c} {w}").replace("\n", "; ") + ".",
    "system log": "Outage in 2024 (UTC)\n\n" + rows("<13>Mar {d} {c}:00 host app: {w}"),
    "numbers with a hash": HEAD + rows("#{n} {c} {w}"),
    "day of a week": "# Outage, 2024-W10-2\n\nAll times UTC.\n\n" + rows("- {c} {w}"),
    "UTC is used": "# Outage of 5 March 2024\n\nUTC is used throughout.\n\n" + rows("- {c} {w}"),
    "Zulu": "# Outage of 5 March 2024\n\nTimes Zulu.\n\n" + rows("- {c} {w}"),
    "a wiki's columns": "# Outage of 5 March 2024\n\n| UTC | Berlin | What |\n|---|---|---|\n" + rows("| {c} | - | {w} |"),
}


@pytest.mark.parametrize("name", FORMATS)
def test_rare_formats_are_read(name: str) -> None:
    (reviewed,) = review(FORMATS[name], ())
    assert sorted(e.time.iso for e in reviewed.timeline) == [f"{time}:00+00:00" for time in TIMES]


@pytest.mark.parametrize(
    ("said", "offset"),
    [
        ("Times are Vilnius time.", "+02:00"),
        ("All clock times: Finnish time (UTC+2).", "+02:00"),
        ("All hours in this report is WITA.", "+08:00"),
        ("Times are German wall clock.", "+01:00"),
        ("Zone: Europe/London", "+00:00"),
        ("UTC. Written by the one on duty.", "+00:00"),
        ("Pacific Standard Time everywhere; all times in PST.", "-08:00"),
    ],
)
def test_a_zone_is_told_in_words(said: str, offset: str) -> None:
    (reviewed,) = review(f"# Outage of 5 March 2024\n\n{said}\n\n" + rows("- {c} {w}"), ())
    assert {e.time.iso[19:] for e in reviewed.timeline} == {offset}


def test_logs_and_alerts_in_quotes_are_no_events_beside_a_list() -> None:
    text = HEAD + rows("- {c} {w}") + "\n\n```\n2024-03-05T22:09:58Z lb1 502\n```\n\n> FIRING: started 2024-03-05 22:12:30 UTC\n"
    (reviewed,) = review(text, ())
    assert len(reviewed.timeline) == len(TIMES)
