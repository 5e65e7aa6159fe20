"""The same five events in as many ways as people write timelines: each is read with its time, date, zone and line."""

import pytest

from poise.review.review import review

# Ten minutes to midnight in UTC, and what follows on the next day.
TIMES = ("2024-03-05T22:10:00", "2024-03-05T22:40:00", "2024-03-05T23:55:00", "2024-03-06T00:20:00", "2024-03-06T01:05:00")
WHAT = ("errors begin on the shop", "alert fires", "on-call acknowledges", "cause found: a full disk", "service restored")
CLOCKS = [time[11:16] for time in TIMES]


def half_day(clock: str, form: str = "{h}:{m} {half}") -> str:
    hour, minute = int(clock[:2]), clock[3:]
    return form.format(h=hour % 12 or 12, m=minute, half="AM" if hour < 12 else "PM")


def joined(*each: str) -> str:
    return "\n".join(each)


def rows(form: str, first: int = 0, last: int = len(TIMES)) -> str:
    """One line an event: `t` is its time, `d` the date, `day` the day of the month, `week` that of the week, `c` the clock, `h` and `m` its
    parts, `n` the number, `w` what happened."""
    events = list(enumerate(zip(TIMES, WHAT, strict=True), 1))[first:last]
    return joined(
        *(
            form.format(t=t, d=t[:10], day=t[9], c=t[11:16], h=t[11:13], m=t[14:16], week="Tue" if t[9] == "5" else "Wed", n=n, w=w)
            for n, (t, w) in events
        )
    )


FORMATS = {
    "bullets": "# Outage of 5 March 2024\n\n## Timeline (UTC)\n" + rows("- {c} {w}"),
    "bullets with dashes": "# Outage of March 5, 2024\n\nAll times in UTC.\n\n## Timeline\n" + rows("* {c} – {w}"),
    "bold": "# Outage\n\nDate: 2024-03-05\n\n## Timeline (UTC)\n" + rows("- **{c}**: {w}"),
    "brackets": "# Outage, 2024/03/05\n\n## Timeline (UTC)\n" + rows("[{c}] {w}"),
    "table": "# Outage of 5th March 2024\n\n## Timeline\n| Time (UTC) | Event |\n|---|---|\n" + rows("| {c} | {w} |"),
    "table with zone in each": "# Outage of Tuesday, 5 March 2024\n\n## Timeline\n| When | Who | What |\n|:--|---|--:|\n"
    + rows("| {c} UTC | ops | {w} |"),
    "table with dates": "# Outage\n\n## Timeline\n| Date | Time (UTC) | Event |\n|---|---|---|\n" + rows("| {d} | {c} | {w} |"),
    "table with a date once": "# Outage\n\n## Timeline\n| Date | UTC | Event |\n|---|---|---|\n"
    + joined(*(f"| {t[:10] if n in (0, 3) else ''} | {t[11:16]} | {w} |" for n, (t, w) in enumerate(zip(TIMES, WHAT, strict=True)))),
    "date and time in one cell": "# Outage\n\n## Timeline\n| Timestamp | Event |\n|---|---|\n" + rows("| {d} {c} UTC | {w} |"),
    "ISO": "# Outage\n\n## Timeline\n" + rows("- {t}Z {w}"),
    "ISO with offset": "# Outage\n\n## Timeline\n" + rows("- {t}.123+00:00 - {w}"),
    "half days": "# Outage of March 5, 2024 (UTC)\n\n## Timeline\n"
    + joined(*(f"- {half_day(c)} - {w}" for c, w in zip(CLOCKS, WHAT, strict=True))),
    "half days, small": "# Outage of March 5, 2024 (UTC)\n\n## Timeline\n"
    + joined(*(f"- {half_day(c, '{h}:{m}{half}').lower()}: {w}" for c, w in zip(CLOCKS, WHAT, strict=True))),
    "half days with points": "# Outage of March 5, 2024 (UTC)\n\n## Timeline\n"
    + joined(*(f"- {half_day(c).replace('AM', 'a.m.').replace('PM', 'p.m.')} {w}" for c, w in zip(CLOCKS, WHAT, strict=True))),
    "hours of the army": "OUTAGE 5 March 2024\n\nTIMELINE (UTC)\n\n" + rows("{h}{m}h  {w}"),
    "four digits and a zone": "Outage 5 March 2024\n\nTimeline:\n\n" + rows("{h}{m} UTC {w}"),
    "four digits alone": "Outage 5 March 2024\n\nTimeline (UTC):\n\n" + rows("{h}{m} - {w}"),
    "h between": "# Outage of 5 March 2024 (UTC)\n\n## Timeline\n" + rows("- {h}h{m} {w}"),
    "points": "# Outage of 5 March 2024 (UTC)\n\n## Timeline\n" + rows("- {h}.{m} {w}"),
    "points, plain": "Outage of 5 March 2024 (UTC)\n\nTimeline\n\n" + rows("{h}.{m}  {w}"),
    "headings": "# Outage of 5 March 2024\n\n## Timeline (UTC)\n" + rows("### {c} – {w}\n\nMore of it.\n"),
    "days as headings": "# Outage\n\n## Timeline (UTC)\n\n### 5 March 2024\n"
    + rows("- {c} {w}", last=3)
    + "\n\n### 6 March 2024\n"
    + rows("- {c} {w}", first=3),
    "days as bold lines": "# Outage\n\n## Timeline (UTC)\n\n**Tuesday, March 5, 2024**\n\n"
    + rows("- {c} {w}", last=3)
    + "\n\n**Wednesday, March 6**\n\n"
    + rows("- {c} {w}", first=3),
    "the next day": "# Outage of 5 March 2024 (UTC)\n\n## Timeline\n"
    + rows("- {c} {w}", last=3)
    + "\n\nThe next day:\n\n"
    + rows("- {c} {w}", first=3),
    "days counted": "# Outage of 5 March 2024 (UTC)\n\n## Timeline\n\n### Day 1\n"
    + rows("- {c} {w}", last=3)
    + "\n\n### Day 2\n"
    + rows("- {c} {w}", first=3),
    "weekdays in the rows": "# Outage of Tuesday, 5 March 2024 (UTC)\n\n## Timeline\n" + rows("- {week} {c} {w}"),
    "short dates in the rows": "# Outage, March 2024 (UTC)\n\n## Timeline\n" + rows("- Mar {day} {c} {w}"),
    "newest first": "# Outage of 5 March 2024\n\n## Timeline (UTC)\n"
    + joined(*(f"- {c} {w}" for c, w in zip(reversed(CLOCKS), reversed(WHAT), strict=True))),
    "code": "# Outage of 5 March 2024\n\n## Timeline (UTC)\n```\n" + rows("{c}  {w}") + "\n```",
    "quote": "# Outage of 5 March 2024\n\n## Timeline (UTC)\n" + rows("> {c} {w}"),
    "numbers": "# Outage of 5 March 2024\n\n## Timeline (UTC)\n" + rows("{n}. {c} {w}"),
    "boxes": "# Outage of 5 March 2024\n\n## Timeline (UTC)\n" + rows("- [x] {c} {w}"),
    "definitions": "# Outage of 5 March 2024\n\n## Timeline (UTC)\n" + rows("{c}\n: {w}\n"),
    "HTML on one line each": "# Outage of 5 March 2024\n\n## Timeline\n<table>\n<tr><th>Time (UTC)</th><th>Event</th></tr>\n"
    + rows("<tr><td>{c}</td><td>{w}</td></tr>")
    + "\n</table>",
    "HTML over lines": "<h1>Outage of 5 March 2024</h1>\n<h2>Timeline</h2>\n<table>\n<tr>\n<th>Time (UTC)</th>\n<th>Event</th>\n</tr>\n"
    + rows("<tr>\n  <td>{c}</td>\n  <td>{w}</td>\n</tr>")
    + "\n</table>",
    "HTML list": "<h1>Outage of 5 March 2024</h1>\n<h2>Timeline (UTC)</h2>\n<ul>\n" + rows("<li><b>{c}</b> {w}</li>") + "\n</ul>",
    "MediaWiki": '= Outage of 5 March 2024 =\n\n== Timeline ==\n{| class="wikitable"\n! Time (UTC) !! Event\n'
    + rows("|-\n| {c} || {w}")
    + "\n|}",
    "MediaWiki list": "= Outage of 5 March 2024 =\n\n== Timeline (UTC) ==\n" + rows("* '''{c}''' {w}"),
    "Jira": "h1. Outage of 5 March 2024\n\nh2. Timeline\n||Time (UTC)||Event||\n" + rows("|{c}|{w}|"),
    "reStructuredText": "Outage of 5 March 2024\n======================\n\nTimeline (UTC)\n--------------\n\n" + rows("* {c}: {w}"),
    "reStructuredText table": "Outage of 5 March 2024\n======================\n\nTimeline (UTC)\n--------------\n\n"
    "=====  ==========\nTime   Event\n=====  ==========\n" + rows("{c}  {w}") + "\n=====  ==========",
    "grid": "# Outage of 5 March 2024\n\n## Timeline (UTC)\n\n+-------+-------+\n| Time  | Event |\n+=======+=======+\n"
    + rows("| {c} | {w} |\n+-------+-------+"),
    "Org": "#+TITLE: Outage of 5 March 2024\n\n* Timeline (UTC)\n| Time | Event |\n|------+-------|\n" + rows("| {c} | {w} |"),
    "Org stamps": "#+TITLE: Outage\n\n* Timeline (UTC)\n" + rows("- [{d} {week} {c}] {w}"),
    "AsciiDoc": "= Outage of 5 March 2024\n\n== Timeline (UTC)\n\n|===\n|Time |Event\n\n" + rows("|{c} |{w}") + "\n|===",
    "AsciiDoc, a cell a line": '= Outage of 5 March 2024\n\n== Timeline (UTC)\n\n[cols="1,4"]\n|===\n|Time |Event\n\n'
    + rows("|{c}\n|{w}\n")
    + "|===",
    "AsciiDoc definitions": "= Outage of 5 March 2024\n\n== Timeline (UTC)\n\n" + rows("{c}:: {w}"),
    "commas": "Outage of 5 March 2024\n\ntime (UTC),source,event\n" + rows("{c},ops,{w}"),
    "semicolons": "Outage of 5 March 2024\n\nDate;Time (UTC);Event\n" + rows("{d};{c};{w}"),
    "tabs": "Outage of 5 March 2024 (UTC)\n\nTimeline\n\n" + rows("{c}\t{w}"),
    "minutes after": "# Outage of 5 March 2024\n\nT+0 is 22:10 UTC.\n\n## Timeline\n"
    + joined(*(f"- T+{n} {w}" for n, w in zip((0, 30, 105, 130, 175), WHAT, strict=True))),
    "minutes in a table": "# Outage of 5 March 2024\n\nMinutes count from 22:10 UTC.\n\n## Timeline\n| Min | Event |\n|---|---|\n"
    + joined(*(f"| +{n} | {w} |" for n, w in zip((0, 30, 105, 130, 175), WHAT, strict=True))),
    "roles": "# Outage of 5 March 2024\n\n## Timeline (UTC)\n" + rows("[{c}:00] ops: {w}"),
    "a log": "# Outage\n\n## Timeline (UTC)\n```\n" + rows("Mar {day} {c}:00 web1 {w}") + "\n```\n\nIt was in 2024: see 2024-03-05.",
    "prose": "# Outage of 5 March 2024\n\nAt 22:10 UTC errors began on the shop. At 22:40 an alert fired. The on-call"
    " acknowledged at 23:55.\n\n"
    "On 6 March at 00:20 the cause was found: a full disk. Service was restored at 01:05.",
    "words": "# Outage of 5 March 2024 (UTC)\n\nAt ten past ten in the evening errors began on the shop. At twenty to eleven"
    " in the evening an alert fired. "
    "At five to midnight the on-call acknowledged.\n\nThe next morning at 00:20 the cause was found: a full disk."
    " Service was restored at five past one.",
    "ranges": "# Outage of 5 March 2024\n\n## Timeline (UTC)\n"
    + joined(*(f"- {c} – {c[:3]}{int(c[3:]) + 3:02} {w}" for c, w in zip(CLOCKS, WHAT, strict=True))),
    "about": "# Outage of 5 March 2024\n\n## Timeline (UTC)\n" + rows("- ~{c} {w}"),
    "about, in words": "# Outage of 5 March 2024\n\n## Timeline (UTC)\n" + rows("- approx. {c}: {w}"),
    "bold run-in": "**Outage of 5 March 2024**\n\n**Timeline (UTC)**\n\n" + rows("**{c}** {w}\n"),
    "table without head": "# Outage of 5 March 2024\n\n## Timeline (UTC)\n| | |\n|---|---|\n" + rows("| {c} | {w} |"),
    "time last": "# Outage of 5 March 2024\n\n## Timeline\n| Event | Time (UTC) |\n|---|---|\n" + rows("| {w} | {c} |"),
    "number first": "# Outage of 5 March 2024\n\n## Timeline\n| # | Time (UTC) | Event |\n|---|---|---|\n" + rows("| {n} | {c} | {w} |"),
    "time in brackets at the end": "# Outage of 5 March 2024\n\n## Timeline (UTC)\n" + rows("- {w} ({c})"),
    "American dates": "# Outage\n\n## Timeline\n" + rows("- 3/{day}/24 {c} UTC {w}") + "\n\nReviewed on 3/25/24.",
    "European dates": "# Outage\n\n## Timeline\n" + rows("- 0{day}.03.2024 {c} UTC {w}"),
    "dates with names of months": "# Outage\n\n## Timeline\n" + rows("- 0{day}-Mar-2024 {c} UTC {w}"),
    "ISO without marks between": "# Outage\n\n## Timeline\n" + rows("- 2024030{day}T{h}{m}00Z {w}"),
    "start and end in columns": "# Outage\n\n## Timeline\n| Start (UTC) | End (UTC) | What |\n|---|---|---|\n"
    + rows("| {d} {c} | {d} {h}:58 | {w} |"),
    "four digits in a table": "# Outage of 5 March 2024\n\n## Timeline (UTC)\n| Time | What |\n|---|---|\n" + rows("| {h}{m} | {w} |"),
    "day behind the time": "# Outage in 2024 (UTC)\n\n## Timeline\n" + rows("- {c} on March {day}: {w}"),
    "entities of HTML": "<h1>Outage of 5 March 2024</h1>\n<h2>Timeline</h2>\n" + rows("<li>{c}&nbsp;UTC &mdash; {w}</li>"),
    "YAML": "title: Outage\ntimeline:\n" + rows("  - time: {t}Z\n    event: {w}"),
    "YAML in code": "# Outage of 5 March 2024\n\n```yaml\ntimezone: UTC\ntimeline:\n" + rows('  - at: "{c}"\n    what: {w}') + "\n```",
    "TOML": rows('[[event]]\ntime = {t}Z\nwhat = "{w}"\n'),
    "records": "# Outage of 5 March 2024\n\n## Timeline (UTC)\n" + rows("Time: {c}\nEvent: {w}\n"),
    "zone first": "# Outage of 5 March 2024\n\n## Timeline\n" + rows("- UTC {c} {w}"),
    "p for PM": "# Outage of 5 March 2024\n\n## Timeline (UTC)\n"
    + joined(*(f"- {half_day(c, '{h}:{m}{half}').lower()[:-1]} {w}" for c, w in zip(CLOCKS, WHAT, strict=True))),
    "mail": "# Outage\n\n## Timeline\n" + rows("- {week}, 0{day} Mar 2024 {c}:00 +0000: {w}"),
    "date of Unix": "# Outage\n\n## Timeline\n" + rows("- {week} Mar 0{day} {c}:00 UTC 2024: {w}"),
    "access log": "# Outage\n\n## Timeline\n" + rows("[0{day}/Mar/2024:{c}:00 +0000] {w}"),
    "minutes after the first": f"# Outage of 5 March 2024\n\n## Timeline (UTC)\n- 22:10 {WHAT[0]}\n"
    + joined(*(f"- +{n} min: {w}" for n, w in zip((30, 105, 130, 175), WHAT[1:], strict=True))),
    "minutes after the one before": f"# Outage of 5 March 2024\n\n## Timeline (UTC)\n- 22:10 {WHAT[0]}\n"
    + joined(*(f"- {n} minutes later {w}" for n, w in zip((30, 75, 25, 45), WHAT[1:], strict=True))),
    "numbers of sections": "# Outage of 5 March 2024 (UTC)\n\n## 2. Timeline\n" + rows("### 2.{n} {c} {w}\n\ntext\n"),
}


RECORDS = ("YAML", "YAML in code", "TOML", "records")


@pytest.mark.parametrize("name", FORMATS)
def test_every_event_is_read(name: str) -> None:
    text = FORMATS[name]
    lines = text.split("\n")
    (reviewed,) = review(text, ())
    # The line where the time stands, told from the text's own words but for what stands over several lines.
    assert sorted(e.time.iso for e in reviewed.timeline) == [f"{time}+00:00" for time in TIMES]
    for event in reviewed.timeline:
        assert any(c.isdigit() or "past" in lines[event.line - 1] for c in lines[event.line - 1])
    if name not in ("prose", "words", "HTML over lines", "AsciiDoc, a cell a line", "headings", "definitions", *RECORDS):
        told = {e.time.iso[:19]: lines[e.line - 1] for e in reviewed.timeline}
        assert [time for time, what in zip(TIMES, WHAT, strict=True) if what not in told[time]] == []
