"""Lessons that people noted: a note that begins with one of these words and a colon belongs into that section of the postmortem."""

import re
from typing import Literal

from poise.incidents.markdown_text import safe
from poise.incidents.read_course import TIME_WORDS
from poise.incidents.trace import mark
from poise.model.incident import Entry, Incident

Lesson = Literal["trigger", "contributing", "well", "wrong", "lucky", "surprised", "others"]
# As poise.incidents.read_course notes them.
_OF_THE_LOG = re.compile(rf"(?:{'|'.join(TIME_WORDS.values())}) corrected: was |Corrected: was |Postmortem: ")
LESSONS: dict[str, Lesson] = {
    "trigger": "trigger",
    "contributing": "contributing",
    "went well": "well",
    "went wrong": "wrong",
    "lucky": "lucky",
    "surprised": "surprised",
    "others should know": "others",
}


def lesson_of(entry: Entry) -> tuple[Lesson, str] | None:
    """Which lesson the line is, and its words without their head; None for a line that tells what happened."""
    head, colon, words = entry.text.partition(":")
    lesson = LESSONS.get(head.strip().casefold()) if colon and entry.kind in ("note", "decision") else None
    return None if lesson is None or not words.strip() else (lesson, words.strip())


def happened(entry: Entry) -> bool:
    """Does the line tell what happened? A lesson does not, and neither does a note about the log itself: a correction, the postmortem."""
    return lesson_of(entry) is None and not (entry.kind == "note" and _OF_THE_LOG.match(entry.text))


def said(incident: Incident, lesson: Lesson) -> list[tuple[str, Entry]]:
    """What was noted of it, in the order of the timeline."""
    found = [(lesson_of(entry), entry) for entry in incident.timeline]
    return [(each[1], entry) for each, entry in found if each is not None and each[0] == lesson]


def points(incident: Incident, lesson: Lesson) -> list[str]:
    """The same as points of a Markdown list."""
    return [f"- {safe(words)}{mark(entry.event)}" for words, entry in said(incident, lesson)]
