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


def rows(*cells: str) -> str:
    return "\n".join(cells)


FORMATS = {
    "bullets": "# Outage of 5 March 2024\n\n## Timeline (UTC)\n" + rows(*(f"- {c} {w}" for c, w in zip(CLOCKS, WHAT, strict=True))),
    "bullets with dashes": "# Outage of March 5, 2024\n\nAll times in UTC.\n\n## Timeline\n"
    + rows(*(f"* {c} – {w}" for c, w in zip(CLOCKS, WHAT, strict=True))),
    "bold": "# Outage\n\nDate: 2024-03-05\n\n## Timeline (UTC)\n" + rows(*(f"- **{c}**: {w}" for c, w in zip(CLOCKS, WHAT, strict=True))),
    "brackets": "# Outage, 2024/03/05\n\n## Timeline (UTC)\n" + rows(*(f"[{c}] {w}" for c, w in zip(CLOCKS, WHAT, strict=True))),
    "table": "# Outage of 5th March 2024\n\n## Timeline\n| Time (UTC) | Event |\n|---|---|\n"
    + rows(*(f"| {c} | {w} |" for c, w in zip(CLOCKS, WHAT, strict=True))),
    "table with zone in each": "# Outage of Tuesday, 5 March 2024\n\n## Timeline\n| When | Who | What |\n|:--|---|--:|\n"
    + rows(*(f"| {c} UTC | ops | {w} |" for c, w in zip(CLOCKS, WHAT, strict=True))),
    "table with dates": "# Outage\n\n## Timeline\n| Date | Time (UTC) | Event |\n|---|---|---|\n"
    + rows(*(f"| {t[:10]} | {t[11:16]} | {w} |" for t, w in zip(TIMES, WHAT, strict=True))),
    "table with a date once": "# Outage\n\n## Timeline\n| Date | UTC | Event |\n|---|---|---|\n"
    + rows(*(f"| {t[:10] if n in (0, 3) else ''} | {t[11:16]} | {w} |" for n, (t, w) in enumerate(zip(TIMES, WHAT, strict=True)))),
    "date and time in one cell": "# Outage\n\n## Timeline\n| Timestamp | Event |\n|---|---|\n"
    + rows(*(f"| {t[:10]} {t[11:16]} UTC | {w} |" for t, w in zip(TIMES, WHAT, strict=True))),
    "ISO": "# Outage\n\n## Timeline\n" + rows(*(f"- {t}Z {w}" for t, w in zip(TIMES, WHAT, strict=True))),
    "ISO with offset": "# Outage\n\n## Timeline\n" + rows(*(f"- {t}.123+00:00 - {w}" for t, w in zip(TIMES, WHAT, strict=True))),
    "half days": "# Outage of March 5, 2024 (UTC)\n\n## Timeline\n"
    + rows(*(f"- {half_day(c)} - {w}" for c, w in zip(CLOCKS, WHAT, strict=True))),
    "half days, small": "# Outage of March 5, 2024 (UTC)\n\n## Timeline\n"
    + rows(*(f"- {half_day(c, '{h}:{m}{half}').lower()}: {w}" for c, w in zip(CLOCKS, WHAT, strict=True))),
    "half days with points": "# Outage of March 5, 2024 (UTC)\n\n## Timeline\n"
    + rows(*(f"- {half_day(c).replace('AM', 'a.m.').replace('PM', 'p.m.')} {w}" for c, w in zip(CLOCKS, WHAT, strict=True))),
    "hours of the army": "OUTAGE 5 March 2024\n\nTIMELINE (UTC)\n\n"
    + rows(*(f"{c.replace(':', '')}h  {w}" for c, w in zip(CLOCKS, WHAT, strict=True))),
    "four digits and a zone": "Outage 5 March 2024\n\nTimeline:\n\n"
    + rows(*(f"{c.replace(':', '')} UTC {w}" for c, w in zip(CLOCKS, WHAT, strict=True))),
    "four digits alone": "Outage 5 March 2024\n\nTimeline (UTC):\n\n"
    + rows(*(f"{c.replace(':', '')} - {w}" for c, w in zip(CLOCKS, WHAT, strict=True))),
    "h between": "# Outage of 5 March 2024 (UTC)\n\n## Timeline\n"
    + rows(*(f"- {c.replace(':', 'h')} {w}" for c, w in zip(CLOCKS, WHAT, strict=True))),
    "points": "# Outage of 5 March 2024 (UTC)\n\n## Timeline\n"
    + rows(*(f"- {c.replace(':', '.')} {w}" for c, w in zip(CLOCKS, WHAT, strict=True))),
    "points, plain": "Outage of 5 March 2024 (UTC)\n\nTimeline\n\n"
    + rows(*(f"{c.replace(':', '.')}  {w}" for c, w in zip(CLOCKS, WHAT, strict=True))),
    "headings": "# Outage of 5 March 2024\n\n## Timeline (UTC)\n"
    + rows(*(f"### {c} – {w}\n\nMore of it.\n" for c, w in zip(CLOCKS, WHAT, strict=True))),
    "days as headings": "# Outage\n\n## Timeline (UTC)\n\n### 5 March 2024\n"
    + rows(*(f"- {c} {w}" for c, w in zip(CLOCKS[:3], WHAT, strict=False)))
    + "\n\n### 6 March 2024\n"
    + rows(*(f"- {c} {w}" for c, w in zip(CLOCKS[3:], WHAT[3:], strict=True))),
    "days as bold lines": "# Outage\n\n## Timeline (UTC)\n\n**Tuesday, March 5, 2024**\n\n"
    + rows(*(f"- {c} {w}" for c, w in zip(CLOCKS[:3], WHAT, strict=False)))
    + "\n\n**Wednesday, March 6**\n\n"
    + rows(*(f"- {c} {w}" for c, w in zip(CLOCKS[3:], WHAT[3:], strict=True))),
    "the next day": "# Outage of 5 March 2024 (UTC)\n\n## Timeline\n"
    + rows(*(f"- {c} {w}" for c, w in zip(CLOCKS[:3], WHAT, strict=False)))
    + "\n\nThe next day:\n\n"
    + rows(*(f"- {c} {w}" for c, w in zip(CLOCKS[3:], WHAT[3:], strict=True))),
    "days counted": "# Outage of 5 March 2024 (UTC)\n\n## Timeline\n\n### Day 1\n"
    + rows(*(f"- {c} {w}" for c, w in zip(CLOCKS[:3], WHAT, strict=False)))
    + "\n\n### Day 2\n"
    + rows(*(f"- {c} {w}" for c, w in zip(CLOCKS[3:], WHAT[3:], strict=True))),
    "weekdays in the rows": "# Outage of Tuesday, 5 March 2024 (UTC)\n\n## Timeline\n"
    + rows(*(f"- {'Tue' if n < 3 else 'Wed'} {c} {w}" for n, (c, w) in enumerate(zip(CLOCKS, WHAT, strict=True)))),
    "short dates in the rows": "# Outage, March 2024 (UTC)\n\n## Timeline\n"
    + rows(*(f"- {'Mar 5' if n < 3 else 'Mar 6'} {c} {w}" for n, (c, w) in enumerate(zip(CLOCKS, WHAT, strict=True)))),
    "newest first": "# Outage of 5 March 2024\n\n## Timeline (UTC)\n"
    + rows(*(f"- {c} {w}" for c, w in zip(reversed(CLOCKS), reversed(WHAT), strict=True))),
    "code": "# Outage of 5 March 2024\n\n## Timeline (UTC)\n```\n"
    + rows(*(f"{c}  {w}" for c, w in zip(CLOCKS, WHAT, strict=True)))
    + "\n```",
    "quote": "# Outage of 5 March 2024\n\n## Timeline (UTC)\n" + rows(*(f"> {c} {w}" for c, w in zip(CLOCKS, WHAT, strict=True))),
    "numbers": "# Outage of 5 March 2024\n\n## Timeline (UTC)\n"
    + rows(*(f"{n}. {c} {w}" for n, (c, w) in enumerate(zip(CLOCKS, WHAT, strict=True), 1))),
    "boxes": "# Outage of 5 March 2024\n\n## Timeline (UTC)\n" + rows(*(f"- [x] {c} {w}" for c, w in zip(CLOCKS, WHAT, strict=True))),
    "definitions": "# Outage of 5 March 2024\n\n## Timeline (UTC)\n" + rows(*(f"{c}\n: {w}\n" for c, w in zip(CLOCKS, WHAT, strict=True))),
    "HTML on one line each": "# Outage of 5 March 2024\n\n## Timeline\n<table>\n<tr><th>Time (UTC)</th><th>Event</th></tr>\n"
    + rows(*(f"<tr><td>{c}</td><td>{w}</td></tr>" for c, w in zip(CLOCKS, WHAT, strict=True)))
    + "\n</table>",
    "HTML over lines": "<h1>Outage of 5 March 2024</h1>\n<h2>Timeline</h2>\n<table>\n<tr>\n<th>Time (UTC)</th>\n<th>Event</th>\n</tr>\n"
    + rows(*(f"<tr>\n  <td>{c}</td>\n  <td>{w}</td>\n</tr>" for c, w in zip(CLOCKS, WHAT, strict=True)))
    + "\n</table>",
    "HTML list": "<h1>Outage of 5 March 2024</h1>\n<h2>Timeline (UTC)</h2>\n<ul>\n"
    + rows(*(f"<li><b>{c}</b> {w}</li>" for c, w in zip(CLOCKS, WHAT, strict=True)))
    + "\n</ul>",
    "MediaWiki": '= Outage of 5 March 2024 =\n\n== Timeline ==\n{| class="wikitable"\n! Time (UTC) !! Event\n'
    + rows(*(f"|-\n| {c} || {w}" for c, w in zip(CLOCKS, WHAT, strict=True)))
    + "\n|}",
    "MediaWiki list": "= Outage of 5 March 2024 =\n\n== Timeline (UTC) ==\n"
    + rows(*(f"* '''{c}''' {w}" for c, w in zip(CLOCKS, WHAT, strict=True))),
    "Jira": "h1. Outage of 5 March 2024\n\nh2. Timeline\n||Time (UTC)||Event||\n"
    + rows(*(f"|{c}|{w}|" for c, w in zip(CLOCKS, WHAT, strict=True))),
    "reStructuredText": "Outage of 5 March 2024\n======================\n\nTimeline (UTC)\n--------------\n\n"
    + rows(*(f"* {c}: {w}" for c, w in zip(CLOCKS, WHAT, strict=True))),
    "reStructuredText table": "Outage of 5 March 2024\n======================\n\nTimeline (UTC)\n--------------\n\n"
    "=====  ==========\nTime   Event\n=====  ==========\n"
    + rows(*(f"{c}  {w}" for c, w in zip(CLOCKS, WHAT, strict=True)))
    + "\n=====  ==========",
    "grid": "# Outage of 5 March 2024\n\n## Timeline (UTC)\n\n+-------+-------+\n| Time  | Event |\n+=======+=======+\n"
    + rows(*(f"| {c} | {w} |\n+-------+-------+" for c, w in zip(CLOCKS, WHAT, strict=True))),
    "Org": "#+TITLE: Outage of 5 March 2024\n\n* Timeline (UTC)\n| Time | Event |\n|------+-------|\n"
    + rows(*(f"| {c} | {w} |" for c, w in zip(CLOCKS, WHAT, strict=True))),
    "Org stamps": "#+TITLE: Outage\n\n* Timeline (UTC)\n"
    + rows(*(f"- [{t[:10]} {'Tue' if t[9] == '5' else 'Wed'} {t[11:16]}] {w}" for t, w in zip(TIMES, WHAT, strict=True))),
    "AsciiDoc": "= Outage of 5 March 2024\n\n== Timeline (UTC)\n\n|===\n|Time |Event\n\n"
    + rows(*(f"|{c} |{w}" for c, w in zip(CLOCKS, WHAT, strict=True)))
    + "\n|===",
    "AsciiDoc, a cell a line": '= Outage of 5 March 2024\n\n== Timeline (UTC)\n\n[cols="1,4"]\n|===\n|Time |Event\n\n'
    + rows(*(f"|{c}\n|{w}\n" for c, w in zip(CLOCKS, WHAT, strict=True)))
    + "|===",
    "AsciiDoc definitions": "= Outage of 5 March 2024\n\n== Timeline (UTC)\n\n"
    + rows(*(f"{c}:: {w}" for c, w in zip(CLOCKS, WHAT, strict=True))),
    "commas": "Outage of 5 March 2024\n\ntime (UTC),source,event\n" + rows(*(f"{c},ops,{w}" for c, w in zip(CLOCKS, WHAT, strict=True))),
    "semicolons": "Outage of 5 March 2024\n\nDate;Time (UTC);Event\n"
    + rows(*(f"{t[:10]};{t[11:16]};{w}" for t, w in zip(TIMES, WHAT, strict=True))),
    "tabs": "Outage of 5 March 2024 (UTC)\n\nTimeline\n\n" + rows(*(f"{c}\t{w}" for c, w in zip(CLOCKS, WHAT, strict=True))),
    "minutes after": "# Outage of 5 March 2024\n\nT+0 is 22:10 UTC.\n\n## Timeline\n"
    + rows(*(f"- T+{n} {w}" for n, w in zip((0, 30, 105, 130, 175), WHAT, strict=True))),
    "minutes in a table": "# Outage of 5 March 2024\n\nMinutes count from 22:10 UTC.\n\n## Timeline\n| Min | Event |\n|---|---|\n"
    + rows(*(f"| +{n} | {w} |" for n, w in zip((0, 30, 105, 130, 175), WHAT, strict=True))),
    "roles": "# Outage of 5 March 2024\n\n## Timeline (UTC)\n" + rows(*(f"[{c}:00] ops: {w}" for c, w in zip(CLOCKS, WHAT, strict=True))),
    "a log": "# Outage\n\n## Timeline (UTC)\n```\n"
    + rows(*(f"Mar {'5' if n < 3 else '6'} {c}:00 web1 {w}" for n, (c, w) in enumerate(zip(CLOCKS, WHAT, strict=True))))
    + "\n```\n\nIt was in 2024: see 2024-03-05.",
    "prose": "# Outage of 5 March 2024\n\nAt 22:10 UTC errors began on the shop. At 22:40 an alert fired. The on-call"
    " acknowledged at 23:55.\n\n"
    "On 6 March at 00:20 the cause was found: a full disk. Service was restored at 01:05.",
    "words": "# Outage of 5 March 2024 (UTC)\n\nAt ten past ten in the evening errors began on the shop. At twenty to eleven"
    " in the evening an alert fired. "
    "At five to midnight the on-call acknowledged.\n\nThe next morning at 00:20 the cause was found: a full disk."
    " Service was restored at five past one.",
    "ranges": "# Outage of 5 March 2024\n\n## Timeline (UTC)\n"
    + rows(*(f"- {c} – {c[:3]}{int(c[3:]) + 3:02} {w}" for c, w in zip(CLOCKS, WHAT, strict=True))),
    "about": "# Outage of 5 March 2024\n\n## Timeline (UTC)\n" + rows(*(f"- ~{c} {w}" for c, w in zip(CLOCKS, WHAT, strict=True))),
    "about, in words": "# Outage of 5 March 2024\n\n## Timeline (UTC)\n"
    + rows(*(f"- approx. {c}: {w}" for c, w in zip(CLOCKS, WHAT, strict=True))),
    "bold run-in": "**Outage of 5 March 2024**\n\n**Timeline (UTC)**\n\n"
    + rows(*(f"**{c}** {w}\n" for c, w in zip(CLOCKS, WHAT, strict=True))),
    "table without head": "# Outage of 5 March 2024\n\n## Timeline (UTC)\n| | |\n|---|---|\n"
    + rows(*(f"| {c} | {w} |" for c, w in zip(CLOCKS, WHAT, strict=True))),
    "time last": "# Outage of 5 March 2024\n\n## Timeline\n| Event | Time (UTC) |\n|---|---|\n"
    + rows(*(f"| {w} | {c} |" for c, w in zip(CLOCKS, WHAT, strict=True))),
    "number first": "# Outage of 5 March 2024\n\n## Timeline\n| # | Time (UTC) | Event |\n|---|---|---|\n"
    + rows(*(f"| {n} | {c} | {w} |" for n, (c, w) in enumerate(zip(CLOCKS, WHAT, strict=True), 1))),
    "time in brackets at the end": "# Outage of 5 March 2024\n\n## Timeline (UTC)\n"
    + rows(*(f"- {w} ({c})" for c, w in zip(CLOCKS, WHAT, strict=True))),
    "American dates": "# Outage\n\n## Timeline\n"
    + rows(*(f"- {int(t[5:7])}/{int(t[8:10])}/24 {t[11:16]} UTC {w}" for t, w in zip(TIMES, WHAT, strict=True)))
    + "\n\nReviewed on 3/25/24.",
    "European dates": "# Outage\n\n## Timeline\n"
    + rows(*(f"- {t[8:10]}.{t[5:7]}.{t[:4]} {t[11:16]} UTC {w}" for t, w in zip(TIMES, WHAT, strict=True))),
    "dates with names of months": "# Outage\n\n## Timeline\n"
    + rows(*(f"- {t[8:10]}-Mar-{t[:4]} {t[11:16]} UTC {w}" for t, w in zip(TIMES, WHAT, strict=True))),
    "ISO without marks between": "# Outage\n\n## Timeline\n"
    + rows(*(f"- {t.replace('-', '').replace(':', '')}Z {w}" for t, w in zip(TIMES, WHAT, strict=True))),
    "start and end in columns": "# Outage\n\n## Timeline\n| Start (UTC) | End (UTC) | What |\n|---|---|---|\n"
    + rows(*(f"| {t[:10]} {t[11:16]} | {t[:10]} {t[11:14]}58 | {w} |" for t, w in zip(TIMES, WHAT, strict=True))),
    "four digits in a table": "# Outage of 5 March 2024\n\n## Timeline (UTC)\n| Time | What |\n|---|---|\n"
    + rows(*(f"| {c.replace(':', '')} | {w} |" for c, w in zip(CLOCKS, WHAT, strict=True))),
    "day behind the time": "# Outage in 2024 (UTC)\n\n## Timeline\n"
    + rows(*(f"- {c} on March {'5' if n < 3 else '6'}: {w}" for n, (c, w) in enumerate(zip(CLOCKS, WHAT, strict=True)))),
    "entities of HTML": "<h1>Outage of 5 March 2024</h1>\n<h2>Timeline</h2>\n"
    + rows(*(f"<li>{c}&nbsp;UTC &mdash; {w}</li>" for c, w in zip(CLOCKS, WHAT, strict=True))),
    "YAML": "title: Outage\ntimeline:\n" + rows(*(f"  - time: {t}Z\n    event: {w}" for t, w in zip(TIMES, WHAT, strict=True))),
    "YAML in code": "# Outage of 5 March 2024\n\n```yaml\ntimezone: UTC\ntimeline:\n"
    + rows(*(f'  - at: "{c}"\n    what: {w}' for c, w in zip(CLOCKS, WHAT, strict=True)))
    + "\n```",
    "TOML": rows(*(f'[[event]]\ntime = {t}Z\nwhat = "{w}"\n' for t, w in zip(TIMES, WHAT, strict=True))),
    "records": "# Outage of 5 March 2024\n\n## Timeline (UTC)\n"
    + rows(*(f"Time: {c}\nEvent: {w}\n" for c, w in zip(CLOCKS, WHAT, strict=True))),
    "zone first": "# Outage of 5 March 2024\n\n## Timeline\n" + rows(*(f"- UTC {c} {w}" for c, w in zip(CLOCKS, WHAT, strict=True))),
    "p for PM": "# Outage of 5 March 2024\n\n## Timeline (UTC)\n"
    + rows(*(f"- {half_day(c, '{h}:{m}{half}').lower()[:-1]} {w}" for c, w in zip(CLOCKS, WHAT, strict=True))),
    "mail": "# Outage\n\n## Timeline\n"
    + rows(
        *(
            f"- {'Tue' if n < 3 else 'Wed'}, {t[8:10]} Mar 2024 {t[11:]} +0000: {w}"
            for n, (t, w) in enumerate(zip(TIMES, WHAT, strict=True))
        )
    ),
    "date of Unix": "# Outage\n\n## Timeline\n"
    + rows(
        *(f"- {'Tue' if n < 3 else 'Wed'} Mar {t[8:10]} {t[11:]} UTC 2024: {w}" for n, (t, w) in enumerate(zip(TIMES, WHAT, strict=True)))
    ),
    "access log": "# Outage\n\n## Timeline\n"
    + rows(*(f"[{t[8:10]}/Mar/2024:{t[11:]} +0000] {w}" for t, w in zip(TIMES, WHAT, strict=True))),
    "minutes after the first": f"# Outage of 5 March 2024\n\n## Timeline (UTC)\n- 22:10 {WHAT[0]}\n"
    + rows(*(f"- +{n} min: {w}" for n, w in zip((30, 105, 130, 175), WHAT[1:], strict=True))),
    "minutes after the one before": f"# Outage of 5 March 2024\n\n## Timeline (UTC)\n- 22:10 {WHAT[0]}\n"
    + rows(*(f"- {n} minutes later {w}" for n, w in zip((30, 75, 25, 45), WHAT[1:], strict=True))),
    "numbers of sections": "# Outage of 5 March 2024 (UTC)\n\n## 2. Timeline\n"
    + rows(*(f"### 2.{n} {c} {w}\n\ntext\n" for n, (c, w) in enumerate(zip(CLOCKS, WHAT, strict=True), 1))),
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
