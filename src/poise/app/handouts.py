"""`poise docs --handouts`: what goes on the table at a training session, made from the guide: each sheet one page to print."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from poise.app.guide import guide
from poise.model.unit_page import section
from poise.report.description.html import html

LINES = 12
# Lines to write on by hand.
TO_WRITE = "table{width:100%}td,th{border:1px solid var(--soft);padding:4px 8px}td{height:52px}"
GUESSES = "guesses.html"
CHECKED = ("distribution", "health-checks", "limits-and-queues", "timeouts", "retries")


def handouts() -> Mapping[str, tuple[str, str]]:
    """Title and Markdown of each sheet by the name of its file."""
    pages = guide()
    session, respond = pages["training-session"].text, pages["respond"].text
    agenda = _sheet("The session", [(title, section(session, title)) for title in ("Agenda", "Who", "Before", "During", "Debrief")])
    roles = _sheet("The first five minutes", [("", section(respond, "Decide")), ("In a drill", section(session, "Who"))])
    checks = _sheet("Checklists", [(pages[name].title, section(pages[name].text, "Checklist")) for name in CHECKED])
    return {
        "agenda.html": ("The session", agenda),
        "tree.html": (pages["troubleshooting"].title, pages["troubleshooting"].text),
        "roles.html": ("The first five minutes", roles),
        "checklists.html": ("Checklists", checks),
        GUESSES: ("Guesses", _guesses()),
    }


def write(directory: Path) -> Sequence[Path]:
    """Write all sheets into `directory` and return their paths. Raises OSError."""
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for name, (title, text) in handouts().items():
        file = directory / name
        file.write_text(html(_printed(text), title, TO_WRITE if name == GUESSES else ""), encoding="utf-8")
        written.append(file)
    return written


def _sheet(title: str, parts: Sequence[tuple[str, str]]) -> str:
    lines = [f"# {title}", ""]
    for name, text in parts:
        assert text, f"the guide has no section {name!r} any more"
        lines += [*([f"## {name}", ""] if name else []), text, ""]
    return "\n".join(lines)


def _guesses() -> str:
    """A sheet to write on: what is thought, and what would prove it wrong, before anybody looks."""
    empty = "| \u00a0 | | | | |"
    rows = ["| time | we think that | it is wrong if | we looked at | so |", "|---|---|---|---|---|", *[empty] * LINES]
    parts = [
        "# Guesses",
        "",
        "Drill: ____________ Team: ____________ Began: ________ Cause said: ________ Repaired: ________",
        "",
        *rows,
        "",
    ]
    asked = ["Does it explain **when**, **where** and **how much**? Which layer is ruled out by it?", ""]
    return "\n".join([*parts, *asked])


def _printed(text: str) -> str:
    """On paper a link is its words, and a box to tick is a box."""
    bare = re.sub(r"\[([^\]]+)\]\((?!http)[^)]*\)", r"\1", text)
    return re.sub(r"^(\s*)- \[ \] ", r"\1- ☐ ", bare, flags=re.MULTILINE)
