"""What tells entries from prose, and the cells of a table from each other."""

import re
from dataclasses import replace

from poise.model.regexp import regexp
from poise.review.blocks import Block
from poise.review.clock import Clock, clocks, dotted
from poise.review.dates import Written, lone_weekday, weekday_of
from poise.review.keys import meaning
from poise.review.line import Line

# Sections whose times are no events: deadlines, meetings, who wrote it.
NO_EVENTS = ("actions", "authors", "status", "evidence", "responders", "background")
# Fields of a head: what the document declares, or times of itself.
FIELD = regexp(
    r"(?:incident |outage |impact |issue |event |service )?(?:start(?:ed)?|end(?:ed)?|began|begin|date|time|duration"
    r"|when|window|resolved|detected|time ?zone|"
    r"published|posted|authors?|written|review\w*|meeting|updated|created|due|deadline|status|start time|end time"
    r"|date and time|date/time|period|downtime|over|until|finish(?:ed)?|took|length|from|to"
    r"|time (?:to|of|started|ended|detected|resolved) ?\w*)\b[^:]{0,30}$",
    re.IGNORECASE,
)
_NO_EVENT = regexp(
    r"\b(?:due|deadline|meeting|review(?:ed)? (?:on|at)|scheduled (?:for|at)|every (?:day|night|hour|week)|daily"
    r"|nightly|weekly|hourly|each (?:day|night|morning)|"
    r"business hours|office hours|working hours|opening hours|updated|published|written|normally (?:runs|at)|usually"
    r"|cron(?: job)? (?:runs|at))\b[^.;]{0,25}$"
    # A clock that is set: "03:00 CEST became 02:00 CET".
    r"|\b(?:became|becomes|turned into)\s+$",
    re.IGNORECASE,
)
_NONE_SINCE = regexp(r"\b(?:no|none|nothing|not one)\b[^.;]{0,40}\bsince\s+$", re.IGNORECASE)
_DAY_BESIDE = regexp(r"\b(?P<day>(?:mon|tues|wednes|thurs|fri|satur|sun)day)\s+(?:at|around|about)?\s*$", re.IGNORECASE)
_ANOTHER = regexp(r"[;.]\s{1,2}$")
# Behind these words midnight and midday only bound a time: "between the programme and midnight".
_BOUNDS = regexp(r"\b(?:and|until|till)\s+$", re.IGNORECASE)
_CLAUSE_END = regexp(r"[.;:,]\s|\s(?:and|but|then)\s(?=at|by|from|on)")
_LEADS = regexp(r"^\W*(?:and |but |then )?(?:(?:at|by|from|around|about|until|since|on)\b|$)", re.IGNORECASE)
_TAIL = regexp(r"(?:[.;:,]\s|\s(?:and|but|then)\s)?\W*(?:at|by|from|around|about|until|since|and|\s)*\s*$", re.IGNORECASE)
_WORD = regexp(r"\w+")
_IS_SET = regexp(r"\s*(?:became|becomes|turned into)\b", re.IGNORECASE)
NO_TIME = regexp(r"[HhXx]{1,2}:[MmXx]{2}")
# What a template asks to be filled in.
TEMPLATE = regexp(r"^(?:short |brief )?(?:event |incident )?description\.?$|^(?:event|text|todo|tbd)$", re.IGNORECASE)
LETTERS = regexp(r"[A-Za-z]")
LENGTH_AFTER = regexp(r"\s?(?:h\b|hrs?\b|hours?\b|min(?:ute)?s?\b|m\b)", re.IGNORECASE)
LENGTH_BEFORE = regexp(r"\b(?:took|lasted|for|duration|total|length|elapsed|within)\W{0,3}(?:of )?$", re.IGNORECASE)
# What is told of an event stands near its time; sentences without an end are as long as the file.
AROUND = 400
TIME_HEAD = regexp(r"\b(?:time|when|sent|timestamp|date|clock|at|start|from|began|begin|utc|hour)\b", re.IGNORECASE)
_END_HEAD = regexp(r"\b(?:end|until|to|ended|finish)\b", re.IGNORECASE)
_LENGTH_HEAD = regexp(r"\b(?:duration|elapsed|length|lasted|offset|took|down(?:time)?)\b", re.IGNORECASE)
_DATE_HEAD = regexp(r"\b(?:date|day)\b", re.IGNORECASE)
_APART = regexp(r"\s{2,}|\s*[-–—:|\]>*]|\t")
# A day behind a time: "13:45 on 5 March:", "13:45 (5 March)", "13:45, 5 March –".
_JOINS_DAY = regexp(r"\s*(?:on|of|,|\()\s*(?:the )?", re.IGNORECASE)
_DAY_ENDS = regexp(r"\s*(?:[:)|–—,-]|$)")
UNITS = regexp(r"(?<=\d)\s?(?:[kmg]i?b(?:/s|ps)?|m?s|min|h|rps|req/s|k|m|x)\b", re.IGNORECASE)
ABOUT = regexp(r"\b(?:about|around|some|roughly|approximately|nearly|almost)\b", re.IGNORECASE)
_DIGITS = regexp(r"\s*([01]\d|2[0-3])([0-5]\d)\s*")
_BARE = regexp(r"\W*(?P<h>[01]\d|2[0-3])\.?(?P<m>[0-5]\d)(?=\s*[-–—:|]|\s+\S)(?!\s*(?:%|\w{1,2}\b\s*$))")


def bare(text: str) -> Clock | None:
    """`2210 - …` or `22.10 …` at the beginning of a line."""
    found = _BARE.match(text)
    return (
        None
        if found is None
        else Clock(found.start("h"), found.end("m"), int(found["h"]), int(found["m"]), 0, text[found.start("h") : found.end("m")])
    )


def is_prose(block: Block) -> bool:
    """A paragraph that begins with a time and goes on with other times in sentences of their own."""
    found = clocks(block.text) if block.kind == "text" else []
    if len(found) >= 2 and all(_ANOTHER.search(block.text, clock.start - 3, clock.start) for clock in found[1:]):
        return True  # "22:10 errors begin; 22:40 an alert fires"
    if not found or _APART.match(block.text, found[0].end):
        return False
    return any(block.sentence(clock.start)[0] > 0 for clock in found)


def weekday(before: str) -> int | None:
    """The weekday whose name stands before the time."""
    found = lone_weekday(before)
    return None if found is None else found[0]


def until(clock: Clock, ends: Clock) -> Clock:
    """The time as a range to the other."""
    return replace(clock, zone=clock.zone or ends.zone, until=ends)


def from_dotted(text: str) -> Clock | None:
    """The time of a cell or an entry that begins with `15.25`."""
    found = dotted(text)
    return None if found is None else Clock(0, text.find(found[2]) + len(found[2]), found[0], found[1], 0, found[2])


def is_time_cell(line: Line, place: int) -> bool:
    """Whether a time may stand in that cell, by the column's head; without one in the first two. One that holds nothing else is one."""
    head = _head(line, place)
    if not head or TIME_HEAD.search(head):
        return bool(head) or place < 2
    found = clocks(line.cells[place])
    return (
        place < 2 and not _LENGTH_HEAD.search(head) and len(found) == 1 and found[0].start == 0 and found[0].end == len(line.cells[place])
    )


def is_date_cell(line: Line, place: int) -> bool:
    """Whether a date may."""
    head = _head(line, place)
    return bool(_DATE_HEAD.search(head)) if head else place < 2


def is_end_cell(line: Line, place: int) -> bool:
    """Whether the column's head says that it holds the end."""
    return bool(_END_HEAD.search(_head(line, place)))


def _head(line: Line, place: int) -> str:
    return line.columns[place] if place < len(line.columns) else ""


def digits_alone(cell: str) -> Clock | None:
    """`2210` in a cell of times."""
    found = _DIGITS.fullmatch(cell)
    return None if found is None else Clock(0, len(cell), int(found[1]), int(found[2]), 0, cell.strip())


def on_day(text: str, end: int, day: Written) -> bool:
    """Whether that date says of which day the time is that ends there."""
    return day.start - end < 12 and bool(_JOINS_DAY.fullmatch(text, end, day.start)) and bool(_DAY_ENDS.match(text, day.end))


def is_event(text: str, clock: Clock) -> bool:
    """Whether a time in prose is that of an event: no deadline, habit, bound, length, or setting of a clock."""
    behind, before = text[clock.end : clock.end + 12], text[max(0, clock.start - 60) : clock.start]
    if _IS_SET.match(behind) or _NONE_SINCE.search(before):
        return False
    if clock.half_day.startswith("m") if _BOUNDS.search(before) else _NO_EVENT.search(before):
        return False
    return bool(clock.half_day or clock.zone) or not (LENGTH_AFTER.match(behind) or LENGTH_BEFORE.search(before))


def is_field(text: str, role: str) -> bool:
    """Whether the line is a field of a head that states a time, and no event."""
    key, colon, _ = text.partition(":")
    if not colon or len(key) >= 40 or any(c.isdigit() for c in key):
        return False
    return bool(FIELD.match(key.strip())) or (role != "timeline" and meaning(key.strip().lower()) is not None)


def clause(text: str, clock: Clock, before: int | None, after: int | None, begin: int, end: int) -> str:
    """What a sentence tells of one of its times: of several, the part from it to the next ("at 13:45 it …, at 13:50 we …"), or from the one
    before to it ("probes silent 13:45, page 13:50"). `before` is where the time before ends, `after` where the next one begins."""
    begin, end = max(begin, clock.start - AROUND), min(end, clock.end + AROUND)
    before = None if before is None or before < begin else before
    after = None if after is None or after >= end else after
    if before is None and after is None:
        return text[begin:end]
    lead = _CLAUSE_END.split(text[before or begin : clock.start])[-1]
    if len(_WORD.findall(lead)) <= 2 and _LEADS.search(lead):
        part = text[clock.start : after or end]
        # The words before the next time that lead to it are that one's.
        return lead.strip() + " " + (_TAIL.sub("", part) if after else part)
    return text[before or begin : clock.end] if after is not None or before is not None else text[begin:end]


def weekday_beside(text: str, clock: Clock) -> int | None:
    """The weekday of "on Thursday at 17:00"."""
    found = _DAY_BESIDE.search(text, max(0, clock.start - 20), clock.start)
    return None if found is None else weekday_of(found["day"])


def ranged(block: Block, place: int) -> bool:
    """Whether the sentence gives a range of times near that place."""
    begin, end = block.sentence(place)
    return any(clock.until for clock in clocks(block.text[max(begin, place - AROUND) : min(end, place + AROUND)]))
