"""`poise history --format json`; its schema is `poise schema history`. Pure."""

from datetime import UTC, datetime
from typing import Any

import numpy as np

from poise.model.component_label import component_label
from poise.model.instants import rfc3339
from poise.model.past import Course, Past
from poise.report.printable import one_line

DIGITS = 6


def history_document(past: Past) -> dict[str, Any]:
    """As JSON values. Rows of which nothing is known are left out."""
    return {
        "version": 1,
        "load_balancer": one_line(past.load_balancer),
        "files": [one_line(name) for name in past.files],
        "from": instant(past.start),
        "to": instant(past.end),
        "at": None if past.at is None else instant(past.at),
        "tier": past.tier,
        "row_seconds": past.row_seconds,
        "series": [_series(course) for course in past.courses],
        "events": [
            {
                "at": instant(event.at.timestamp()),
                "kind": event.kind,
                "component": None if event.component is None else one_line(event.component),
                "text": one_line(event.text),
            }
            for event in past.events
        ],
        "kept": [
            {
                "tier": extent.tier,
                "from": instant(extent.first),
                "to": instant(extent.last),
                "bytes": extent.size_bytes,
                "cut_by_bytes": extent.cut_by_bytes,
            }
            for extent in past.kept
        ],
        "could_not": [{"what": one_line(each.what), "reason": one_line(each.reason)} for each in past.could_not],
    }


def instant(seconds: float) -> str:
    """RFC 3339 in UTC, to the millisecond."""
    return rfc3339(datetime.fromtimestamp(seconds, UTC), "milliseconds")


def _series(course: Course) -> dict[str, Any]:
    known = np.isfinite(course.values) & np.isfinite(course.least) & np.isfinite(course.most)
    columns = (course.seconds[known].tolist(), *(each[known].tolist() for each in (course.values, course.least, course.most)))
    points = [
        {"at": instant(at), "value": _figure(value), "least": _figure(least), "most": _figure(most)}
        for at, value, least, most in zip(*columns, strict=True)
    ]
    return {"component": component_label(course.kind, one_line(course.component)), "metric": course.metric, "points": points}


def _figure(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
