"""An audit as the JSON of the contract, version 1. Pure."""

from typing import Any

from poise.model.audit import Audit
from poise.model.could_not import CouldNot
from poise.model.finding import Finding
from poise.model.remark import Remark


def page(rule: str) -> str:
    """Where the rule's page stands, relative to the project's root."""
    return f"docs/rules/{rule}.md"


def finding(f: Finding) -> dict[str, Any]:
    """One finding."""
    return {
        "rule": f.rule,
        "fault": f.fault,
        "severity": f.severity,
        "confidence": f.confidence,
        "message": f.message,
        "why": f.why,
        "remedy": f.remedy,
        "file": f.location.file,
        "line": f.location.line,
        "column": f.location.column,
        "product": f.product,
        "pool": f.pool,
        "server": f.server,
        "url": page(f.rule),
    }


def could_not(c: CouldNot) -> dict[str, Any]:
    """One thing that could not be done."""
    return {"file": c.what, "line": c.line, "reason": c.reason}


def remark(r: Remark) -> dict[str, Any]:
    """One remark."""
    return {"file": r.what, "line": r.line, "text": r.text}


def to_json(audit: Audit) -> dict[str, Any]:
    """The whole audit. `accepted` lists the findings that somebody accepted, with who, why and until when; `known` those that the
    baseline holds, `fixed` what it holds and is gone; `not_judged` what stands in no file; `excluded` the files that were left out."""
    return {
        "version": 1,
        "findings": [finding(f) for f in audit.findings],
        "accepted": [
            {**finding(f), "by": a.by, "because": a.because, "until": a.until.isoformat(), "pool": f.pool} for f, a in audit.accepted
        ],
        "known": [finding(f) for f in audit.known],
        "fixed": [{"rule": b.rule, "file": b.file, "pool": b.pool, "server": b.server, "message": b.message} for b in audit.fixed],
        "read": [
            {"file": r.file, "product": r.product, "target": r.target, "target_from": r.target_from, "files": list(r.files)}
            for r in audit.read
        ],
        "could_not": [could_not(c) for c in audit.could_not],
        "not_judged": [could_not(c) for c in audit.not_judged],
        "remarks": [remark(r) for r in audit.remarks],
        "excluded": list(audit.excluded),
    }
