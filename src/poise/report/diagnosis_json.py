"""A diagnosis as the JSON of the contract, version 1. Pure."""

from typing import Any

from poise.model.diagnosis import Diagnosis, Hypothesis
from poise.model.instants import rfc3339


def to_json(diagnosis: Diagnosis) -> dict[str, Any]:
    """The whole diagnosis, hypotheses in rank order."""
    return {
        "version": 1,
        "verdict": diagnosis.verdict,
        "onset": rfc3339(diagnosis.onset),
        "ended": rfc3339(diagnosis.ended),
        "window": {"from": rfc3339(diagnosis.start), "to": rfc3339(diagnosis.end)},
        "hypotheses": [_hypothesis(h) for h in diagnosis.hypotheses],
        "next": [
            {"test": n.test, "command": n.command, "would_settle": list(n.would_settle), "seconds": n.seconds} for n in diagnosis.next
        ],
        "differences": list(diagnosis.differences),
        "could_not": [{"file": c.what, "line": c.line, "reason": c.reason} for c in diagnosis.could_not],
    }


def _hypothesis(h: Hypothesis) -> dict[str, Any]:
    return {
        "rank": h.rank,
        "layer": h.layer,
        "component": h.component,
        "load_balancer": h.load_balancer,
        "fault": h.fault,
        "probability": round(h.probability, 6),
        "evidence": [
            {"observable": e.observable, "expected": e.expected, "observed": e.observed, "bits": round(e.bits, 3), "source": e.source}
            for e in h.evidence
        ],
    }
