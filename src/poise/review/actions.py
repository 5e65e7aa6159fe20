"""Action items: what a document promises to do, with who, until when, and where it is kept."""

import re
from collections.abc import Iterator

from poise.model.incident import ActionKind
from poise.model.postmortem import Item
from poise.model.regexp import regexp
from poise.review.blocks import blocks
from poise.review.dates import dates
from poise.review.document import Document
from poise.review.line import Line

TICKET = regexp(r"(?<![\w&/])#\d{1,7}\b|\b[A-Z][A-Z0-9]{1,9}-\d{1,7}\b|https?://\S+")
_OWNER = regexp(
    r"(?<![\w.])@[\w.-]+|\b(?:owner|assignee|assigned to|responsible|lead|dri|who)\b\W{1,3}(?P<name>[^;,|()\]]{2,60})"
    r"|\(\s*(?:owner:\s*)?(?P<team>(?:[A-Z][\w-]+ ?){1,3}(?: team)?)\s*[,;)]"
    r"|[–—-]\s*(?P<tail>(?:[A-Z][\w-]+ ){0,2}[Tt]eam)\b",
    re.IGNORECASE,
)
_CASED_TEAM = regexp(r"\(\s*[A-Z][a-z]|\(\s*[A-Z]{2,}|\bteam\b")
_DUE = regexp(
    r"\b(?:due|deadline|eta|target|by|until|before)\b\W{1,3}(?P<due>(?:end of |mid[- ])?(?:Q[1-4](?:\s?\d{4})?"
    r"|next (?:sprint|week|month|quarter|release)|this (?:week|month|quarter|sprint)|(?:mon|tues|wednes|thurs|fri"
    r"|satur|sun)day|(?:january|february|march|april|may|june|july|august|september|october|november"
    r"|december)(?: \d{4})?|tomorrow|eo[wdmq])\b)|\b(?P<other>Q[1-4]\s?\d{4}|Q[1-4]\b|within \w+ (?:days?|weeks?"
    r"|months?)|next (?:sprint|week|month|quarter)|sprint \d+)\b",
    re.IGNORECASE,
)
_OWNER_HEAD = regexp(r"owner|assign|responsib|who|lead|team|dri\b", re.IGNORECASE)
_DUE_HEAD = regexp(r"due|deadline|eta|target|by when|when|date", re.IGNORECASE)
_TICKET_HEAD = regexp(r"ticket|issue|bug|jira|link|tracking|id\b|reference", re.IGNORECASE)
_TEXT_HEAD = regexp(r"action|item|task|what|description|follow|todo|measure|improvement|step", re.IGNORECASE)
_EMPTY = regexp(
    r"^[\s\-–—?.]*$|^(?:tbd|tba|n/?a|none|unassigned|not assigned|unknown|to be (?:assigned|set|determined|decided))\b", re.IGNORECASE
)
_KINDS: tuple[tuple[ActionKind, str], ...] = (
    ("document", r"document\w*|runbook|playbook|wiki|write up|postmortem|knowledge base|readme"),
    ("process",
        r"train\w*|process|procedure|policy|review\w*|drill|exercise|escalat\w+|on-?call|checklist|communicat\w+|meeting"
        r"|workshop|approval|rota"),
    ("detect", r"monitor\w*|alert\w*|alarm|dashboard|detect\w*|metric\w*|observab\w*|log(?:s|ging)\b|track\w*|synthetic|probe"),
    ("mitigate",
        r"roll ?back|rolls? (?:\w+ ){0,4}back\b|failover|fail over|faster|restore\w*|recover\w*|kill switch|feature flag|degrade|circuit"
        r"|reduce the (?:impact|time)|backup\w*|auto-?heal|restart"),
)  # fmt: skip
_COMPILED = tuple((kind, regexp(rf"\b(?:{pattern})", re.IGNORECASE)) for kind, pattern in _KINDS)


def action_items(document: Document) -> tuple[Item, ...]:
    """Bullets, numbered lines and rows of the sections about what is to be done; where there are none, the lines of their prose."""
    lines = document.of("actions")
    marked = [line for line in lines if line.kind in ("bullet", "row")]
    return tuple(_items(marked)) if marked else tuple(_in_prose(document))


def _in_prose(document: Document) -> Iterator[Item]:
    """Each sentence of what is to be done; lines that go on with the one before belong to it."""
    for block in blocks(document):
        if document.role(block.head) != "actions" or block.kind != "text":
            continue
        place = 0
        while place < len(block.text):
            _, end = block.sentence(place)
            text = block.text[place:end].strip()
            if len(text.split()) >= 4 and not text.endswith(":"):
                yield _item(text, block.line_at(place), _owner(text), _due(text), _ticket(text))
            place = max(end, place + 1)
            while place < len(block.text) and block.text[place] in " \"')]":
                place += 1


def _items(lines: list[Line]) -> Iterator[Item]:
    above: Line | None = None
    for line in lines:
        if line.kind == "row":
            item = _row(line)
            if item is not None:
                yield item
            continue
        if line.kind == "bullet" and above is not None and line.level > above.level + 1 and not above.text.endswith(":"):
            continue  # a detail of the item above
        if line.kind == "bullet" and (above is None or line.level <= above.level):
            above = line
        if line.text.endswith(":") and len(line.text.split()) <= 8:
            above = line
            continue
        if len(line.text.split()) >= 2:
            yield _item(line.text, line, _owner(line.text), _due(line.text), _ticket(line.text))


def _row(line: Line) -> Item | None:
    cells = dict(zip(line.columns, line.cells, strict=False)) if any(line.columns) else {}
    named = next((cell for head, cell in cells.items() if _TEXT_HEAD.search(head) and not _is_meta(head)), None)
    text = named or max(line.cells, key=len, default="")
    if len(text.split()) < 2 and named is None:
        return None
    owner = next((_value(cell) for head, cell in cells.items() if _OWNER_HEAD.search(head)), None) or _owner(text)
    due = next((_value(cell) for head, cell in cells.items() if _DUE_HEAD.search(head)), None) or _due(text)
    ticket = next((_value(cell) for head, cell in cells.items() if _TICKET_HEAD.search(head) and TICKET.search(cell)), None)
    return _item(text, line, owner, due, ticket or _ticket(line.raw))


def _is_meta(head: str) -> bool:
    return bool(_OWNER_HEAD.search(head) or _DUE_HEAD.search(head) or (_TICKET_HEAD.search(head) and not regexp("action").search(head)))


def _item(text: str, line: Line, owner: str | None, due: str | None, ticket: str | None) -> Item:
    return Item(text, line.number, kind_of(text), owner, due, ticket)


def kind_of(text: str) -> ActionKind:
    """What the item is for; what fits nothing else prevents."""
    return next((kind for kind, pattern in _COMPILED if pattern.search(text)), "prevent")


def _value(cell: str) -> str | None:
    return None if _EMPTY.match(cell) else cell


def _owner(text: str) -> str | None:
    for found in _OWNER.finditer(text):
        name = (found["name"] or found["team"] or found["tail"] or found[0]).strip(" .")
        if found["team"] and not _CASED_TEAM.search(found[0]):
            continue
        if found["team"] and (
            dates(found[0]) or TICKET.search(found[0]) or _DUE.search(found[0]) or name.lower() in ("done", "optional", "urgent", "todo")
        ):
            continue
        if _value(name):
            return name
    return None


def _due(text: str) -> str | None:
    written = dates(text)
    if written:
        return written[0].text
    found = _DUE.search(text)
    return (found["due"] or found["other"]) if found else None


def _ticket(text: str) -> str | None:
    found = next((f for f in TICKET.finditer(text) if not f[0].startswith(("UTF-", "SHA-", "HTTP-", "ISO-", "RFC-", "GMT-", "UTC-"))), None)
    return found[0].rstrip(".,)") if found else None
