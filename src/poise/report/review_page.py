"""The review as one page that needs nothing else: each document line by line, with what was found in the margin beside its line. Pure."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from poise.model.postmortem import Reviewed, ReviewFinding, ReviewRun
from poise.report.document_page import policy
from poise.report.printable import printable
from poise.report.review_json import TIMES
from poise.report.review_page_style import STYLE
from poise.report.review_text import WORDS, shown, spent, summary
from poise.report.svg_review import bar
from poise.review.durations import in_words

# A page with more lines is no longer read, and browsers grow slow; what was found is still told above.
MOST_LINES = 20_000


def html(run: ReviewRun) -> str:
    """The page. Every text of others is escaped by the template and cleaned of control characters; the policy forbids all but its style."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - 60 ms, only for those who write a page
    from markupsafe import Markup  # noqa: PLC0415

    environment = Environment(
        loader=PackageLoader("poise.report"), autoescape=True, undefined=StrictUndefined, finalize=_finalized, trim_blocks=True
    )
    texts = dict(run.texts)
    files: defaultdict[str, list[Reviewed]] = defaultdict(list)
    for file, each in run.documents:
        files[file].append(each)
    return environment.get_template("review_page.html.j2").render(
        policy=policy(STYLE),
        style=Markup(STYLE),  # noqa: S704 - a constant of ours
        summary=summary(run),
        files=[_file(name, number, texts[name], found, Markup) for number, (name, found) in enumerate(files.items(), 1)],
        could_not=[{"what": c.what, "reason": c.reason} for c in run.could_not],
    )


def _finalized(value: Any) -> Any:
    """What the template prints: plain strings are cleaned, then escaped by the template; our own markup passes."""
    return printable(value) if type(value) is str else value


def _file(name: str, number: int, text: str, found: list[Reviewed], markup: Any) -> Mapping[str, Any]:
    notes: defaultdict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for each in found:
        for finding in each.findings:
            notes[finding.line].append(_note(finding, number))
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    told = {e.line: e.kind for each in found for e in each.timeline}
    return {
        "name": name,
        "number": number,
        "incidents": [_incident(each, f"{number}-{place}", markup) for place, each in enumerate(found, 1)],
        "lines": [
            {"number": n, "text": line[:2000], "notes": notes.get(n, ()), "kind": told.get(n, "")}
            for n, line in enumerate(lines[:MOST_LINES], 1)
        ],
        "cut": len(lines) > MOST_LINES,
    }


def _note(f: ReviewFinding, number: int) -> Mapping[str, Any]:
    others = [{"line": q.line, "text": q.text, "to": f"d{number}-l{q.line}"} for q in f.quotes if q.line != f.line]
    return {"rule": f.rule, "severity": f.severity, "message": f.message, "remedy": f.remedy, "others": others}


def _incident(each: Reviewed, name: str, markup: Any) -> Mapping[str, Any]:
    return {
        "title": each.title,
        "picture": markup(bar(each, name)),  # svg escapes each text
        "times": [(WORDS[key], shown(each.times.get(key))) for key in TIMES],
        "spent": [(words, length) for words, length in spent(each) if length != "not told"],
        "cause": f"{each.cause.layer or 'no layer is blamed'}{f', {each.cause.mechanism}' if each.cause.mechanism else ''}",
        "wrong": [
            f"{w.layer}: {shown(w.opened)} to {shown(w.closed)}{'' if w.minutes is None else f', {in_words(w.minutes)}'}"
            for w in each.wrong_hypotheses
        ],
        "items": [{"text": i.text, "kind": i.kind, "owner": i.owner, "due": i.due, "ticket": i.ticket} for i in each.action_items],
        "unread": [f"line {quote.line}: {reason}" for quote, reason in each.unread],
    }
