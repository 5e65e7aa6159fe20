"""Views as JSON: the keys are the fields of `poise.report.dashboard.views`, which only gain. Pure."""

from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

from poise.model.instants import rfc3339
from poise.report.printable import printable


def as_dict(view: Any) -> Any:
    """Ready for `json.dumps`: instants in RFC 3339 with Z, ratios 0–1, units in the keys; what is not known is null.

    Texts of others are made safe to show, as everywhere; names stay what they are.
    """
    if is_dataclass(view):
        return {field.name: as_dict(getattr(view, field.name)) for field in fields(view)}
    if isinstance(view, datetime):
        return rfc3339(view)
    if isinstance(view, tuple | list):
        return [as_dict(each) for each in view]
    return printable(view) if isinstance(view, str) else view
