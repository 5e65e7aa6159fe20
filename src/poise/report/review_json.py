"""`poise review --format json`; its schema is `poise schema review`. Times keep the document's own clock and offset. Pure."""

from typing import Any

from poise.model.incident import TimeName
from poise.model.postmortem import Moment, Reviewed, ReviewFinding, ReviewRun
from poise.report.printable import one_line

TIMES: tuple[TimeName, ...] = ("impact_started", "detected", "acknowledged", "cause_found", "mitigated", "resolved")


def to_json(run: ReviewRun) -> dict[str, Any]:
    """As JSON values."""
    return {
        "version": 1,
        "documents": [_document(file, each) for file, each in run.documents],
        "could_not": [{"file": one_line(c.what), "line": c.line, "reason": one_line(c.reason)} for c in run.could_not],
    }


def _document(file: str, each: Reviewed) -> dict[str, Any]:
    declared, d = each.declared, each.durations
    return {
        "file": one_line(file),
        "line": each.line,
        "title": one_line(each.title),
        "declared": {"start": _iso(declared.start), "end": _iso(declared.end), "minutes": declared_minutes(each)},
        "times": {name: _iso(each.times.get(name)) for name in TIMES},
        "durations": {
            "to_detect_minutes": _minutes(d.to_detect),
            "to_acknowledge_minutes": _minutes(d.to_acknowledge),
            "to_cause_minutes": _minutes(d.to_cause),
            "to_mitigate_minutes": _minutes(d.to_mitigate),
            "to_resolve_minutes": _minutes(d.to_resolve),
            "basis": d.basis,
        },
        "timeline": [
            {"time": e.time.iso, "until": _iso(e.until), "line": e.line, "text": one_line(e.text), "kind": e.kind} for e in each.timeline
        ],
        "cause": {
            "layer": each.cause.layer,
            "mechanism": each.cause.mechanism,
            "text": None if each.cause.quote is None else one_line(each.cause.quote.text),
            "line": None if each.cause.quote is None else each.cause.quote.line,
        },
        "wrong_hypotheses": [
            {"layer": w.layer, "from": w.opened.iso, "to": _iso(w.closed), "minutes": _minutes(w.minutes), "line": w.quote.line}
            for w in each.wrong_hypotheses
        ],
        "action_items": [
            {
                "text": one_line(i.text),
                "line": i.line,
                "owner": _text(i.owner),
                "due": _text(i.due),
                "ticket": _text(i.ticket),
                "kind": i.kind,
            }
            for i in each.action_items
        ],
        "findings": [_finding(f) for f in each.findings],
        "unread": [{"line": quote.line, "text": one_line(quote.text), "reason": one_line(reason)} for quote, reason in each.unread],
    }


def declared_minutes(each: Reviewed) -> float | int | None:
    """From declared start to declared end; else the length that is stated."""
    start, end = each.declared.start, each.declared.end
    if start is not None and end is not None and end.minutes_after(start) >= 0:
        return _minutes(end.minutes_after(start))
    return next((_minutes(stated.minutes) for stated in each.declared.durations if stated.what == "incident"), None)


def _finding(f: ReviewFinding) -> dict[str, Any]:
    return {
        "rule": f.rule,
        "severity": f.severity,
        "line": f.line,
        "message": one_line(f.message),
        "remedy": one_line(f.remedy),
        "quotes": [one_line(q.text) for q in f.quotes],
        "lines": [q.line for q in f.quotes],
    }


def _iso(moment: Moment | None) -> str | None:
    return None if moment is None else moment.iso


def _minutes(value: float | None) -> float | int | None:
    """Whole minutes as a whole number."""
    return None if value is None else int(value) if value == int(value) else round(value, 2)


def _text(value: str | None) -> str | None:
    return None if value is None else one_line(value)
