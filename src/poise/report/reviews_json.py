"""`poise reviews list|show|sign --format json`; its schema is `poise schema reviews`. Pure."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from poise.model.configuration_review import KeptReview
from poise.model.instants import rfc3339
from poise.report.printable import one_line


def reviews_document(found: Sequence[KeptReview]) -> dict[str, Any]:
    """As JSON values."""
    return {"version": 1, "reviews": [_review(each) for each in found]}


def _review(kept: KeptReview) -> dict[str, Any]:
    document: dict[str, Any] = _plain(asdict(kept))
    review = document.pop("review")
    return {**document, **review}


def _plain(value: Any) -> Any:
    match value:
        case str():
            return one_line(value)
        case datetime():
            return rfc3339(value)
        case date():
            return value.isoformat()
        case dict():
            return {one_line(str(key)): _plain(each) for key, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
    return value
